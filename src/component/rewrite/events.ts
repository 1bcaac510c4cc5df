/**
 * What the code of a module does, as far as metering and rewriting depend on it: a tape of events, five numbers
 * each, because there are hundreds of thousands of them.
 *
 * @module
 */
import { unsupported } from './errors.ts';

/** Kinds of events, and what `value` means. */
export const event = {
  /** Opens a label; also `try` and `try_table`. */
  block: 0,
  loop: 1,
  if: 2,
  else: 3,
  /** Closes the innermost label, or the function. */
  end: 4,
  /** A handler of the innermost `try` starts. */
  catch: 5,
  /** Value: the label that an exception may go to. */
  catchLabel: 6,
  /** Value: label. Control does not go on. */
  branch: 7,
  /** Value: label. Control goes on or not. */
  branchIf: 8,
  /** Value: label. One of several, before `stop`. */
  branchTable: 9,
  stop: 10,
  /** Value: function. */
  call: 11,
  /** A call of who knows what. */
  indirect: 12,
  /** Value: global; `from` is where its index starts. */
  global: 13,
  /** Value: memory. The instruction is replaced. */
  size: 14,
  grow: 15,
  /** A length is on top of the stack; value: of what, see {@link lengthOf}. */
  length: 16,
  /** An instruction that is slow by itself; value: its price. */
  price: 17,
} as const;

/** Of what an instruction takes a length: bytes of memory, elements of an array, entries of a table. */
export const lengthOf = {
  bytes: 0,
  elements: 1,
  entries: 2,
  /** Added where the length has 64 bits. */
  wide: 3,
} as const;

/** Numbers of one event: kind, value, work before its end, and the span of the instruction. */
export const EVENT = 5;

/** Above this many numbers a tape does not grow: ten times what the largest guests known need. */
const LONGEST: number = 2 ** 26;

/** Where the code of one function lies, and its events. */
export interface Body {
  /** Its locals start here. */
  readonly start: number;
  /** How many locals it declares, parameters not among them. */
  readonly locals: number;
  /** Its first instruction. */
  readonly first: number;
  readonly end: number;
  /** Places on the tape. */
  readonly from: number;
  readonly to: number;
  /** Work of all its instructions, each counted once; infinite with a call of who knows what. */
  readonly work: number;
  /** Whether it has loops, which always pay for themselves. */
  readonly loops: boolean;
}

/** A tape that is written once and read back. */
export class Tape {
  #numbers: Int32Array;
  #length = 0;

  constructor(capacity: number) {
    this.#numbers = new Int32Array(Math.min(Math.max(capacity, 64), LONGEST));
  }

  get length(): number {
    return this.#length;
  }

  get numbers(): Int32Array {
    return this.#numbers;
  }

  /** Throws `CORE_UNSUPPORTED` when there is no room for more. */
  add(kind: number, value: number, work: number, from: number, to: number): void {
    if (this.#length + EVENT > this.#numbers.length) this.#double(from);
    const numbers = this.#numbers;
    numbers[this.#length] = kind;
    numbers[this.#length + 1] = value;
    numbers[this.#length + 2] = work;
    numbers[this.#length + 3] = from;
    numbers[this.#length + 4] = to;
    this.#length += EVENT;
  }

  #double(from: number): void {
    if (this.#numbers.length > LONGEST)
      throw unsupported('It has more branches than are followed here', from);
    const larger = new Int32Array(this.#numbers.length * 2);
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}
