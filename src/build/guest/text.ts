/**
 * UTF-8 for guests: QuickJS has no `TextEncoder` and no `TextDecoder`. Specification: WHATWG Encoding. Its own functions
 * for URIs and base64 know UTF-8 and do most of it: each is a loop in C, thirty times as fast as one in JavaScript.
 *
 * @module
 */
const REPLACEMENT = 0xfffd;
/** Arguments of one `String.fromCodePoint`: more would not fit on the guest's stack. */
const CHUNK = 2048;
/** What is the same in characters and in bytes. */
const ASCII = /^[\0-\x7f]*$/;

/** `TextEncoder`. */
export class Utf8Encoder {
  readonly encoding: string = 'utf-8';

  encode(text = ''): Uint8Array {
    const source = String(text);
    // `unescape` leaves a character for each byte, which is what `btoa` takes.
    const bytes = ASCII.test(source) ? source : unescape(encodeURIComponent(source.toWellFormed()));
    return Uint8Array.fromBase64(btoa(bytes));
  }

  encodeInto(source: string, target: Uint8Array): { read: number; written: number } {
    let read = 0;
    let written = 0;
    while (read < source.length) {
      let code = source.codePointAt(read) ?? REPLACEMENT;
      const units = code > 0xffff ? 2 : 1;
      if (code >= 0xd800 && code <= 0xdfff) code = REPLACEMENT;
      const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      if (written + size > target.length) break;
      written = put(target, written, code, size);
      read += units;
    }
    return { read, written };
  }
}

/** `TextDecoder`, for UTF-8 only: another label is a `RangeError`. */
export class Utf8Decoder {
  readonly encoding: string = 'utf-8';
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  /** The first bytes of a character whose rest has not come yet. */
  #pending = new Uint8Array(0);
  #atStart = true;

  constructor(label = 'utf-8', options: { readonly fatal?: boolean; readonly ignoreBOM?: boolean } = {}) {
    if (!['utf-8', 'utf8', 'unicode-1-1-utf-8'].includes(String(label).trim().toLowerCase())) {
      throw new RangeError(`Cannot decode "${label}": only utf-8 is available here`);
    }
    this.fatal = options.fatal ?? false;
    this.ignoreBOM = options.ignoreBOM ?? false;
  }

  decode(
    input: ArrayBuffer | ArrayBufferView = new Uint8Array(0),
    options: { readonly stream?: boolean } = {},
  ): string {
    const { stream = false } = options;
    const bytes = joined(this.#pending, view(input));
    const whole = stream ? completeLength(bytes) : bytes.length;
    this.#pending = bytes.slice(whole);
    const text = fromValid(bytes.subarray(0, whole)) ?? fromCodes(this.#codes(bytes, whole));
    const bare = this.#atStart && !this.ignoreBOM && text.startsWith('\ufeff') ? text.slice(1) : text;
    this.#atStart = stream ? this.#atStart && whole === 0 : true;
    return bare;
  }

  #codes(bytes: Uint8Array, end: number): number[] {
    const codes: number[] = [];
    for (let at = 0; at < end; ) {
      const { size, code } = readCode(bytes, at, end);
      if (code < 0 && this.fatal) {
        this.#pending = new Uint8Array(0);
        this.#atStart = true;
        throw new TypeError(`Cannot decode: byte ${at} is not UTF-8`);
      }
      codes.push(code < 0 ? REPLACEMENT : code);
      at += size;
    }
    return codes;
  }
}

function put(target: Uint8Array, at: number, code: number, size: number): number {
  if (size === 1) {
    target[at] = code;
    return at + 1;
  }
  const lead = size === 2 ? 0xc0 : size === 3 ? 0xe0 : 0xf0;
  target[at] = lead | (code >> (6 * (size - 1)));
  for (let index = 1; index < size; index++)
    target[at + index] = 0x80 | ((code >> (6 * (size - 1 - index))) & 0x3f);
  return at + size;
}

/** What a lead byte promises: how many bytes follow and between which values the first of them lies. */
function promise(
  lead: number,
): { readonly follow: number; readonly low: number; readonly high: number } | undefined {
  if (lead >= 0xc2 && lead <= 0xdf) return { follow: 1, low: 0x80, high: 0xbf };
  if (lead >= 0xe0 && lead <= 0xef)
    return { follow: 2, low: lead === 0xe0 ? 0xa0 : 0x80, high: lead === 0xed ? 0x9f : 0xbf };
  if (lead >= 0xf0 && lead <= 0xf4)
    return { follow: 3, low: lead === 0xf0 ? 0x90 : 0x80, high: lead === 0xf4 ? 0x8f : 0xbf };
  return undefined;
}

/** One character, or -1 for the longest stretch that could have begun one. */
function readCode(
  bytes: Uint8Array,
  at: number,
  end: number,
): { readonly size: number; readonly code: number } {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return { size: 1, code: lead };
  const promised = promise(lead);
  if (!promised) return { size: 1, code: -1 };
  let code = lead & (0x3f >> promised.follow);
  for (let index = 1; index <= promised.follow; index++) {
    const byte = at + index < end ? (bytes[at + index] ?? 0) : 0;
    const inRange =
      index === 1 ? byte >= promised.low && byte <= promised.high : byte >= 0x80 && byte <= 0xbf;
    if (!inRange) return { size: index, code: -1 };
    code = (code << 6) | (byte & 0x3f);
  }
  return { size: promised.follow + 1, code };
}

/** Length without a character at the end that may still be completed. */
function completeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const at = bytes.length - back;
    const promised = promise(bytes[at] ?? 0);
    if (!promised) continue;
    return promised.follow >= back && readCode(bytes, at, bytes.length).size === back ? at : bytes.length;
  }
  return bytes.length;
}

/** The text of bytes that are UTF-8; of others nothing. */
function fromValid(bytes: Uint8Array): string | undefined {
  const characters = atob(bytes.toBase64());
  if (ASCII.test(characters)) return characters;
  try {
    return decodeURIComponent(escape(characters));
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function fromCodes(codes: readonly number[]): string {
  let text = '';
  for (let at = 0; at < codes.length; at += CHUNK)
    text += String.fromCodePoint(...codes.slice(at, at + CHUNK));
  return text;
}

function view(input: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(input)
    ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
    : new Uint8Array(input);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
