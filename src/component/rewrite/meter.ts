/**
 * Where the code of a function pays for itself, and how much.
 *
 * @module
 */
import { type Body, EVENT, event, type Tape } from './events.ts';
import { paysItself } from './free.ts';

/** Places in a function's code, ascending, and the fuel to be taken at each. */
export interface Charges {
  readonly at: number[];
  readonly weight: number[];
}

/** What is open around the instruction at hand. */
interface Label {
  readonly kind: number;
  /** Place among the charges of what a loop, or the function, pays at its head. */
  readonly head: number;
  /** The most work that a branch here may leave unpaid; -1 when none was seen. */
  unpaid: number;
  /** The same for an `if` whose condition is false. */
  otherwise: number;
}

/** Nothing runs here. */
const DEAD = -1;

/**
 * A head pays one part in so many of the most that its paths may leave unpaid: nobody gets far with what is hidden
 * behind the first branch, and whoever goes the short way does not pay much more than is due.
 */
const SHARE = 4;

/**
 * Decides on the charges of one function. Its entry and every loop pay for the instructions up to where control
 * may part; after that a stretch pays as soon as `most` units may have been passed unpaid on some path to its end,
 * for the path that left most unpaid. With `most` = 0 every basic block pays exactly.
 */
export class Meter {
  readonly #tape: Tape;
  readonly #costs: readonly number[];
  readonly #most: number;
  #charges: Charges = { at: [], weight: [] };
  #labels: Label[] = [];
  #free = false;
  /** How many loops are open. */
  #loops = 0;
  /** Place of the event at hand on the tape. */
  #at = 0;
  /** The stretch at hand: where it starts, the work before it, what it calls, what may be unpaid before it. */
  #start = 0;
  #before = 0;
  #called = 0;
  #unpaid = 0;
  #must = false;

  constructor(tape: Tape, { costs, most }: { readonly costs: readonly number[]; readonly most: number }) {
    this.#tape = tape;
    this.#costs = costs;
    this.#most = most;
  }

  /** `free`: callers pay for all outside of loops. */
  charges(body: Body, free: boolean): Charges {
    this.#charges = { at: [], weight: [] };
    this.#free = free;
    this.#loops = 0;
    this.#labels = [];
    this.#label(event.block, DEAD);
    const { numbers } = this.#tape;
    this.#open(0, 0);
    this.#start = body.first;
    this.#must = !free;
    for (let at = body.from; at < body.to; at += EVENT) {
      const kind = numbers[at] as number;
      if (kind > event.call) continue;
      this.#at = at;
      this.#step(kind, numbers[at + 1] as number, numbers[at + 2] as number);
    }
    return this.#charges;
  }

  #step(kind: number, value: number, work: number): void {
    switch (kind) {
      case event.call: {
        const cost = this.#costs[value];
        if (!paysItself(cost)) this.#called += cost ?? 0;
        return;
      }
      case event.block:
        this.#label(kind, DEAD);
        return;
      case event.loop: {
        const unpaid = this.#close(work);
        this.#label(kind, DEAD);
        this.#loops++;
        this.#open(work, unpaid === DEAD ? DEAD : 0);
        this.#must = true;
        return;
      }
      case event.if: {
        const unpaid = this.#close(work);
        this.#label(kind, unpaid);
        this.#open(work, unpaid);
        return;
      }
      case event.branchIf:
        this.#reach(value, this.#close(work));
        this.#open(work, this.#unpaid);
        return;
      case event.branchTable:
        this.#reach(value, this.#close(work));
        return;
      case event.branch:
        this.#reach(value, this.#close(work));
        this.#open(work, DEAD);
        return;
      case event.stop:
        this.#reach(this.#labels.length - 1, this.#close(work));
        this.#open(work, DEAD);
        return;
      default:
        this.#join(kind, value, work);
    }
  }

  /** Where paths come together. */
  #join(kind: number, value: number, work: number): void {
    const label = this.#labels.at(-1);
    if (label === undefined) return;
    switch (kind) {
      case event.catchLabel:
        this.#reach(value, this.#most);
        return;
      case event.catch:
        label.unpaid = Math.max(label.unpaid, this.#close(work));
        this.#open(work, this.#most);
        return;
      case event.else:
        label.unpaid = Math.max(label.unpaid, this.#close(work));
        this.#open(work, label.otherwise);
        label.otherwise = DEAD;
        return;
      default: {
        this.#labels.pop();
        if (this.#labels.length === 0) label.unpaid = Math.max(label.unpaid, this.#close(work));
        if (label.kind === event.loop) this.#leave(work);
        if (label.kind === event.loop || this.#labels.length === 0) {
          this.#share(label);
          return;
        }
        const joined = Math.max(label.unpaid, label.otherwise);
        // Nobody else comes here: the stretch goes on.
        if (joined === DEAD) return;
        const unpaid = Math.max(joined, this.#close(work));
        this.#open(work, unpaid);
      }
    }
  }

  /** What follows the outermost loop of a free function belongs to its callers. */
  #leave(work: number): void {
    if (this.#free && this.#loops === 1) {
      const unpaid = this.#close(work);
      this.#loops = 0;
      this.#open(work, unpaid);
    } else this.#loops--;
  }

  #label(kind: number, otherwise: number): void {
    this.#labels.push({ kind, head: this.#charges.at.length, unpaid: DEAD, otherwise });
  }

  /** Lets a head pay for what branches back to it, or returns, left unpaid. */
  #share({ head, unpaid }: Label): void {
    const weight = this.#charges.weight[head];
    if (weight !== undefined && unpaid > 0 && !(this.#free && this.#labels.length === 0))
      this.#charges.weight[head] = weight + Math.floor(unpaid / SHARE);
  }

  /** Starts a stretch behind the event at hand. */
  #open(work: number, unpaid: number): void {
    this.#start = this.#tape.numbers[this.#at + 4] as number;
    this.#before = work;
    this.#called = 0;
    this.#unpaid = unpaid;
    this.#must = false;
  }

  /** Ends the stretch at hand; answers what may be unpaid now. */
  #close(work: number): number {
    if (this.#unpaid === DEAD) return DEAD;
    const own = work - this.#before + this.#called;
    const due = this.#unpaid + own;
    if (this.#free && this.#loops === 0) this.#unpaid = 0;
    else if (!this.#must && (due < this.#most || own === 0)) this.#unpaid = due;
    else {
      this.#charges.at.push(this.#start);
      this.#charges.weight.push(Math.max(due, 1));
      this.#unpaid = 0;
    }
    // A label that takes more than one branch closes the same stretch again: nothing is left to pay.
    this.#before = work;
    this.#called = 0;
    this.#must = false;
    return this.#unpaid;
  }

  /** A branch to a label. */
  #reach(depth: number, unpaid: number): void {
    const label = this.#labels[this.#labels.length - 1 - depth];
    if (label !== undefined) label.unpaid = Math.max(label.unpaid, unpaid);
  }
}
