import type { Call } from '../engine/extension.ts';
import { guestDefaults } from '../engine/guest-limits.ts';
import { settingsOf } from '../engine/settings.ts';
import { createRandom } from '../lib/random.ts';
import { type Collector, createCollector } from '../telemetry/collector.ts';
import { fakeApp } from './app.ts';
import { ManualClock } from './clock.ts';

export interface FakeCallOptions {
  /** Answers `call.remote(…)`; without it any remote call fails. */
  readonly remote?: (method: string, ...args: readonly unknown[]) => unknown;
  readonly module?: string;
  readonly vfs?: Call['vfs'];
  readonly clock?: Call['clock'];
  readonly settings?: Call['settings'];
  /** Makes `random` repeatable. */
  readonly seed?: string;
}

export interface FakeCall extends Call, Disposable {
  readonly log: Collector;
}

/**
 * What a host function gets as its first argument. Disposal ends the event: it aborts `signal` and disposes
 * what `state` made, the newest first.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * using call = fakeCall({ remote: (method, key) => `${method} ${key}` });
 * assert.equal(await call.remote('kv-get', 'a'), 'kv-get a');
 * ```
 */
export function fakeCall(options: FakeCallOptions = {}): FakeCall {
  const { module = 'api', remote, clock = new ManualClock(), seed } = options;
  const app = fakeApp({ modules: [module], ...(options.vfs && { vfs: options.vfs }) });
  const states = new Map<symbol, Disposable>();
  const stack = new DisposableStack();
  const end = new AbortController();
  return {
    app: { name: app.name, version: app.version },
    module: { id: '01JGFJJZ000000000000000000', name: module },
    event: { id: 1, depth: 0, name: 'hermes:testkit/event#call' },
    counter: 0,
    vfs: app.vfs,
    clock,
    random: createRandom(seed),
    limits: guestDefaults,
    settings: options.settings ?? settingsOf({ app: app.name, module }),
    log: createCollector(),
    signal: end.signal,
    async remote(method, ...args) {
      if (!remote) throw new Error(`The test answers no remote call, this one was ${method}`);
      return remote(method, ...args);
    },
    // The map is keyed by the extension's own symbol, so it holds what that extension's `make` returned.
    state: <T extends Disposable>(key: symbol, make: () => T) =>
      states.getOrInsertComputed(key, () => stack.use(make())) as T,
    [Symbol.dispose]() {
      end.abort(new Error('The event ended'));
      stack.dispose();
    },
  };
}
