/**
 * What the memories of a component hold right after instantiation, and the way back there. One image serves all
 * instances of a component: they start alike.
 *
 * @module
 */
import { type GuestMemory, PAGE } from './guest-memory.ts';

/** A part of a memory that is not zero. */
interface Run {
  readonly at: number;
  readonly bytes: Uint8Array;
}

export interface MemoryImage {
  readonly runs: readonly Run[];
  /** Its virtual size as the global has it: a `bigint` for a wide memory. */
  readonly size: unknown;
  readonly pages: number;
}

/** Zeros fewer than this between two parts are copied with them. */
const GAP = 4096;

/** Clears are done by the guest's own scan in steps of this. */
const STEP = 128;

/**
 * Records a memory.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { GuestMemory } from './guest-memory.ts';
 * const memory = new GuestMemory({ memory: new WebAssembly.Memory({ initial: 1 }) });
 * memory.all.set([1, 2, 3], 1000);
 * const image = takeImage(memory);
 * memory.all.fill(9);
 * restore(memory, image, 0);
 * assert.deepEqual([...memory.all.subarray(998, 1005)], [0, 0, 1, 2, 3, 0, 0]);
 * assert.equal(image.runs[0]?.bytes.length, 4);
 * ```
 */
export function takeImage(memory: GuestMemory): MemoryImage {
  return { runs: runsOf(memory.all), size: memory.size?.value, pages: memory.bytes / PAGE };
}

/** Puts a memory back, of which nobody wrote to what is below `clean`. Whether its virtual size had changed is the answer. */
export function restore(memory: GuestMemory, { runs, size }: MemoryImage, clean: number): boolean {
  const { all, zero } = memory;
  let at = Math.min(clean, all.length);
  for (const run of runs) {
    if (run.at + run.bytes.length <= at) continue;
    clear(all, at, run.at, zero);
    all.set(run.bytes, run.at);
    at = run.at + run.bytes.length;
  }
  clear(all, at, all.length, zero);
  if (memory.size === undefined || memory.size.value === size) return false;
  memory.size.value = size;
  return true;
}

/** Blind filling would give storage to every page; the scan writes only where something is. */
function clear(bytes: Uint8Array, from: number, to: number, zero: GuestMemory['zero']): void {
  const first = Math.ceil(from / STEP) * STEP;
  const last = Math.floor(to / STEP) * STEP;
  if (zero === undefined || last <= first || last >= 2 ** 32) {
    bytes.fill(0, from, to);
    return;
  }
  if (from < first) bytes.fill(0, from, first);
  zero(first, last);
  if (last < to) bytes.fill(0, last, to);
}

function runsOf(bytes: Uint8Array<ArrayBuffer>): Run[] {
  const words = new Int32Array(bytes.buffer);
  const runs: Run[] = [];
  let from = -1;
  let end = 0;
  const close = (): void => {
    if (from >= 0) runs.push({ at: from, bytes: bytes.slice(from, end) });
  };
  for (let index = 0; index < words.length; index++) {
    if (words[index] === 0) continue;
    const at = index * 4;
    if (from < 0 || at - end >= GAP) {
      close();
      from = at;
    }
    end = at + 4;
  }
  close();
  return runs;
}
