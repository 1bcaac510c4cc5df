/**
 * Strings between JavaScript and linear memory, in the three encodings of the canonical ABI.
 *
 * A guest's string is checked, never repaired. A lone surrogate in a host's string becomes U+FFFD, as
 * everywhere on the web. Lengths at which one way beats another are measured, not derived.
 *
 * @module
 */
import type { StringEncoding } from '../types.ts';
import { Violation } from './errors.ts';
import { MAX_BYTE_LENGTH } from './layout.ts';
import type { Lane } from './memory.ts';

export interface StringCodec {
  /** Answers the string at these bytes; traps when they are out of bounds, misaligned or not valid. */
  lift(lane: Lane, pointer: number, length: number): string;
  /** Leaves where it put the string in `lane.pointer` and `lane.length`. */
  lower(lane: Lane, value: string): void;
}

/** Buffer's decoders work on any Uint8Array, but are typed for none. */
interface Slices {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
  ucs2Slice(this: Uint8Array, start: number, end: number): string;
}
const { latin1Slice, ucs2Slice } = Buffer.prototype as unknown as Slices;

const UTF16_TAG = 0x8000_0000;

/**
 * The codec of one encoding.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const spend = () => undefined;
 * assert.throws(() => stringCodec('utf8').lift({ u8: new Uint8Array([0xff]), spend } as never, 0, 1));
 * assert.equal(stringCodec('utf8').lift({ u8: new Uint8Array([0x68, 0x69]), spend } as never, 0, 2), 'hi');
 * ```
 */
export function stringCodec(encoding: StringEncoding): StringCodec {
  if (encoding === 'utf8') return utf8Codec();
  if (encoding === 'utf16') return { lift: liftUtf16, lower: lowerUtf16 };
  return { lift: liftCompact, lower: lowerCompact };
}

function utf8Codec(): StringCodec {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const encoder = new TextEncoder();
  return {
    lift(lane, pointer, length) {
      const end = pointer + length;
      if (length > MAX_BYTE_LENGTH || (end > lane.u8.length && !lane.holds(end)))
        throw outside(pointer, length);
      const { u8 } = lane;
      lane.spend(length, 1);
      if (length <= 160) {
        let bits = 0;
        for (let at = pointer; at < end; at++) bits |= u8[at] as number;
        if (bits < 0x80) return shortLatin1(u8, pointer, end);
      }
      try {
        return decoder.decode(u8.subarray(pointer, end));
      } catch (error) {
        throw notDecoded(error, pointer, length);
      }
    },
    lower(lane, value) {
      const units = value.length;
      if (units <= 32 && isAscii(value)) {
        const pointer = lane.allocate(1, units);
        const { u8 } = lane;
        for (let at = 0; at < units; at++) u8[pointer + at] = value.charCodeAt(at);
        lane.pointer = pointer;
        lane.length = units;
        return;
      }
      const bytes = Buffer.byteLength(value, 'utf8');
      checkLength(bytes);
      const pointer = lane.allocate(1, bytes);
      encoder.encodeInto(value, lane.u8.subarray(pointer, pointer + bytes));
      lane.pointer = pointer;
      lane.length = bytes;
    },
  };
}

function liftUtf16(lane: Lane, pointer: number, units: number): string {
  const bytes = units * 2;
  if (bytes > MAX_BYTE_LENGTH) throw outside(pointer, bytes);
  lane.range(pointer, 2, bytes);
  lane.spend(bytes, 1);
  const value = ucs2Slice.call(lane.u8, pointer, pointer + bytes);
  if (!value.isWellFormed()) {
    throw new Violation('TRAP_UTF8', { pointer, length: bytes, reason: 'lone surrogate' });
  }
  return value;
}

function lowerUtf16(lane: Lane, value: string): void {
  const units = value.length;
  checkLength(units * 2);
  const pointer = lane.allocate(2, units * 2);
  writeUtf16(lane, value, pointer);
  lane.pointer = pointer;
  lane.length = units;
}

function liftCompact(lane: Lane, pointer: number, tagged: number): string {
  if (tagged >= UTF16_TAG) return liftUtf16(lane, pointer, tagged - UTF16_TAG);
  if (tagged > MAX_BYTE_LENGTH) throw outside(pointer, tagged);
  lane.range(pointer, 2, tagged);
  lane.spend(tagged, 1);
  return latin1Slice.call(lane.u8, pointer, pointer + tagged);
}

function lowerCompact(lane: Lane, value: string): void {
  const units = value.length;
  if (!isLatin1(value)) {
    lowerUtf16(lane, value);
    lane.length += UTF16_TAG;
    return;
  }
  checkLength(units);
  const pointer = lane.allocate(2, units);
  const { u8 } = lane;
  for (let at = 0; at < units; at++) u8[pointer + at] = value.charCodeAt(at);
  lane.pointer = pointer;
  lane.length = units;
}

function writeUtf16(lane: Lane, value: string, pointer: number): void {
  const text = value.isWellFormed() ? value : value.toWellFormed();
  const { view } = lane;
  for (let at = 0; at < text.length; at++) view.setUint16(pointer + at * 2, text.charCodeAt(at), true);
}

function shortLatin1(u8: Uint8Array, start: number, end: number): string {
  if (end - start > 5) return latin1Slice.call(u8, start, end);
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(u8[at] as number);
  return text;
}

function isAscii(value: string): boolean {
  for (let at = 0; at < value.length; at++) if (value.charCodeAt(at) > 0x7f) return false;
  return true;
}

function isLatin1(value: string): boolean {
  for (let at = 0; at < value.length; at++) if (value.charCodeAt(at) > 0xff) return false;
  return true;
}

function checkLength(bytes: number): void {
  if (bytes > MAX_BYTE_LENGTH) throw new Violation('VALUE_TYPE', { expected: 'a shorter string', bytes });
}

/** The decoder says no to bad bytes with a TypeError; anything else, as a full heap, is not the string's fault. */
function notDecoded(error: unknown, pointer: number, length: number): unknown {
  if (error instanceof TypeError) return new Violation('TRAP_UTF8', { pointer, length, reason: 'not UTF-8' });
  return error;
}

function outside(pointer: number, length: number): Violation {
  return new Violation('TRAP_POINTER', { pointer, length });
}
