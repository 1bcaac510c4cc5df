/**
 * What is known of addresses while code is read once, from top to bottom: which local or constant an operand is, and
 * which locals were looked at before.
 *
 * @module
 */
import type { Reader } from './binary.ts';
import { role } from './opcodes.ts';

/** An operand of which nothing is known; a constant is below this, a local is its index. */
export const NOTHING = -1;

/** So many locals are remembered at a time. */
const MOST_FACTS = 32;

/** Operands taken and left by plain instructions: from an opcode to another, pops, pushes. */
const EFFECTS: readonly (readonly [from: number, to: number, pops: number, pushes: number])[] = [
  [0x01, 0x01, 0, 0],
  [0x1a, 0x1a, 1, 0],
  [0x1b, 0x1b, 3, 1],
  [0x28, 0x35, 1, 1],
  [0x42, 0x44, 0, 1],
  [0x45, 0x45, 1, 1],
  [0x46, 0x4f, 2, 1],
  [0x50, 0x50, 1, 1],
  [0x51, 0x66, 2, 1],
  [0x67, 0x69, 1, 1],
  [0x6a, 0x78, 2, 1],
  [0x79, 0x7b, 1, 1],
  [0x7c, 0x8a, 2, 1],
  [0x8b, 0x91, 1, 1],
  [0x92, 0x98, 2, 1],
  [0x99, 0x9f, 1, 1],
  [0xa0, 0xa6, 2, 1],
  [0xa7, 0xc4, 1, 1],
];
const POPS: Int8Array = new Int8Array(256).fill(-1);
const PUSHES: Int8Array = new Int8Array(256);
for (const [from, to, pops, pushes] of EFFECTS) {
  POPS.fill(pops, from, to + 1);
  PUSHES.fill(pushes, from, to + 1);
}

/** A local that was looked at, as it was after so many of its assignments. */
interface Fact {
  readonly local: number;
  readonly version: number;
}

/** Of one function. `below` is the address under which stores are looked for. */
export class Known {
  readonly #below: number;
  /** The operands on top of the stack, as far as they are known; below them there may be more. */
  readonly #stack: number[] = [];
  readonly #versions = new Map<number, number>();
  #last: ReadonlyMap<number, number> = new Map();
  #facts: readonly Fact[] = [];
  /** What was known where the labels that are open were entered. */
  readonly #labels: (readonly Fact[])[] = [];

  constructor(below: number) {
    this.#below = below;
  }

  /** Where each local is assigned for the last time. */
  assigned(last: ReadonlyMap<number, number>): void {
    this.#last = last;
  }

  /** `i32.const`, of which the number follows. */
  constant(r: Reader): void {
    this.#stack.push(-2 - (r.signed32() >>> 0));
  }

  /** `local.get`, `local.set` or `local.tee`. */
  local(code: number, local: number): void {
    if (code === 0x20) {
      this.#stack.push(local);
      return;
    }
    const value = this.#stack.pop() ?? NOTHING;
    const above = value !== local && this.isAbove(value, 0);
    const version = this.#version(local) + 1;
    this.#versions.set(local, version);
    for (let at = 0; at < this.#stack.length; at++) if (this.#stack[at] === local) this.#stack[at] = NOTHING;
    if (above) this.#add({ local, version });
    if (code === 0x22) this.#stack.push(local);
  }

  /** An instruction that is not looked into. */
  unknown(): void {
    this.#stack.length = 0;
  }

  plain(code: number): void {
    const pops = POPS[code] as number;
    if (pops < 0) {
      this.unknown();
      return;
    }
    this.#stack.length = Math.max(this.#stack.length - pops, 0);
    if (PUSHES[code] === 1) this.#stack.push(NOTHING);
  }

  /** A store takes its operands; answers what the address is. */
  stored(): number {
    this.#stack.pop();
    return this.#stack.pop() ?? NOTHING;
  }

  /** Whether such an address, with this offset, is not below; or the local was looked at already. */
  isAbove(operand: number, offset: number): boolean {
    if (operand === NOTHING) return false;
    if (operand < NOTHING) return -2 - operand + offset >= this.#below;
    const version = this.#version(operand);
    return this.#facts.some((fact) => fact.local === operand && fact.version === version);
  }

  /** From here on the local with this address need not be looked at. */
  checked(operand: number): void {
    if (operand >= 0) this.#add({ local: operand, version: this.#version(operand) });
  }

  /** The newest are the likeliest to be asked for. */
  #add(fact: Fact): void {
    this.#facts = [...this.#facts.slice(1 - MOST_FACTS), fact];
  }

  /** An instruction that is more than work, at this place. */
  control(means: number, from: number): void {
    if (means === role.globalGet || means === role.memorySize) {
      this.#stack.push(NOTHING);
      return;
    }
    if (means === role.globalSet) {
      this.#stack.pop();
      return;
    }
    this.#stack.length = 0;
    switch (means) {
      case role.loop:
        this.#labels.push(this.#facts);
        // It may come here again: what is assigned further down may be another one then.
        this.#facts = this.#facts.filter(({ local }) => (this.#last.get(local) ?? -1) < from);
        return;
      case role.block:
      case role.if:
      case role.try:
      case role.tryTable:
        this.#labels.push(this.#facts);
        return;
      case role.else:
      case role.catch:
        this.#facts = this.#labels.at(-1) ?? [];
        return;
      case role.end:
      case role.delegate:
        this.#facts = this.#labels.pop() ?? [];
        return;
      default:
    }
  }

  #version(local: number): number {
    return this.#versions.get(local) ?? 0;
  }
}
