/**
 * Memories that instances of one component leave behind, zeroed, for the next ones. A fresh memory costs its
 * pages anew (about 1.5 µs per KiB that is written), a zeroed one only the zeroing.
 *
 * @module
 */
import type { MemoryType } from './import-memory.ts';

const PAGE = 65_536;

export interface MemoryPool {
  /** A memory of zeros of exactly the declared size. */
  take(type: MemoryType): WebAssembly.Memory;
  /** Gives a memory back that nobody can reach any more. */
  give(type: MemoryType, memory: WebAssembly.Memory): void;
}

/**
 * A pool that keeps at most `bytes` of spare memory.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const pool = createMemoryPool({ bytes: 2 ** 20 });
 * const type = { initial: 1, maximum: undefined };
 * const memory = pool.take(type);
 * new Uint8Array(memory.buffer)[7] = 1;
 * pool.give(type, memory);
 * assert.equal(pool.take(type), memory);
 * assert.equal(new Uint8Array(memory.buffer)[7], 0);
 * ```
 */
export function createMemoryPool({ bytes }: { readonly bytes: number }): MemoryPool {
  const spare = new Map<MemoryType, WebAssembly.Memory[]>();
  let kept = 0;
  return {
    take(type) {
      const found = spare.get(type)?.pop();
      if (found !== undefined) {
        kept -= type.initial * PAGE;
        return found;
      }
      const { initial, maximum } = type;
      return new WebAssembly.Memory(maximum === undefined ? { initial } : { initial, maximum });
    },
    give(type, memory) {
      const size = type.initial * PAGE;
      // One that has grown would be larger than declared, and memories do not shrink.
      if (memory.buffer.byteLength !== size || kept + size > bytes) return;
      new Uint8Array(memory.buffer).fill(0);
      const stack = spare.get(type) ?? [];
      stack.push(memory);
      spare.set(type, stack);
      kept += size;
    },
  };
}
