/**
 * What OpenSSL says of a failed handshake, without its addresses and source files: drivers put it into their messages. Any other
 * text comes back trimmed.
 */
export function tlsReason(detail: string): string {
  const reason = /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/.exec(detail)?.[1];
  if (reason === undefined) return detail.trim();
  return reason === 'wrong version number' ? `the answer is not TLS (${reason})` : reason;
}
