import type { Stream } from '@libp2p/interface';
import { failures } from '../../../lib/errors.ts';
import { errors } from './errors.ts';

const fail = failures(errors);

/** A length of more bytes than this is above any bound. */
const MAX_LENGTH_BYTES = 5;

/**
 * Watches messages that each follow their length (unsigned varint): answers whether all so far are within `max`
 * bytes. After the first that is not it says no for ever.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const fits = frameCounter(200);
 * assert.equal(fits([new Uint8Array([2, 7, 7, 0x80])]), true);
 * assert.equal(fits([new Uint8Array([0x02])]), false, 'a length of 256');
 * ```
 */
export function frameCounter(max: number): (chunks: Iterable<Uint8Array>) => boolean {
  let rest = 0;
  let length = 0;
  let bytes = 0;
  let fits = true;

  function lengthByte(byte: number): void {
    length += (byte & 0x7f) * 2 ** (7 * bytes);
    bytes++;
    if (length > max || bytes > MAX_LENGTH_BYTES) fits = false;
    if (byte & 0x80) return;
    [rest, length, bytes] = [length, 0, 0];
  }
  return (chunks) => {
    for (const chunk of chunks) {
      for (let at = 0; fits && at < chunk.length; ) {
        const skipped = Math.min(rest, chunk.length - at);
        rest -= skipped;
        at += skipped;
        if (at < chunk.length) lengthByte(chunk[at++] ?? 0);
      }
    }
    return fits;
  };
}

/**
 * Resets a stream whose other end announces a message above `max` bytes, before any of it is gathered or decoded:
 * libp2p takes up to 4 MiB, in which stand a hundred thousand peers. To be called before anything reads the stream.
 */
export function limitFrames(stream: Stream, max: number): void {
  const fits = frameCounter(max);
  stream.addEventListener('message', ({ data }) => {
    if (!fits(data instanceof Uint8Array ? [data] : data)) stream.abort(fail('RECORD_FRAME', { max }));
  });
}
