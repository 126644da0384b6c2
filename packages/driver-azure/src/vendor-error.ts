import { readRetryAfter } from '@milvus-backup/core/driver';

/** Azure's own code (`BlobNotFound`), or Node's (`ECONNREFUSED`), or a class of the identity SDK; empty when there is none. */
export function vendorCodeOf(error: unknown): string {
  const code =
    textOf(read(read(error, 'details'), 'errorCode')) ??
    textOf(read(error, 'code')) ??
    // Answers to HEAD have no body, where the SDK takes the code from.
    headerOf(error, 'x-ms-error-code') ??
    textOf(read(error, 'errorCode'));
  if (code !== undefined && code !== 'REQUEST_SEND_ERROR') return code;
  const name = textOf(read(error, 'name'));
  return name === undefined || ['Error', 'RestError'].includes(name) ? '' : name;
}

export function statusOf(error: unknown): number | undefined {
  const status = read(error, 'statusCode') ?? read(error, 'status');
  return typeof status === 'number' && status > 0 ? status : undefined;
}

/** Milliseconds that the store asks to wait. */
export function retryAfterOf(error: unknown): number | undefined {
  return readRetryAfter(headerOf(error, 'retry-after'), headerOf(error, 'date'));
}

/** What the store adds to a refused signature: whether it is the clock, the key or the time frame of a signature. */
export function authDetailOf(error: unknown): string {
  const details = read(error, 'details');
  const detail =
    textOf(read(details, 'authenticationErrorDetail')) ?? textOf(read(details, 'AuthenticationErrorDetail'));
  return detail ?? textOf(read(error, 'message')) ?? '';
}

/** The first line: the rest has request ids, and on refused signatures what was signed. */
export function messageOf(error: unknown): string {
  const message = (textOf(read(error, 'message')) ?? '').split('\n', 1)[0]?.trim() ?? '';
  return withoutSecrets(message || vendorCodeOf(error) || 'no reason given');
}

/** The vendor error without its request and answer, whose headers and URLs carry signatures. */
export function withoutRequest(error: unknown): Error {
  const copy = new Error(messageOf(error));
  copy.name = vendorCodeOf(error) || 'Error';
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  copy.stack = [`${copy.name}: ${copy.message}`, ...frames].join('\n');
  return copy;
}

function withoutSecrets(text: string): string {
  return text
    .replace(/\b(sig|AccountKey|SharedAccessSignature|client_assertion|access_token)=[^&;\s'"]+/gi, '$1=****')
    .replace(/\b(Bearer|SharedKey) [^\s'",]+/g, '$1 ****');
}

function headerOf(error: unknown, name: string): string | undefined {
  const headers = read(read(error, 'response'), 'headers');
  const get = read(headers, 'get');
  return typeof get === 'function' ? textOf(get.call(headers, name)) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function read(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
