/**
 * Finds the stores of a module that may reach below an address. A guest's stack grows down to the start of its
 * memory and seldom gets far: where nothing was written, nothing has to be cleared.
 *
 * @module
 */
import { Reader } from './binary.ts';
import { skipImmediates } from './immediates.ts';
import { Known, NOTHING } from './known.ts';
import { entries, type Module, section } from './module.ts';
import { PLAIN, PREFIXED, role } from './opcodes.ts';
import { skipValueType } from './types.ts';

/** What is stored: a value of this type, or as many bytes as a bulk instruction says. */
export const stored = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b, bulk: 0 } as const;

/** Stores that must be looked at, in the order of the code. */
export interface Stores {
  /** Where the instruction starts. */
  readonly at: readonly number[];
  readonly kind: readonly number[];
  /** The local that holds the address, or -1 where it is on the stack only. */
  readonly local: readonly number[];
}

export const NONE: Stores = { at: [], kind: [], local: [] };

const PREFIX = { bulk: 0xfc, vector: 0xfd, atomic: 0xfe } as const;
const FENCE = 3;
const VECTOR_STORE = 11;
const FIRST_LANE_STORE = 88;
const LAST_LANE_STORE = 91;

/** By opcode from 0x36 on. */
const STORED: readonly number[] = [
  ...[stored.i32, stored.i64, stored.f32, stored.f64],
  ...[stored.i32, stored.i32, stored.i64, stored.i64, stored.i64],
];

/**
 * Above this many nobody is helped: large guests, as interpreters are, do more in an event than what clearing takes.
 * **Measured**: of QuickJS, with 18,000, some 8 % of the time.
 */
const MOST = 4_000;

/**
 * The stores that may write below `below`, or `undefined` where they are not looked at: there are too many, memories have
 * 64-bit addresses, or instructions are atomic.
 */
export function findStores(module: Module, below: number): Stores | undefined {
  if (module.memories.some(({ wide }) => wide)) return undefined;
  const finder = new Finder(below);
  entries(module, section.code, (r) => {
    const size = r.unsigned();
    const start = r.at;
    r.skip(size);
    if (module.memories.length > 0 && finder.at.length <= MOST)
      finder.function(new Reader(r.bytes, start, r.at));
  });
  return finder.atomic || finder.at.length > MOST ? undefined : finder;
}

class Finder implements Stores {
  readonly at: number[] = [];
  readonly kind: number[] = [];
  readonly local: number[] = [];
  readonly #below: number;
  #known = new Known(0);
  atomic = false;

  constructor(below: number) {
    this.#below = below;
  }

  function(r: Reader): void {
    skipLocals(r);
    const first = r.at;
    this.#known = new Known(this.#below);
    this.#known.assigned(lastAssignments(r));
    r.at = first;
    while (r.at < r.end) this.#instruction(r);
  }

  #instruction(r: Reader): void {
    const from = r.at;
    const code = r.byte();
    const known = this.#known;
    if (code >= 0x36 && code <= 0x3e) this.#store(r, STORED[code - 0x36] as number, from);
    else if (code >= 0x20 && code <= 0x22) known.local(code, r.unsigned());
    else if (code === 0x41) known.constant(r);
    else if (PREFIXED[code] !== undefined) this.#prefixed(r, code, from);
    else {
      skipImmediates(r, code);
      const means = PLAIN.roles[code] as number;
      if (means !== role.plain) known.control(means, from);
      else known.plain(code);
    }
  }

  #prefixed(r: Reader, prefix: number, from: number): void {
    const at = r.at;
    const number = r.unsigned();
    const means = PREFIXED[prefix]?.roles[number];
    if (prefix === PREFIX.atomic && number !== FENCE) this.atomic = true;
    if (prefix === PREFIX.vector && isVectorStore(number)) {
      this.#store(r, stored.v128, from);
      if (number !== VECTOR_STORE) r.skip(1);
      return;
    }
    if (means === role.memoryInit || means === role.memoryCopy || means === role.memoryFill)
      this.#note(stored.bulk, from, NOTHING);
    r.at = at;
    skipImmediates(r, prefix);
    this.#known.unknown();
  }

  #store(r: Reader, kind: number, from: number): void {
    const flags = r.unsigned();
    if ((flags & 0x40) !== 0) r.skipLeb();
    const offset = r.unsigned();
    const place = this.#known.stored();
    if (offset >= this.#below || this.#known.isAbove(place, offset)) return;
    this.#note(kind, from, place);
    this.#known.checked(place);
  }

  #note(kind: number, from: number, local: number): void {
    this.at.push(from);
    this.kind.push(kind);
    this.local.push(Math.max(local, NOTHING));
  }
}

function isVectorStore(number: number): boolean {
  return number === VECTOR_STORE || (number >= FIRST_LANE_STORE && number <= LAST_LANE_STORE);
}

function skipLocals(r: Reader): void {
  for (let groups = r.unsigned(); groups > 0; groups--) {
    r.skipLeb();
    skipValueType(r);
  }
}

/** Where each local is assigned for the last time. */
function lastAssignments(r: Reader): Map<number, number> {
  const last = new Map<number, number>();
  while (r.at < r.end) {
    const from = r.at;
    const code = r.byte();
    if (code === 0x21 || code === 0x22) last.set(r.unsigned(), from);
    else skipImmediates(r, code);
  }
  return last;
}
