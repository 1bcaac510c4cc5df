/**
 * Code in front of stores that sets a global when the address is below another one.
 *
 * @module
 */
import type { Writer } from './binary.ts';
import type { Body } from './events.ts';
import { type Stores, stored } from './stores.ts';

const op = {
  if: 0x04,
  end: 0x0b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalSet: 0x24,
  i32Const: 0x41,
  i32Less: 0x49,
} as const;
const EMPTY = 0x40;

/** Writes what goes in front of the stores of one function after another. */
export class LookOuts {
  /** So many locals at most are added to a function. */
  static readonly locals = 7;
  readonly #stores: Stores;
  readonly #below: number;
  readonly #touched: number;
  #at = 0;
  #end = 0;
  /** By type, the locals that keep operands of the function at hand. */
  #spare = new Map<number, readonly number[]>();

  constructor(stores: Stores, { below, touched }: { readonly below: number; readonly touched: number }) {
    this.#stores = stores;
    this.#below = below;
    this.#touched = touched;
  }

  /** Place of the next store of the function; infinite when there is none. */
  get next(): number {
    return this.#at < this.#end ? (this.#stores.at[this.#at] as number) : Number.POSITIVE_INFINITY;
  }

  /**
   * The types of the locals that a function needs for it. The first will have the index `spare`; without one there is no room
   * for any, and the function counts as storing there.
   */
  begin({ end }: Body, spare: number | undefined): readonly number[] {
    const { at, kind, local } = this.#stores;
    this.#at = this.#end;
    const needed = new Map<number, number>();
    const need = (type: number, count: number): void => {
      needed.set(type, Math.max(needed.get(type) ?? 0, count));
    };
    for (; this.#end < at.length && (at[this.#end] as number) < end; this.#end++) {
      const type = kind[this.#end] as number;
      if ((local[this.#end] as number) >= 0) continue;
      need(stored.i32, type === stored.bulk ? 3 : type === stored.i32 ? 2 : 1);
      if (type !== stored.bulk && type !== stored.i32) need(type, 1);
    }
    this.#spare = new Map();
    if (spare === undefined) return [];
    const types: number[] = [];
    for (const [type, count] of needed) {
      this.#spare.set(
        type,
        Array.from({ length: count }, () => spare + types.push(type) - 1),
      );
    }
    return types;
  }

  /** Writes what goes in front of the next store. */
  write(w: Writer): void {
    const kind = this.#stores.kind[this.#at] as number;
    const local = this.#stores.local[this.#at] as number;
    this.#at += 1;
    const [address, second, third] = this.#spare.get(stored.i32) ?? [];
    if (local >= 0) this.#look(w, op.localGet, local);
    else if (address === undefined) this.#touch(w);
    else if (kind === stored.bulk) this.#lookUnder(w, address, [second, third] as number[]);
    else if (kind === stored.i32) this.#lookUnder(w, address, [second as number]);
    else this.#lookUnder(w, address, this.#spare.get(kind) ?? []);
  }

  /** The address lies under these operands. */
  #lookUnder(w: Writer, address: number, operands: readonly number[]): void {
    for (const local of operands.toReversed()) put(w, op.localSet, local);
    this.#look(w, op.localTee, address);
    put(w, op.localGet, address);
    for (const local of operands) put(w, op.localGet, local);
  }

  #look(w: Writer, how: number, local: number): void {
    put(w, how, local);
    w.byte(op.i32Const);
    w.positive(this.#below);
    w.byte(op.i32Less);
    w.unlikely.push(w.length);
    w.put(op.if, EMPTY);
    this.#touch(w);
    w.byte(op.end);
  }

  #touch(w: Writer): void {
    w.put(op.i32Const, 1);
    put(w, op.globalSet, this.#touched);
  }
}

function put(w: Writer, code: number, index: number): void {
  w.byte(code);
  w.unsigned(index);
}
