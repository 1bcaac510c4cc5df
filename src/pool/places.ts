import type { ThreadCall } from './thread-call.ts';

/** The place of a call in a thread. */
export interface Placed {
  readonly call: ThreadCall;
  readonly places: Places;
  /** What the worker knows it by. */
  readonly number: number;
  /** Its place on the board. */
  readonly slot: number;
  /** How long it still has to end, once it was told to. */
  grace: NodeJS.Timeout | undefined;
}

/** The places of one thread, by slot of its board. One whose call was taken back stays until the worker has said so. */
export class Places {
  readonly #placed: (Placed | undefined)[];
  readonly #free: number[];
  #started = 0;

  constructor(size: number) {
    this.#placed = new Array<Placed | undefined>(size).fill(undefined);
    this.#free = Array.from({ length: size }, (_, index) => size - 1 - index);
  }

  get hasFree(): boolean {
    return this.#free.length > 0;
  }

  get taken(): number {
    return this.#placed.length - this.#free.length;
  }

  /** Throws a `RangeError` when none is free. */
  take(call: ThreadCall): Placed {
    const slot = this.#free.pop();
    if (slot === undefined) throw new RangeError('There is no free place in this thread');
    // Never used twice, and says its slot.
    const number = ++this.#started * this.#placed.length + slot;
    const placed: Placed = { call, places: this, number, slot, grace: undefined };
    this.#placed[slot] = placed;
    call.placed = placed;
    return placed;
  }

  release({ slot }: Placed): void {
    this.#placed[slot] = undefined;
    this.#free.push(slot);
  }

  /** The place that the worker knows by this number, if it is still one. */
  numbered(number: number): Placed | undefined {
    const placed = this.#placed[number % this.#placed.length];
    return placed?.number === number ? placed : undefined;
  }

  at(slot: number): Placed | undefined {
    return this.#placed[slot];
  }

  /** Where a call is, if it is here. */
  of({ placed }: ThreadCall): Placed | undefined {
    return placed?.places === this ? placed : undefined;
  }

  /** Places whose calls are here, the oldest first. */
  standing(): readonly Placed[] {
    return this.#placed
      .filter((placed) => placed !== undefined)
      .filter((placed) => placed.call.placed === placed)
      .toSorted((a, b) => a.number - b.number);
  }
}
