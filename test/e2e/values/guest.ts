import type { GuestHalf } from '../../../src/engine/extension.ts';

/** Counts up; `a` gives and keeps its number, as the WIT's `counter` does. */
class Counter {
  #value: number;
  constructor(_: unknown, start: number) {
    this.#value = start;
  }
  next(): number {
    this.#value += 1;
    return this.#value - 1;
  }
  static sum(_: unknown, a: Counter, b: Counter): number {
    return a.#value + b.#value;
  }
}

const echo = (_: unknown, value: unknown): unknown => value;
const ECHOES = [
  'Bool',
  'U64',
  'S64',
  'F32',
  'Char',
  'String',
  'Bytes',
  'Numbers',
  'Longs',
  'Point',
  'Shape',
  'Level',
  'Perms',
  'Option',
  'Nested',
  'Results',
];

export const guest: GuestHalf = {
  imports: () => ({
    'test:values/api': {
      ...Object.fromEntries(ECHOES.map((name) => [`echo${name}`, echo])),
      Counter,
      halve: (_, value: number) => {
        if (value % 2 === 0) return value / 2;
        throw Object.assign(new Error('odd'), { payload: { tag: 'circle', val: 0.5 } });
      },
      delete: (_, value: string) => `deleted ${value}`,
    },
  }),
};
