import type { AttachedApp, AttachedModule, Caller } from '../engine/extension.ts';
import { createCollector } from '../telemetry/collector.ts';
import { createMemoryVfs } from '../vfs/memory.ts';
import type { Vfs } from '../vfs/vfs.ts';

export interface FakeAppOptions {
  readonly name?: string;
  readonly version?: string;
  /** In manifest order. A bare string is a module that exports nothing. */
  readonly modules?: readonly (string | Partial<AttachedModule>)[];
  /** Empty by default. */
  readonly vfs?: Vfs;
  /** None by default. */
  readonly permissions?: AttachedApp['permissions'];
  readonly state?: AttachedApp['state'];
}

/** An application as extensions see it; `state` is the test's to change. */
export interface FakeApp extends AttachedApp {
  state: AttachedApp['state'];
}

/**
 * An application for `service.attach(…)`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const app = fakeApp({ modules: [{ name: 'api', exports: new Set(['hermes:init/event#init']) }] });
 * assert.equal(app.modules[0]?.name, 'api');
 * assert.equal(await app.vfs.stat('/www/index.html'), undefined);
 * ```
 */
export function fakeApp(options: FakeAppOptions = {}): FakeApp {
  const {
    name = 'app',
    version = '1.0.0',
    modules = [],
    vfs = createMemoryVfs({}),
    permissions = {},
    state = 'running',
  } = options;
  return {
    name,
    version,
    vfs,
    permissions,
    state,
    log: createCollector(),
    modules: modules.map((module, n) => ({
      id: `01JGFJJZ00${String(n).padStart(16, '0')}`,
      exports: new Set<string>(),
      imports: new Set<string>(),
      config: undefined,
      ...(typeof module === 'string' ? { name: module } : { ...module, name: module.name ?? `module-${n}` }),
    })),
  };
}

export interface FakeCallerOptions {
  readonly module?: string;
  readonly depth?: number;
  readonly signal?: AbortSignal;
}

/**
 * Who makes a host call: the first argument of `binding.calls[…]`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(fakeCaller({ depth: 3 }).event, { id: 1, depth: 3 });
 * ```
 */
export function fakeCaller(options: FakeCallerOptions = {}): Caller {
  const { module = 'api', depth = 0, signal = new AbortController().signal } = options;
  return {
    module: { id: '01JGFJJZ000000000000000000', name: module },
    event: { id: 1, depth },
    counter: 0,
    signal,
  };
}
