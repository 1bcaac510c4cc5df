/**
 * Writes the code section: bodies as they were, with what metering and virtual sizes change in them.
 *
 * @module
 */
import type { Additions } from './additions.ts';
import { Writer } from './binary.ts';
import type { Code } from './code.ts';
import { type Body, EVENT, event } from './events.ts';
import { writeCharge } from './helpers.ts';
import type { Charges } from './meter.ts';

interface Rewriting {
  readonly bytes: Uint8Array;
  readonly code: Code;
  readonly additions: Additions;
  /** The charges of a body, or none. */
  readonly chargesOf: (body: Body, index: number) => Charges | undefined;
}

/** The content of the code section, or `undefined` when there are no functions. */
export function writeCode({ bytes, code, additions, chargesOf }: Rewriting): Uint8Array | undefined {
  const { bodies } = code;
  const count = bodies.length + additions.functions.length;
  if (count === 0) return undefined;
  const last = bodies.at(-1)?.end ?? 0;
  const size = last - (bodies[0]?.start ?? 0);
  const w = new Writer(size + (size >> 2) + 1024);
  const one = new Writer(65_536);
  w.unsigned(count);
  const write = bodyWriter(bytes, code, additions);
  bodies.forEach((body, index) => {
    write(one, body, chargesOf(body, index));
    w.unsigned(one.length);
    w.raw(one.view);
    one.clear();
  });
  for (const { body } of additions.functions) {
    w.unsigned(body.length);
    w.raw(body);
  }
  return w.view;
}

const GLOBAL_GET = 0x23;
const CALL = 0x10;
const NONE: Charges = { at: [], weight: [] };

function bodyWriter(
  bytes: Uint8Array,
  code: Code,
  additions: Additions,
): (w: Writer, body: Body, charges: Charges | undefined) => void {
  const { numbers } = code.tape;
  const { fuel } = additions;
  return (w, body, charges = NONE) => {
    let copied = body.start;
    let next = 0;
    const copyTo = (at: number): void => {
      while (next < charges.at.length && (charges.at[next] as number) <= at) {
        const place = charges.at[next] as number;
        w.raw(bytes, copied, place);
        copied = place;
        writeCharge(w, fuel as number, charges.weight[next++] as number);
      }
      w.raw(bytes, copied, at);
      copied = at;
    };
    for (let at = body.from; at < body.to; at += EVENT) {
      const kind = numbers[at] as number;
      if (kind < event.global) continue;
      const value = numbers[at + 1] as number;
      const from = numbers[at + 3] as number;
      const to = numbers[at + 4] as number;
      copyTo(from);
      if (edit(w, additions, { kind, value })) copied = to;
    }
    copyTo(body.end);
  };
}

/** Writes what comes in front of an instruction, or in its place: then the answer is `true`. */
function edit(
  w: Writer,
  additions: Additions,
  { kind, value }: { readonly kind: number; readonly value: number },
): boolean {
  const { fuel } = additions;
  switch (kind) {
    case event.global:
      w.unsigned(additions.global(value));
      return true;
    case event.size:
      w.byte(GLOBAL_GET);
      w.unsigned(additions.size[value] as number);
      return true;
    case event.grow:
      w.byte(CALL);
      w.unsigned(additions.grow[value] as number);
      return true;
    case event.length:
      if (fuel !== undefined) {
        w.byte(CALL);
        w.unsigned(additions.charge.get(value) as number);
      }
      return false;
    default:
      if (fuel !== undefined) writeCharge(w, fuel, value);
      return false;
  }
}
