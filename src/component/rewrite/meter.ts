/**
 * Where the code of a function pays for itself, and how much.
 *
 * @module
 */

import type { Charges, Entry, MeterOptions } from './charges.ts';
import { type Body, EVENT, event, type Tape } from './events.ts';
import { paysItself } from './free.ts';
import { loopsOf } from './loops.ts';

/** What is open around the instruction at hand. */
interface Label {
  readonly kind: number;
  /** Place among the charges of what a loop, or the function, pays at its head. */
  readonly head: number;
  /** What may have been unpaid where the loops around it were entered, of those that pay where they go back. */
  readonly entered: number;
  /** The same inside of it, for a loop of that kind; -1 for others. */
  inside: number;
  /** The most work that a branch here may leave unpaid; -1 when none was seen. */
  unpaid: number;
  /** The same for an `if` whose condition is false. */
  otherwise: number;
  /** Whether one of these branches, or the `if`, comes from where nothing has been paid since the entry. */
  first: boolean;
  readonly otherwiseFirst: boolean;
}

/** Nothing runs here. */
const DEAD = -1;

/**
 * A head pays one part in so many of the most that its paths may leave unpaid: nobody gets far with what is hidden
 * behind the first branch, and whoever goes the short way does not pay much more than is due.
 */
export const SHARE = 4;

/** What may be unpaid, of all that `most` allows, where a loop is entered: one part in so many. */
const ENTERED = 4;

/**
 * Decides on the charges of one function. Its entry pays for the instructions up to where control may part. A loop
 * pays where it goes back, for the round that ends there; or, like an entry, at its head. After that a stretch pays
 * as soon as `most` units may have been passed unpaid on some path to its end, for the path that left most unpaid. With `most` = 0 every basic block pays exactly.
 */
export class Meter {
  readonly #tape: Tape;
  readonly #costs: readonly number[];
  readonly #most: number;
  readonly #bytes: Uint8Array;
  readonly #late: readonly (number | undefined)[];
  #charges: Charges = { at: [], weight: [], taken: new Map(), quiet: [] };
  #labels: Label[] = [];
  #behind: ReadonlySet<number> = new Set();
  /** What may have been unpaid where the loops that are open, and pay where they go back, were entered. */
  #entered = 0;
  #entry: Entry = 'pays';
  /** Whether on some way here nothing has been paid since the entry, of a function that pays late. */
  #first = false;
  #left = 0;
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

  /** `bytes` is the module. */
  constructor(tape: Tape, bytes: Uint8Array, { costs, late, most }: MeterOptions) {
    this.#tape = tape;
    this.#bytes = bytes;
    this.#costs = costs;
    this.#late = late;
    this.#most = most;
  }

  /** The most that the last function may have left unpaid where it returned. */
  get left(): number {
    return this.#left;
  }

