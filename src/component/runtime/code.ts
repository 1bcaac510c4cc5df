/**
 * Collects generated JavaScript. Whatever comes from a component goes in as data; the source text is made of our
 * own words, generated names and 32-bit integers only.
 *
 * @module
 */

export class Code {
  readonly #lines: string[] = [];
  readonly #data: unknown[] = [];
  readonly #names = new Map<string, string>();
  readonly #derived = new Map<unknown, string>();
  readonly #known = new Map<unknown, string>();

  /** A name under which the generated code finds this value. */
  data(value: unknown): string {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const name = `k${this.#data.push(value) - 1}`;
    this.#known.set(value, name);
    return name;
  }

  /** As {@link data}, for a value made from `subject` once. */
  derived(subject: unknown, make: () => unknown): string {
    const known = this.#derived.get(subject);
    if (known !== undefined) return known;
    const name = this.data(make());
    this.#derived.set(subject, name);
    return name;
  }

  /** The name of a function of this kind for this subject; `body` writes it when it is not there yet. */
  once(kind: string, subject: unknown, body: (name: string) => string): string {
    const key = `${kind}:${this.data(subject)}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = `f${this.#names.size}`;
    this.#names.set(key, name);
    this.#lines.push(body(name));
    return name;
  }

  /** Adds a function that nobody else asks for, and answers its name. */
  add(body: (name: string) => string): string {
    return this.once('own', {}, body);
  }

  /** Compiles all of it and answers the functions of these names, in order. */
  build(results: readonly string[]): unknown[] {
    const constants = this.#data.map((_, index) => `const k${index} = data[${index}];`);
    const source = ["'use strict';", ...constants, ...this.#lines, `return [${results.join(', ')}];`].join(
      '\n',
    );
    return new Function('data', source)(this.#data);
  }
}

/** A 32-bit unsigned integer as source text; anything else would not be ours. */
export function int(value: number): string {
  if (value >>> 0 !== value)
    throw new RangeError('Cannot write number into generated code: not an unsigned 32-bit integer');
  return String(value);
}
