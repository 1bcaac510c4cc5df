import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { EngineApplication } from './application.ts';
import type { AttachedApp, Clock, ExtensionService, RuntimeExtension } from './extension.ts';
import type { Pool } from './pool.ts';
import type { QueueLimits } from './queue-limits.ts';
import { RunningEngine } from './running-engine.ts';
import type { EngineStatus } from './status.ts';

export interface EngineOptions {
  readonly extensions: readonly RuntimeExtension[];
  /** Each extension's slice, under its name, as the operator wrote it. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly limits?: Partial<QueueLimits>;
  /** How long an application that ends itself may take to finish its events; 10 s by default. */
  readonly drainSeconds?: number;
}

export interface EngineDeps {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** A folder of this extension's own, made on first use. */
  readonly folder: (extension: string) => Promise<string>;
}

/** Waiting for the end of what runs, no longer than the signal allows; its reason is then thrown. */
export interface DrainOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs applications. `drain` finishes what is under way, disposal ends it at once; disposing twice, or while
 * something drains, is harmless.
 */
export interface Engine extends AsyncDisposable {
  /** The main-thread halves of the extensions, by name. */
  readonly services: ReadonlyMap<string, ExtensionService>;
  /** Every loaded application, those that are starting or stopping too, by name. */
  readonly apps: ReadonlyMap<string, AttachedApp>;
  /** How it is now, for whoever looks at it. */
  status(): EngineStatus;
  /**
   * Resolves when the application runs. Rejects with `APP_NAME`, `APP_EXISTS`, `STOPPING`, `MODULE_INVALID`,
   * `IMPORTS_MISSING` or an extension's refusal; nothing of it is left then.
   */
  load(source: EngineApplication): Promise<AttachedApp>;
  /**
   * Puts a new load in the place of the one of its name that runs. It is compiled, linked, attached and started
   * while the old one serves; then, in one moment, it takes what comes, and the old one finishes what was queued
   * before, within `drainSeconds`. Of one source the new load gets nothing before the old one has ended with it.
   * Resolves at that moment. Rejects as `load` does, or with `APP_GONE` when none of this name runs; the old one
   * then goes on, untouched. Reloads of one name wait for each other.
   */
  reload(source: EngineApplication): Promise<AttachedApp>;
  /** Finishes the application's events, then removes it. Rejects with `APP_GONE` when there is none. */
  unload(name: string, options?: DrainOptions): Promise<void>;
  /** Takes nothing new from outside and resolves when every event has been handled. Disposal should follow. */
  drain(options?: DrainOptions): Promise<void>;
  /** The exit code, once an application has ended the engine; 0 when it was disposed before that. */
  readonly done: Promise<number>;
}

/**
 * Starts the extensions and answers an engine without applications. Rejects with what an extension's start
 * throws; those that had started are stopped then.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createClock } from '../lib/clock.ts';
 * import { createCollector } from '../telemetry/collector.ts';
 * import { createMetrics } from '../telemetry/metrics.ts';
 * const pool = {
 *   concurrency: 8,
 *   load: async () => ({ exports: [], call: async () => undefined, end() {}, async [Symbol.asyncDispose]() {} }),
 *   async [Symbol.asyncDispose]() {},
 * };
 * const deps = { pool, clock: createClock(), log: createCollector(), metrics: createMetrics() };
 * await using engine = await createEngine({ extensions: [] }, { ...deps, folder: async (name) => `/nowhere/${name}` });
 * const vfs = { stat: async () => undefined } as unknown as EngineApplication['vfs'];
 * const app = await engine.load({ name: 'files', version: '1.0.0', modules: [], vfs });
 * assert.equal(app.state, 'running');
 * ```
 */
export async function createEngine(options: EngineOptions, deps: EngineDeps): Promise<Engine> {
  const engine = new RunningEngine(options, deps);
  await engine.start();
  return engine;
}
