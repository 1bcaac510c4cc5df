/**
 * Writes the code section: bodies as they were, with what metering and virtual sizes change in them.
 *
 * @module
 */
import type { Additions } from './additions.ts';
import { Writer } from './binary.ts';
import type { Charges } from './charges.ts';
import type { Code } from './code.ts';
import { type Body, EVENT, event } from './events.ts';
import { writeCharge, writeLocals, writeMirror } from './helpers.ts';
import type { Hints } from './hints.ts';
import { LookOuts } from './look-outs.ts';
import type { Module } from './module.ts';
import type { Stores } from './stores.ts';

interface Rewriting {
  readonly module: Pick<Module, 'bytes' | 'params' | 'importedFunctions'>;
  readonly hints: Hints;
  readonly code: Code;
  readonly additions: Additions;
  /** The charges of a body, or none. */
  readonly chargesOf: (body: Body, index: number) => Charges | undefined;
  /** Stores that may write below that address. */
  readonly stores: Stores;
  readonly below: number;
}

/** The content of the code section, or `undefined` when there are no functions. */
export function writeCode({
  module,
  code,
  additions,
  chargesOf,
  stores,
  below,
  hints,
}: Rewriting): Uint8Array | undefined {
  const { bodies } = code;
  const count = bodies.length + additions.functions.length;
  if (count === 0) return undefined;
  const last = bodies.at(-1)?.end ?? 0;
  const size = last - (bodies[0]?.start ?? 0);
  const w = new Writer(size + (size >> 2) + 1024);
  const one = new Writer(65_536);
  w.unsigned(count);
  const lookOuts = new LookOuts(stores, { below, touched: additions.touched });
  const write = bodyWriter(module, code, additions, lookOuts);
  bodies.forEach((body, index) => {
    write(one, body, index, chargesOf(body, index));
    hints.function(module.importedFunctions + index, one.unlikely);
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
const BRANCH = 0x0c;
const IF = 0x04;
const END = 0x0b;
const EMPTY = 0x40;
const I64 = 0x7e;
const NONE: Charges = { at: [], weight: [], taken: new Map(), quiet: [] };

/** V8 takes no more locals than this. */
const MOST_LOCALS = 50_000;

function bodyWriter(
  { bytes, params }: Pick<Module, 'bytes' | 'params'>,
  code: Code,
  additions: Additions,
  lookOuts: LookOuts,
): (w: Writer, body: Body, index: number, charges: Charges | undefined) => void {
  const { numbers } = code.tape;
  const { fuel } = additions;
  return (w, body, index, charges = NONE) => {
    const local = (params[index] as number) + body.locals;
    const mirrored = charges.quiet.length > 0 && local < MOST_LOCALS;
    const charged = new ChargedCopy(w, bytes, {
      charges,
      fuel: fuel as number,
      local: mirrored ? local : undefined,
    });
    const spare = local + (mirrored ? 1 : 0);
    charged.begin(body, lookOuts.begin(body, spare <= MOST_LOCALS - LookOuts.locals ? spare : undefined));
    const copyTo = (place: number): void => {
      for (let next = lookOuts.next; next <= place; next = lookOuts.next) {
        charged.copyTo(next);
        lookOuts.write(w);
      }
      charged.copyTo(place);
    };
    for (let at = body.from; at < body.to; at += EVENT) {
      const kind = numbers[at] as number;
      if (kind < event.global) continue;
      const value = numbers[at + 1] as number;
      copyTo(numbers[at + 3] as number);
      if (edit(w, additions, { kind, value })) charged.skipTo(numbers[at + 4] as number);
    }
    copyTo(body.end - 1);
    charged.copyTo(body.end);
  };
}

/** Copies a body and puts charges where they belong. */
class ChargedCopy {
  readonly #w: Writer;
  readonly #bytes: Uint8Array;
  readonly #charges: Charges;
  readonly #fuel: number;
  /** Holds in quiet loops what the global does: a load at each charge would wait for the store of the one before. */
  readonly #local: number | undefined;
  #copied = 0;
  #next = 0;
  #quiet = 0;

  constructor(
    w: Writer,
    bytes: Uint8Array,
    {
      charges,
      fuel,
      local,
    }: { readonly charges: Charges; readonly fuel: number; readonly local: number | undefined },
  ) {
    this.#w = w;
    this.#bytes = bytes;
    this.#charges = charges;
    this.#fuel = fuel;
    this.#local = local;
  }

  /** `spare`: types of locals that are needed besides. */
  begin({ start, first }: Body, spare: readonly number[]): void {
    this.#copied = start;
    const added = this.#local === undefined ? spare : [I64, ...spare];
    if (added.length === 0) return;
    writeLocals(this.#w, this.#bytes.subarray(start, first), added);
    this.#copied = first;
  }

  skipTo(at: number): void {
    this.#copied = at;
  }

  copyTo(at: number): void {
    const { at: places } = this.#charges;
    for (; this.#next < places.length && (places[this.#next] as number) <= at; this.#next++) {
      const place = places[this.#next] as number;
      this.#copyTo(place);
      this.#charge(place, this.#charges.weight[this.#next] as number);
    }
    this.#copyTo(at);
  }

  #charge(place: number, weight: number): void {
    const w = this.#w;
    const loop = this.#charges.quiet[this.#quiet - 1];
    const local = loop !== undefined && place < loop.to ? this.#local : undefined;
    const taken = this.#charges.taken.get(place);
    if (taken !== undefined) w.put(IF, EMPTY);
    writeCharge(w, this.#fuel, weight, local);
    if (taken === undefined) return;
    w.byte(BRANCH);
    w.unsigned(taken.label + 1);
    w.byte(END);
    this.#copied = taken.end;
  }

  /** A charge at the very start of a loop is taken before the loop. */
  #copyTo(at: number): void {
    const { quiet } = this.#charges;
    if (this.#local !== undefined)
      for (let loop = quiet[this.#quiet]; loop !== undefined && loop.from < at; loop = quiet[++this.#quiet]) {
        this.#w.raw(this.#bytes, this.#copied, loop.from);
        this.#copied = loop.from;
        writeMirror(this.#w, this.#fuel, this.#local);
      }
    this.#w.raw(this.#bytes, this.#copied, at);
    this.#copied = at;
  }
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
