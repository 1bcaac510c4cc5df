/**
 * Strings that pass from one component to another of another encoding: the bytes are the same whichever way they
 * come about, but a guest sees in which steps its realloc is called (CanonicalABI: store_string_into_range).
 *
 * @module
 */
import type { StringEncoding } from '../types.ts';
import type { Lane } from './memory.ts';
import type { StringCodec } from './strings.ts';

/**
 * How a string of one encoding is lowered into a memory of another; `exact` lowers it in one step, as when both
 * sides agree. Whether a latin1+utf16 source was latin1 is told by its characters.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { stringCodec } from './strings.ts';
 * const utf8 = stringCodec('utf8');
 * assert.equal(transcoder('utf8', 'utf8', utf8), utf8.lower);
 * assert.notEqual(transcoder('utf16', 'utf8', utf8), utf8.lower);
 * ```
 */
export function transcoder(
  from: StringEncoding,
  to: StringEncoding,
  exact: StringCodec,
): StringCodec['lower'] {
  if (from === to) return exact.lower;
  if (to === 'utf8') return (lane, value) => toUtf8(lane, value, from === 'latin1+utf16');
  if (to === 'utf16') return from === 'utf8' ? utf8ToUtf16 : exact.lower;
  return (lane, value) => toCompact(lane, value, from === 'utf8' ? Buffer.byteLength(value) : value.length);
}

/** Hopes for ASCII; else the worst case, then what was needed. */
function toUtf8(lane: Lane, value: string, compact: boolean): void {
  const units = value.length;
  let pointer = lane.allocate(1, units);
  const bytes = Buffer.byteLength(value);
  if (bytes !== units) {
    const worst = units * (compact && !hasWide(value) ? 2 : 3);
    pointer = lane.reallocate(pointer, units, 1, worst);
    if (worst > bytes) pointer = lane.reallocate(pointer, worst, 1, bytes);
  }
  new TextEncoder().encodeInto(value, lane.u8.subarray(pointer, pointer + bytes));
  lane.pointer = pointer;
  lane.length = bytes;
}

function utf8ToUtf16(lane: Lane, value: string): void {
  const worst = 2 * Buffer.byteLength(value);
  const bytes = 2 * value.length;
  let pointer = lane.allocate(2, worst);
  if (bytes < worst) pointer = lane.reallocate(pointer, worst, 2, bytes);
  writeUnits(lane, value, pointer, 2);
  lane.pointer = pointer;
  lane.length = value.length;
}

/** Hopes for latin1; at the first wider character it goes over to UTF-16. */
function toCompact(lane: Lane, value: string, sourceUnits: number): void {
  let pointer = lane.allocate(2, sourceUnits);
  const wide = hasWide(value);
  const bytes = value.length * (wide ? 2 : 1);
  const room = wide ? 2 * sourceUnits : sourceUnits;
  if (wide) pointer = lane.reallocate(pointer, sourceUnits, 2, room);
  if (bytes < room) pointer = lane.reallocate(pointer, room, 2, bytes);
  writeUnits(lane, value, pointer, wide ? 2 : 1);
  lane.pointer = pointer;
  lane.length = wide ? value.length + 0x8000_0000 : value.length;
}

function writeUnits(lane: Lane, value: string, pointer: number, width: 1 | 2): void {
  const { view } = lane;
  for (let at = 0; at < value.length; at++) {
    if (width === 1) view.setUint8(pointer + at, value.charCodeAt(at));
    else view.setUint16(pointer + at * 2, value.charCodeAt(at), true);
  }
}

function hasWide(value: string): boolean {
  for (let at = 0; at < value.length; at++) if (value.charCodeAt(at) > 0xff) return true;
  return false;
}
