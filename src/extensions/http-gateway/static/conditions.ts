/**
 * Conditional requests: RFC 9110, 13.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';

/** What a client may hold already. */
export interface Validators {
  /** Strong, with its quotes. */
  readonly etag: string;
  readonly modified: Temporal.Instant;
}

/**
 * Whether the file is to be sent (`'send'`), the client's copy is good (`'unmodified'`, 304), or the client asked
 * for another version (`'failed'`, 412).
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const file = { etag: '"a"', modified: Temporal.Instant.from('2026-01-01T00:00:00.5Z') };
 * assert.equal(evaluate({ 'if-none-match': '"b", W/"a"' }, file), 'unmodified');
 * assert.equal(evaluate({ 'if-modified-since': 'Thu, 01 Jan 2026 00:00:00 GMT' }, file), 'unmodified');
 * assert.equal(evaluate({ 'if-match': '"b"' }, file), 'failed');
 * assert.equal(evaluate({}, file), 'send');
 * ```
 */
export function evaluate(headers: IncomingHttpHeaders, file: Validators): 'send' | 'unmodified' | 'failed' {
  const match = headers['if-match'];
  if (match !== undefined) {
    // Strong comparison: a weak tag of the client's never matches.
    if (!names(match, file.etag, { weak: false })) return 'failed';
  } else if (isBefore(headers['if-unmodified-since'], file)) return 'failed';
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined) return names(noneMatch, file.etag, { weak: true }) ? 'unmodified' : 'send';
  const since = parseDate(headers['if-modified-since']);
  return since !== undefined && secondsOf(file.modified) <= since ? 'unmodified' : 'send';
}

/**
 * Whether a `Range` may be answered with a part: the `If-Range`, if any, means this very version.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const file = { etag: '"a"', modified: Temporal.Instant.from('2026-01-01T00:00:00Z') };
 * assert.equal(rangeHolds('"a"', file), true);
 * assert.equal(rangeHolds('W/"a"', file), false);
 * assert.equal(rangeHolds('Thu, 01 Jan 2026 00:00:00 GMT', file), true);
 * ```
 */
export function rangeHolds(ifRange: string | undefined, file: Validators): boolean {
  if (ifRange === undefined) return true;
  if (/^(?:W\/)?"/.test(ifRange)) return ifRange === file.etag;
  return parseDate(ifRange) === secondsOf(file.modified);
}

/**
 * As HTTP writes a time.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(httpDate(Temporal.Instant.from('2026-01-01T00:00:00.9Z')), 'Thu, 01 Jan 2026 00:00:00 GMT');
 * ```
 */
export function httpDate(instant: Temporal.Instant): string {
  return new Date(secondsOf(instant) * 1000).toUTCString();
}

function names(list: string, etag: string, { weak }: { readonly weak: boolean }): boolean {
  if (list.trim() === '*') return true;
  for (const [tag] of list.matchAll(/(?:W\/)?"[^"]*"/g)) {
    if (tag === etag || (weak && tag === `W/${etag}`)) return true;
  }
  return false;
}

function isBefore(header: string | undefined, { modified }: Validators): boolean {
  const since = parseDate(header);
  return since !== undefined && since < secondsOf(modified);
}

function secondsOf(instant: Temporal.Instant): number {
  return Math.floor(instant.epochMilliseconds / 1000);
}

/** Seconds since 1970; `undefined` for what is no date of HTTP, which is then not there. */
function parseDate(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const asctime = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/.test(header);
  if (!asctime && !/^[A-Z][a-z]{2,8}, \d\d[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d GMT$/.test(header)) {
    return undefined;
  }
  const ms = Date.parse(asctime ? `${header} GMT` : header);
  return Number.isNaN(ms) ? undefined : ms / 1000;
}
