import { Buffer } from 'node:buffer';

/** Bytes of the length before a message. */
const HEAD = 4;

/**
 * Puts a message behind its length.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual([...framed(new Uint8Array([7, 8]))], [2, 0, 0, 0, 7, 8]);
 * ```
 */
export function framed(message: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafeSlow(HEAD + message.length);
  frame.writeUInt32LE(message.length);
  frame.set(message, HEAD);
  return frame;
}

/**
 * Cuts a stream into messages, each with memory of its own, as messages between threads need it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const found: number[][] = [];
 * const take = unframer((message) => found.push([...message]));
 * for (const chunk of [[2, 0], [0, 0, 7], [8, 1, 0, 0, 0, 9, 0, 0, 0, 0]]) take(new Uint8Array(chunk));
 * assert.deepEqual(found, [[7, 8], [9], []]);
 * ```
 */
export function unframer(onMessage: (message: Uint8Array<ArrayBuffer>) => void): (chunk: Uint8Array) => void {
  const head = Buffer.alloc(HEAD);
  let message: Uint8Array<ArrayBuffer> | undefined;
  let filled = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.length || (message && filled === message.length); ) {
      const target = message ?? head;
      const taken = Math.min(target.length - filled, chunk.length - at);
      target.set(chunk.subarray(at, at + taken), filled);
      at += taken;
      filled += taken;
      if (filled < target.length) return;
      filled = 0;
      if (message) onMessage(message);
      message = message ? undefined : new Uint8Array(head.readUInt32LE());
    }
  };
}
