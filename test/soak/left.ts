/**
 * What is left of something when it is over: handles, timers, threads, listeners, objects.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A full garbage collection, also where nobody gave `--expose-gc`. */
export function collector(): () => void {
  if (globalThis.gc) return globalThis.gc as () => void;
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** What keeps this process going and who listens to it, counted by kind. */
export function resources(): Readonly<Record<string, number>> {
  const kinds = Object.groupBy(process.getActiveResourcesInfo(), (kind) => kind);
  const found = Object.entries(kinds).map(([kind, all]) => [kind, all?.length ?? 0]);
  const listeners = process.eventNames().map((name) => [`on ${String(name)}`, process.listenerCount(name)]);
  return Object.fromEntries([...found, ...listeners]);
}

/** Remembers objects without holding them. */
export interface Remembered {
  add(name: string, object: object): void;
  /** Names of those that somebody still holds, after collecting again and again. */
  left(): Promise<readonly string[]>;
}

/** Collections after which what is still there is held by somebody. */
const ROUNDS = 20;

export function remember(collect: () => void): Remembered {
  const all: { readonly name: string; readonly ref: WeakRef<object> }[] = [];
  return {
    add: (name, object) => void all.push({ name, ref: new WeakRef(object) }),
    async left() {
      for (let round = 0; round < ROUNDS; round++) {
        // What was looked at in a turn stays for that turn.
        await new Promise(setImmediate);
        collect();
        if (all.every(({ ref }) => ref.deref() === undefined)) return [];
      }
      return all.filter(({ ref }) => ref.deref() !== undefined).map(({ name }) => name);
    },
  };
}