  charges(body: Body, entry: Entry): Charges {
    const { behind, quiet } = loopsOf(this.#tape, body, this.#bytes);
    this.#charges = { at: [], weight: [], taken: new Map(), quiet };
    this.#entry = entry;
    this.#first = entry === 'late';
    this.#loops = 0;
    this.#entered = 0;
    if (this.#most > 0) this.#behind = behind;
    this.#labels = [];
    this.#label(event.block, DEAD);
    const { numbers } = this.#tape;
    this.#open(0, 0);
    this.#start = body.first;
    this.#must = entry === 'pays';
    for (let at = body.from; at < body.to; at += EVENT) {
      const kind = numbers[at] as number;
      if (kind > event.indirect) continue;
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
        else {
          this.#called += this.#late[value] ?? 0;
          this.#must ||= this.#first;
        }
        return;
      }
      case event.indirect:
        this.#must ||= this.#first;
        return;
      case event.block:
        this.#label(kind, DEAD);
        return;
      case event.loop:
        this.#loop(work);
        return;
      case event.if: {
        const unpaid = this.#close(work);
        this.#label(kind, unpaid);
        this.#open(work, unpaid);
        return;
      }
      case event.branchIf:
        this.#branch(value, work, this.#tape.numbers[this.#at + 4]);
        this.#open(work, this.#unpaid);
        return;
      case event.branchTable:
        this.#reach(value, this.#close(work));
        return;
      case event.branch:
        this.#branch(value, work);
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

  #loop(work: number): void {
    if (!this.#behind.has(this.#at)) {
      const unpaid = this.#close(work);
      this.#label(event.loop, DEAD);
      this.#loops++;
      this.#open(work, unpaid === DEAD ? DEAD : 0);
      this.#must = true;
      return;
    }
    // The first round is on those who come here: what they left unpaid is left aside, for where the loop is left.
    const unpaid = this.#close(work, Math.floor(this.#most / ENTERED));
    this.#label(event.loop, DEAD);
    this.#loops++;
    this.#entered += Math.max(unpaid, 0);
    (this.#labels.at(-1) as Label).inside = this.#entered;
    this.#open(work, unpaid === DEAD ? DEAD : 0);
  }

  /** `end`: where the instruction ends that branches on a condition. */
  #branch(depth: number, work: number, end?: number): void {
    const label = this.#labels[this.#labels.length - 1 - depth];
    const { at, weight, taken } = this.#charges;
    const before = at.length;
    const unpaid = this.#close(work);
    if (label === undefined || label.inside < 0) this.#reach(depth, unpaid);
    // Where the stretch itself pays, this round has paid.
    else if (unpaid !== DEAD && at.length === before) {
      const place = this.#tape.numbers[this.#at + 3] as number;
      at.push(place);
      weight.push(Math.max(unpaid + this.#entered - label.inside, 1));
      if (end !== undefined) taken.set(place, { label: depth, end });
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
        this.#reach(0, this.#close(work));
        this.#open(work, this.#most);
        this.#first = this.#entry === 'late';
        return;
      case event.else:
        this.#reach(0, this.#close(work));
        this.#open(work, label.otherwise);
        this.#first = label.otherwiseFirst;
        label.otherwise = DEAD;
        return;
      default: {
        this.#labels.pop();
        if (this.#labels.length === 0) {
          label.unpaid = Math.max(label.unpaid, this.#close(work));
          this.#left = Math.max(label.unpaid, 0);
        }
        if (label.kind === event.loop) this.#leave(label, work);
        if (label.kind === event.loop || this.#labels.length === 0) {
          this.#share(label);
          return;
        }
        const joined = Math.max(label.unpaid, label.otherwise);
        // Nobody else comes here: the stretch goes on.
        if (joined === DEAD) return;
        const unpaid = Math.max(joined, this.#close(work));
        const goesOn = this.#first && this.#unpaid !== DEAD;
        this.#first = goesOn || label.first || (label.otherwise !== DEAD && label.otherwiseFirst);
        this.#open(work, unpaid);
      }
    }
  }

  /** What follows the outermost loop of a free function belongs to its callers. */
  #leave({ entered }: Label, work: number): void {
    if (this.#unpaid !== DEAD) this.#unpaid += this.#entered - entered;
    this.#entered = entered;
    if (this.#entry === 'free' && this.#loops === 1) {
      const unpaid = this.#close(work);
      this.#loops = 0;
      this.#open(work, unpaid);
    } else this.#loops--;
  }

  #label(kind: number, otherwise: number): void {
    const head = this.#charges.at.length;
    const paid = { unpaid: DEAD, otherwise, first: false, otherwiseFirst: this.#first };
    this.#labels.push({ kind, head, entered: this.#entered, inside: -1, ...paid });
  }

  /** Lets a head pay for what branches back to it, or returns, left unpaid. */
  #share({ head, unpaid }: Label): void {
    const weight = this.#charges.weight[head];
    if (weight !== undefined && unpaid > 0 && (this.#entry === 'pays' || this.#labels.length > 0))
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
  #close(work: number, most: number = this.#most): number {
    if (this.#unpaid === DEAD) return DEAD;
    const own = work - this.#before + this.#called;
    const due = this.#unpaid + own;
    if (this.#entry === 'free' && this.#loops === 0) this.#unpaid = 0;
    else if (!this.#must && (due + this.#entered < most || due === 0)) this.#unpaid = due;
    else {
      this.#charges.at.push(this.#start);
      this.#charges.weight.push(Math.max(due, 1));
      this.#unpaid = 0;
      this.#first = false;
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
    if (label === undefined || unpaid === DEAD) return;
    label.first ||= this.#first;
    label.unpaid = Math.max(label.unpaid, unpaid + this.#entered - label.entered);
  }
}
