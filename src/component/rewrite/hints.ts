/**
 * The custom section that tells V8 which branches are hardly ever taken, so that it puts what they lead to aside.
 *
 * @module
 */
import { Writer } from './binary.ts';

const NAME = 'metadata.code.branch_hint';
const CUSTOM = 0;
const UNLIKELY = 0;

export class Hints {
  readonly #functions: Writer = new Writer(4_096);
  #count = 0;

  /** Branches of a function, by their places in its body, ascending. Functions are given in ascending order. */
  function(index: number, unlikely: readonly number[]): void {
    if (unlikely.length === 0) return;
    const w = this.#functions;
    this.#count += 1;
    w.unsigned(index);
    w.unsigned(unlikely.length);
    for (const at of unlikely) {
      w.unsigned(at);
      w.put(1, UNLIKELY);
    }
  }

  /** Writes the section, which comes before the code, if there is something to tell. */
  write(out: Writer): void {
    if (this.#count === 0) return;
    const content = new Writer(this.#functions.length + 64);
    content.name(NAME);
    content.unsigned(this.#count);
    content.raw(this.#functions.view);
    out.byte(CUSTOM);
    out.unsigned(content.length);
    out.raw(content.view);
  }
}
