/**
 * Memories of instances that nobody uses any more. V8 gives them back when it collects garbage, and what moves it to
 * do so is its heap, in which a memory of 256 MiB is some hundred bytes: a few dozen events that take all they may
 * would fill the machine.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface GarbageOptions {
  /** Bytes that may lie about. */
  readonly most?: number;
  /** Collects; the work of V8 unless given. */
  readonly collect?: () => void;
}

/** What one thread has thrown away. */
export interface Garbage {
  /** Bytes that were thrown away and, as far as anybody can know, are not given back. */
  readonly bytes: number;
  /** Nobody but the garbage collector will see this object, which holds so many bytes of memories. */
  add(instance: object, bytes: number): void;
  /** To be called before memory is taken: gives back what lies about, where that is too much. */
  tidy(): void;
}

const MOST = 256 * 2 ** 20;

/**
 * Counts what is thrown away, and has it collected when it is more than 256 MiB, unless V8 has done so by itself.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * let collected = 0;
 * const garbage = createGarbage({ most: 1_000, collect: () => collected++ });
 * for (let n = 0; n < 5; n++) {
 *   garbage.tidy();
 *   garbage.add({}, 600);
 * }
 * assert.deepEqual([collected, garbage.bytes], [2, 600]);
 * ```
 */
export function createGarbage({ most = MOST, collect = collectGarbage }: GarbageOptions = {}): Garbage {
  let bytes = 0;
  /** What was thrown away before a collection is not given back twice. */
  let epoch = 0;
  const gone = new FinalizationRegistry((held: { readonly epoch: number; readonly bytes: number }) => {
    if (held.epoch === epoch) bytes -= held.bytes;
  });
  return {
    get bytes() {
      return bytes;
    },
    add(instance, size) {
      bytes += size;
      gone.register(instance, { epoch, bytes: size });
    },
    tidy() {
      if (bytes <= most) return;
      collect();
      bytes = 0;
      epoch += 1;
    },
  };
}

/** There is no other way to ask than the function that this flag gives to new contexts. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
