import type { Served } from './gateway.ts';

/** Who answers for the name of an application. */
export interface Loads {
  /** By name. */
  readonly apps: ReadonlyMap<string, Served>;
  /** A load that does not serve yet; it has the name if nobody else has. Call the answer when it goes. */
  add(served: Served): () => void;
  /** This load has its name from now on. */
  serve(served: Served): void;
}

/**
 * The loads of all applications. While one is reloaded its name has two: the old one answers until the new one
 * serves, and again if that goes first.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeApp } from '../../testkit/index.ts';
 * const of = (version: string) => {
 *   const app = fakeApp({ name: 'shop', version });
 *   return { app, vfs: app.vfs, endpoints: { routes: [], immutable: [] } };
 * };
 * const loads = createLoads();
 * const [old, now] = [of('1'), of('2')];
 * loads.add(old);
 * const leave = loads.add(now);
 * assert.equal(loads.apps.get('shop'), old);
 * loads.serve(now);
 * assert.equal(loads.apps.get('shop'), now);
 * leave();
 * assert.equal(loads.apps.get('shop'), old);
 * ```
 */
export function createLoads(): Loads {
  const apps = new Map<string, Served>();
  /** In the order in which they came. */
  const all = new Set<Served>();
  return {
    apps,
    add(served) {
      const { name } = served.app;
      all.add(served);
      if (!apps.has(name)) apps.set(name, served);
      return () => {
        all.delete(served);
        if (apps.get(name) !== served) return;
        const other = [...all].findLast(({ app }) => app.name === name);
        if (other) apps.set(name, other);
        else apps.delete(name);
      };
    },
    serve(served) {
      apps.set(served.app.name, served);
    },
  };
}
