/**
 * What the admin socket can do to applications: load, reload, unload.
 *
 * @module
 */
import { isAbsolute } from 'node:path';
import type { EngineApplication } from '../engine/application.ts';
import type { Engine } from '../engine/engine.ts';
import type { AdminMethod, AttachedApp } from '../engine/extension.ts';
import { suggest } from '../lib/nearest.ts';
import type { AdminMethods } from './conversation.ts';
import { fail } from './errors.ts';

/** What came of `load` and `reload`. */
export interface LoadedResult {
  readonly app: string;
  readonly version: string;
  readonly modules: readonly string[];
  /** Building included. */
  readonly seconds: number;
}

/** What came of `unload`: of its events under way when it was asked for, and of those that the time did not suffice for. */
export interface UnloadedResult {
  readonly app: string;
  readonly seconds: number;
  readonly underWay: EventCounts;
  /** What ran was ended, what waited was dropped. */
  readonly ended: EventCounts;
}

export interface EventCounts {
  readonly waiting: number;
  readonly running: number;
}

export interface AppMethodsDeps {
  readonly engine: Pick<Engine, 'apps' | 'load' | 'reload' | 'unload' | 'status'>;
  /** Reads and builds the application in a folder. Rejects with what is wrong with it, or the signal's reason. */
  readonly read: (folder: string, options: Parameters<AdminMethod>[1]) => Promise<EngineApplication>;
  /** The folder of each application that came from one, by name. */
  readonly folders: Map<string, string>;
  /** How long the events of an application that is unloaded may take. */
  readonly drainSeconds: number;
}

/**
 * The methods `load {path}`, `reload {app}` and `unload {app, seconds?}`. Besides what the engine and `read` throw:
 * `ADMIN_PARAMS`, `APP_UNKNOWN` with the nearest name, `APP_NO_FOLDER`. An application that is refused changes
 * nothing.
 *
 * `createNode` uses it; see there for an example.
 */
export function createAppMethods({ engine, read, folders, drainSeconds }: AppMethodsDeps): AdminMethods {
  const checkKnown = (app: string): void => {
    if (!engine.apps.has(app)) throw fail('APP_UNKNOWN', { app, hint: suggest(app, engine.apps.keys()) });
  };
  const countsOf = (app: string): EventCounts => {
    const { waiting, running } = engine.status().apps.find(({ name }) => name === app)?.queue ?? NONE;
    return { waiting, running };
  };
  return {
    async load(params, options) {
      const path = textOf(params, 'load', 'path', ['path']);
      if (!isAbsolute(path))
        throw fail('ADMIN_PARAMS', { method: 'load', faults: ['path must be absolute'] });
      const started = performance.now();
      const attached = await engine.load(await read(path, options));
      folders.set(attached.name, path);
      return resultOf(attached, started);
    },
    async reload(params, options) {
      const app = textOf(params, 'reload', 'app', ['app']);
      checkKnown(app);
      const folder = folders.get(app);
      if (folder === undefined) throw fail('APP_NO_FOLDER', { app });
      const started = performance.now();
      const source = await read(folder, options);
      if (source.name !== app) throw fail('APP_RENAMED', { app, folder, name: source.name });
      return resultOf(await engine.reload(source), started);
    },
    async unload(params) {
      const app = textOf(params, 'unload', 'app', ['app', 'seconds']);
      const seconds = secondsOf(params['seconds'] ?? drainSeconds);
      checkKnown(app);
      const started = performance.now();
      const underWay = countsOf(app);
      const signal = AbortSignal.timeout(seconds * 1000);
      let ended = NONE;
      // Before the engine hears of it: what it ends then is counted here.
      signal.addEventListener('abort', () => {
        ended = countsOf(app);
      });
      await engine.unload(app, { signal }).catch((error: unknown) => {
        // Gone all the same: the events were ended.
        if (error !== signal.reason) throw error;
      });
      const result: UnloadedResult = { app, seconds: secondsSince(started), underWay, ended };
      return result;
    },
  };
}

const NONE: EventCounts = Object.freeze({ waiting: 0, running: 0 });

function resultOf({ name, version, modules }: AttachedApp, started: number): LoadedResult {
  return {
    app: name,
    version,
    modules: modules.map((module) => module.name),
    seconds: secondsSince(started),
  };
}

function secondsSince(started: number): number {
  return Math.round(performance.now() - started) / 1000;
}

/** A text that must be there; what else is there is one of `known`. */
function textOf(
  params: Readonly<Record<string, unknown>>,
  method: string,
  key: string,
  known: readonly string[],
): string {
  const faults = Object.keys(params)
    .filter((given) => !known.includes(given))
    .map((given) => `${given} is unknown: ${suggest(given, known)}`);
  const value = params[key];
  if (typeof value === 'string' && value !== '' && faults.length === 0) return value;
  if (typeof value !== 'string' || value === '') faults.push(`${key} must be a text`);
  throw fail('ADMIN_PARAMS', { method, faults });
}

function secondsOf(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 3600) return value;
  const found = JSON.stringify(value);
  throw fail('ADMIN_PARAMS', {
    method: 'unload',
    faults: [`seconds must be a number from 0 to 3600; found ${found}`],
  });
}
