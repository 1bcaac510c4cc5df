import type { Readable } from 'node:stream';
import { fail } from './errors.ts';

const NEWLINE = 0x0a;

/**
 * The lines of a stream of bytes, without their ends, empty ones left out; what stands behind the last end is a
 * line, too. Bytes that are no UTF-8 become U+FFFD. Throws `ADMIN_LINE` as soon as one has more than `maxBytes`;
 * the stream is left as it is then.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { Readable } from 'node:stream';
 * const stream = Readable.from([Buffer.from('{"a"'), Buffer.from(':1}\r\n\n{}')]);
 * assert.deepEqual(await Array.fromAsync(linesOf(stream, { maxBytes: 100 })), ['{"a":1}', '{}']);
 * ```
 */
export async function* linesOf(
  stream: Readable,
  { maxBytes }: { readonly maxBytes: number },
): AsyncGenerator<string, void, undefined> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const keep = (part: Uint8Array): void => {
    length += part.length;
    if (length > maxBytes) throw fail('ADMIN_LINE', { maxBytes });
    parts.push(part);
  };
  const line = (): string => {
    const text = Buffer.concat(parts).toString('utf8').trim();
    parts = [];
    length = 0;
    return text;
  };
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    let rest = chunk as Uint8Array;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      keep(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      const text = line();
      if (text !== '') yield text;
    }
    keep(rest);
  }
  const text = line();
  if (text !== '') yield text;
}
