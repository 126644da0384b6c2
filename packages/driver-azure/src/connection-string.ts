/** What a connection string of the Azure portal says, as far as the blob service goes. */
export interface ConnectionString {
  readonly account: string | undefined;
  readonly key: string | undefined;
  readonly sas: string | undefined;
  /** URL of the blob service. */
  readonly url: string | undefined;
}

/** Reads `Name=value;…`; names in any case, values as they stand. Gives no error: what is missing is `undefined`. */
export function parseConnectionString(text: string): ConnectionString {
  const values = new Map<string, string>();
  for (const part of text.split(';')) {
    const at = part.indexOf('=');
    if (at > 0) values.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim());
  }
  const account = values.get('accountname');
  const suffix = values.get('endpointsuffix') ?? 'core.windows.net';
  const scheme = values.get('defaultendpointsprotocol') ?? 'https';
  const made = account === undefined ? undefined : `${scheme}://${account}.blob.${suffix}`;
  return {
    account,
    key: values.get('accountkey'),
    sas: values.get('sharedaccesssignature'),
    url: values.get('blobendpoint') ?? made,
  };
}
