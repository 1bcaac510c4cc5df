/**
 * Damages components: bytes of the component layer in all ways, and of core modules where nothing will be run.
 *
 * @module
 */

/** A random number generator that a seed makes repeatable (mulberry32): integers below `n`. */
export function generator(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

/** A stretch of a binary, and whether it is the inside of a core module. */
interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly core: boolean;
}

/** The stretches of a component between and in its core modules, nested components opened. */
export function stretches(bytes: Uint8Array, from = 0, to: number = bytes.length): Stretch[] {
  const found: Stretch[] = [];
  let at = from + 8;
  let start = from;
  while (at < to) {
    const id = bytes[at] as number;
    const { value: size, next } = leb(bytes, at + 1);
    if (id === 1 || id === 4) {
      found.push({ start, end: next, core: false });
      if (id === 1) found.push({ start: next, end: next + size, core: true });
      else found.push(...stretches(bytes, next, next + size));
      start = next + size;
    }
    at = next + size;
  }
  found.push({ start, end: to, core: false });
  return found.filter((stretch) => stretch.end > stretch.start);
}

function leb(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0;
  let shift = 0;
  let next = at;
  for (;;) {
    const byte = bytes[next++] as number;
    value += (byte & 0x7f) * 2 ** shift;
    shift += 7;
    if (byte < 0x80) return { value, next };
  }
}

export interface Mutant {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Core code is as it was: what the component exports may be called. */
  readonly callable: boolean;
}

const telling = [0x00, 0x01, 0x02, 0x03, 0x04, 0x40, 0x60, 0x6a, 0x70, 0x7f, 0x80, 0xff];

/** Damages a component in one or two places; one in eight mutants is hit in its core modules instead. */
export function mutate(bytes: Uint8Array, random: (n: number) => number): Mutant {
  const inCore = random(8) === 0;
  const places = stretches(bytes).filter((stretch) => stretch.core === inCore);
  if (places.length === 0) return { bytes: new Uint8Array(bytes), callable: !inCore };
  let out = [...bytes];
  const times = 1 + random(2);
  for (let i = 0; i < times; i++) {
    const { start, end } = places[random(places.length)] as Stretch;
    out = damage(out, start + random(end - start), random);
  }
  return { bytes: new Uint8Array(out), callable: !inCore };
}

/** Damages one place. */
export function damage(bytes: number[], place: number, random: (n: number) => number): number[] {
  const at = Math.min(place, bytes.length - 1);
  const byte = bytes[at] ?? 0;
  // What changes the length is nearly always malformed, so it is rare.
  if (random(12) === 0) {
    if (random(3) === 0) return bytes.toSpliced(at, 1 + random(4));
    if (random(2) === 0) return bytes.toSpliced(at, 0, ...bytes.slice(at, at + 1 + random(12)));
    return bytes.slice(0, Math.max(at, 1));
  }
  switch (random(4)) {
    case 0:
      return bytes.with(at, byte ^ (1 << random(8)));
    case 1:
      return bytes.with(at, telling[random(telling.length)] as number);
    case 2:
      return bytes.with(at, (byte + (random(2) ? 1 : 255)) & 0xff);
    default:
      return bytes.with(at, bytes[random(bytes.length)] as number);
  }
}

/** What the worker is given. */
export interface Work {
  readonly corpus: readonly Uint8Array[];
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** Two 32-bit cells: the mutant at work, and the stage that it has reached. */
  readonly progress: SharedArrayBuffer;
}

export const stages: readonly string[] = ['compile', 'link', 'acquire', 'call'];

/** How a mutant ended: `runs`, or the code of an error of ours; anything else is a failure. */
export interface Ended {
  readonly mutant: number;
  readonly outcome: string;
  readonly wrong?: string;
}
