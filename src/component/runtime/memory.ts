/**
 * One linear memory as the canonical options of a lift or lower see it: with its realloc, on behalf of one
 * component instance.
 *
 * @module
 */
import type { CanonOptions } from '../plan.ts';
import { Violation } from './errors.ts';
import { HOST_BYTE, HOST_VALUE } from './fuel.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { Handle, Part } from './handles.ts';
import type { State } from './state.ts';

export type Realloc = (old: number, oldSize: number, align: number, size: number) => number;

/** What an export call owes before it returns: the borrowed handles that it was given. */
export interface BorrowScope {
  borrows: number;
}

/** What a caller lends for the length of a call. */
export interface Lender {
  endLoan(): void;
}

const NONE = new Uint8Array(0);

/** Finds a memory and a realloc when they are first needed: the module that has them may not be made yet. */
export interface LaneSource {
  memory(options: CanonOptions): GuestMemory | undefined;
  realloc(options: CanonOptions): Realloc | undefined;
}

/**
 * Views show what the guest may use, which may be less than there is. They are renewed when the memory grew: growing
 * detaches the buffer, and the views of a detached buffer have length 0, which costs nothing to see; where only the
 * virtual size grew, they are too short, and whoever finds an address outside of them looks again.
 */
export class Lane {
  readonly state: State;
  readonly part: Part;
  readonly #source: LaneSource;
  readonly #options: CanonOptions;
  #memory: GuestMemory | undefined;
  #realloc: Realloc | undefined;
  u8: Uint8Array<ArrayBuffer>;
  view: DataView<ArrayBuffer>;
  /** Where the last string or list was lowered to, and its length in units or elements. */
  pointer = 0;
  length = 0;
  /** What may still be lifted in this call. */
  bytesLeft = 0;
  valuesLeft = 0;
  /** Flat values of variants on their way to a core function. */
  readonly flat: unknown[] = new Array(32).fill(0);
  /** Set while parameters with borrows are lifted. */
  lenders: Lender[] | undefined;
  /** Set while parameters with borrows are lowered. */
  scope: BorrowScope | undefined;

  constructor(state: State, part: Part, source: LaneSource, options: CanonOptions) {
    this.state = state;
    this.part = part;
    this.#source = source;
    this.#options = options;
    this.u8 = NONE;
    this.view = new DataView(NONE.buffer);
  }

  /** To be called when `u8` is empty and guest code may have run since it was last used. */
  refresh(): void {
    this.#memory ??= this.#source.memory(this.#options);
    if (this.#memory === undefined) return;
    const { memory, bytes } = this.#memory;
    this.u8 = new Uint8Array(memory.buffer, 0, bytes);
    this.view = new DataView(memory.buffer, 0, bytes);
  }

  /** Forgets all that belongs to a call; and what it saw of the memory, when its size is another one now. */
  reset(resized: boolean): void {
    this.lenders = undefined;
    this.scope = undefined;
    if (resized) this.u8 = NONE;
  }

  /** Whether the guest's memory has these bytes. */
  holds(end: number): boolean {
    if (end <= this.u8.length) return true;
    this.refresh();
    return end <= this.u8.length;
  }

  /** Calls the guest's realloc; the guest may not call imports meanwhile. */
  reallocate(old: number, oldSize: number, align: number, size: number): number {
    this.#realloc ??= this.#source.realloc(this.#options);
    const realloc = this.#realloc;
    if (realloc === undefined) throw new Violation('TRAP_POINTER', { reason: 'no realloc function' });
    this.state.fuel.host -= size * HOST_BYTE;
    this.part.mayLeave = false;
    const pointer = realloc(old, oldSize, align, size) >>> 0;
    this.part.mayLeave = true;
    if (this.u8.length === 0) this.refresh();
    if (pointer < this.state.quietBelow && size > 0) this.state.touched = true;
    if ((pointer & (align - 1)) !== 0) throw new Violation('TRAP_ALIGN', { pointer, align, of: 'realloc' });
    if (pointer + size > this.u8.length && !this.holds(pointer + size))
      throw new Violation('TRAP_POINTER', { pointer, size, of: 'realloc' });
    return pointer;
  }

  allocate(align: number, size: number): number {
    return this.reallocate(0, 0, align, size);
  }

  /** Traps unless these bytes, which may be written, lie in memory and the pointer is aligned. */
  range(pointer: number, align: number, size: number): void {
    if (pointer < this.state.quietBelow && size > 0) this.state.touched = true;
    if ((pointer & (align - 1)) !== 0) throw new Violation('TRAP_ALIGN', { pointer, align });
    if (pointer + size > this.u8.length && !this.holds(pointer + size))
      throw new Violation('TRAP_POINTER', { pointer, size });
  }

  /** A lift begins, with the full allowance. */
  allow(): void {
    const { bytes, values } = this.state.lift;
    this.bytesLeft = bytes;
    this.valuesLeft = values;
  }

  /** Counts what is lifted from a string or list; one memory may name the same bytes a million times. */
  spend(bytes: number, values: number): void {
    this.bytesLeft -= bytes;
    this.valuesLeft -= values;
    this.state.fuel.host -= bytes * HOST_BYTE + values * HOST_VALUE;
    if (this.bytesLeft >= 0 && this.valuesLeft >= 0) return;
    throw new Violation('LIMIT_LIFT', { limit: this.bytesLeft < 0 ? 'bytes' : 'values' });
  }

  lend(handle: Handle): void {
    handle.lends += 1;
    this.lenders?.push(handle);
  }
}
