import { createHash } from 'node:crypto';
import type { Component, InstancePre } from '../component/api.ts';

/** A component that is compiled once, however many modules and applications use it. */
export interface CachedComponent extends Disposable {
  readonly component: Component;
  /** Linked on first use. */
  link(): InstancePre;
}

export interface ComponentCache {
  /** Compiled components that are in use. */
  readonly size: number;
  /** Rejects with what `compile` throws. Whoever gets one disposes it; the last one forgets the component. */
  get(bytes: Uint8Array<ArrayBuffer>): Promise<CachedComponent>;
}

interface Entry {
  readonly compiled: Promise<Component>;
  pre: InstancePre | undefined;
  users: number;
}

/**
 * Compiles each distinct component once, for as long as somebody uses it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * let compiled = 0;
 * const cache = createComponentCache({
 *   compile: async () => ({ imports: [], exports: [], unmetered: [], number: ++compiled }),
 *   link: (component) => { throw new Error(`Not linked here: ${component.exports.length}`); },
 * });
 * using first = await cache.get(new Uint8Array([1]));
 * using second = await cache.get(new Uint8Array([1]));
 * assert.deepEqual([compiled, cache.size, first.component === second.component], [1, 1, true]);
 * ```
 */
export function createComponentCache(runtime: {
  readonly compile: (bytes: Uint8Array<ArrayBuffer>) => Promise<Component>;
  readonly link: (component: Component) => InstancePre;
}): ComponentCache {
  const entries = new Map<string, Entry>();
  return {
    get size() {
      return entries.size;
    },
    async get(bytes) {
      const digest = createHash('sha256').update(bytes).digest('hex');
      const entry = entries.getOrInsertComputed(digest, () => ({
        compiled: runtime.compile(bytes),
        pre: undefined,
        users: 0,
      }));
      entry.users++;
      let inUse = true;
      const release = (): void => {
        if (!inUse) return;
        inUse = false;
        if (--entry.users > 0) return;
        entries.delete(digest);
        entry.pre?.[Symbol.dispose]();
      };
      try {
        const component = await entry.compiled;
        return {
          component,
          link: () => {
            entry.pre ??= runtime.link(component);
            return entry.pre;
          },
          [Symbol.dispose]: release,
        };
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}
