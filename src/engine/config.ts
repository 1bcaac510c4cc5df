import { parseAddress } from '../lib/address.ts';
import { errors, flag, integer, type Keys, oneOf, readConfig } from '../lib/config.ts';
import { failures, isCoded } from '../lib/errors.ts';
import { suggest } from '../lib/nearest.ts';
import { isRecord } from '../lib/record.ts';
import type { LogLevel } from '../telemetry/logger.ts';
import { type AppConfig, limitBounds as bounds, readApps, shownApps } from './app-config.ts';
import type { RuntimeExtension } from './extension.ts';
import { type GuestLimits, guestDefaults } from './guest-limits.ts';
import { type QueueLimits, queueDefaults } from './queue-limits.ts';

const fail = failures(errors);

/** The engine's configuration, checked, with all defaults; frozen. */
export interface EngineConfig {
  readonly log: {
    readonly level: LogLevel;
    /** `auto` is for people on a terminal and JSON elsewhere. */
    readonly format: 'auto' | 'pretty' | 'json';
  };
  readonly queue: QueueLimits;
  readonly pool: {
    /** Threads that run guests; 0 runs them in the main thread, where only fuel stops one that does not wait. */
    readonly workers: number;
    /** Instances at the same time in each thread. */
    readonly instances: number;
    /** Whether modules with code that cannot be metered run all the same, without limits and slowly. */
    readonly unmetered: boolean;
    /** What the memories of all instances may take together; 0 is half of the machine's. */
    readonly memoryBytes: number;
  };
  readonly limits: GuestLimits & {
    /** What the files that one application writes may take, and how many they may be, directories counted. */
    readonly fileBytes: number;
    readonly files: number;
  };
  /** What is said to single applications, by name. */
  readonly apps: Readonly<Record<string, AppConfig>>;
  readonly metrics: {
    /** Addresses that serve /metrics and /healthz, as `127.0.0.1:9464`; none by default. */
    readonly listen: readonly string[];
  };
  readonly stop: {
    /** How long running events may take to end when the engine is asked to stop. */
    readonly seconds: number;
  };
  /** Each extension's slice as the operator wrote it, under its name. */
  readonly extensions: Readonly<Record<string, unknown>>;
  /** The same as the operator would write it with every default, for people to look at. */
  readonly effective: Readonly<Record<string, unknown>>;
}

const log: Keys<EngineConfig['log']> = {
  level: { ...oneOf(['trace', 'debug', 'info', 'warn', 'error']), default: 'info' },
  format: oneOf(['auto', 'pretty', 'json']),
};
const queue: Keys<QueueLimits> = {
  events: integer(queueDefaults.events, { min: 2, max: 10_000_000 }),
  bytes: integer(queueDefaults.bytes, { min: 2 }),
  eventsPerSource: integer(queueDefaults.eventsPerSource, { min: 1, max: 10_000_000 }),
  bytesPerApp: integer(queueDefaults.bytesPerApp, { min: 1 }),
};
// Each suspended stack and each memory takes mappings and address space; far beyond this the process ends.
const pool: Keys<EngineConfig['pool']> = {
  workers: integer(0, { max: 64 }),
  instances: integer(256, { min: 1, max: 4_000 }),
  unmetered: flag(false),
  memoryBytes: integer(0),
};
const limits: Keys<EngineConfig['limits']> = {
  wallClockMs: integer(guestDefaults.wallClockMs, bounds.wallClockMs),
  fuel: integer(guestDefaults.fuel, bounds.fuel),
  memoryBytes: integer(guestDefaults.memoryBytes, bounds.memoryBytes),
  callBytes: integer(guestDefaults.callBytes, bounds.callBytes),
  callValues: integer(guestDefaults.callValues, bounds.callValues),
  handles: integer(guestDefaults.handles, bounds.handles),
  logLines: integer(guestDefaults.logLines),
  logBytes: integer(guestDefaults.logBytes),
  fileBytes: integer(1024 ** 3),
  files: integer(10_000),
};
const metrics: Keys<EngineConfig['metrics']> = {
  listen: { default: Object.freeze([]), fault: listenFault },
};
const stop: Keys<EngineConfig['stop']> = { seconds: integer(10, { max: 3_600 }) };

type Slices = Omit<EngineConfig, 'apps' | 'extensions' | 'effective'>;
const slices: { readonly [K in keyof Slices]: Keys<Slices[K]> } = {
  log,
  queue,
  pool,
  limits,
  metrics,
  stop,
};

/**
 * Reads the whole configuration: the engine's own keys and one key for each extension. `undefined` is the same
 * as `{}`. Throws `CONFIG_INVALID` naming every fault, those of the extensions too.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(parseConfig({ queue: { events: 100 } }, []).queue.eventsPerSource, 1_000);
 * assert.throws(() => parseConfig({ quue: {} }, []), {
 *   code: 'CONFIG_INVALID',
 *   detail: { faults: ['quue is unknown: did you mean "queue"?'] },
 * });
 * ```
 */
export function parseConfig(value: unknown, extensions: readonly RuntimeExtension[]): EngineConfig {
  const given = value === undefined ? {} : value;
  if (!isRecord(given)) {
    throw fail('CONFIG_INVALID', { faults: ['The configuration must be an object'] });
  }
  const known = [...Object.keys(slices), 'apps', ...extensions.map(({ name }) => name)];
  const faults = Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => `${key} is unknown: ${suggest(key, known)}`);
  const sliceOf = (key: string): unknown => (Object.hasOwn(given, key) ? given[key] : undefined);
  const read = <T>(parse: () => T): T | undefined => {
    try {
      return parse();
    } catch (error) {
      faults.push(...faultsOf(error));
      return undefined;
    }
  };

  const own = Object.fromEntries(
    Object.entries(slices).map(([key, keys]) => [
      key,
      read(() => readConfig<object>(sliceOf(key), key, keys as Keys<object>)),
    ]),
  );
  const apps = read(() => readApps(sliceOf('apps'))) ?? {};
  const theirs = extensions.map(({ name, effectiveConfig }) => {
    const slice = sliceOf(name);
    return [name, slice, read(() => effectiveConfig?.(slice) ?? slice ?? {})] as const;
  });
  if (faults.length > 0) throw fail('CONFIG_INVALID', { faults });
  // Every slice of our own was read by its keys.
  return Object.freeze({
    ...(own as unknown as Slices),
    apps,
    extensions: Object.freeze(Object.fromEntries(theirs.map(([name, slice]) => [name, slice]))),
    effective: Object.freeze({
      ...own,
      ...(Object.keys(apps).length > 0 && { apps: shownApps(apps) }),
      ...Object.fromEntries(theirs.map(([name, , effective]) => [name, effective])),
    }),
  });
}

function listenFault(value: unknown): string | undefined {
  const wanted = 'must be a list of IP addresses with ports, as ["127.0.0.1:9464"]';
  if (!Array.isArray(value)) return wanted;
  const wrong = value.find((text) => typeof text !== 'string' || parseAddress(text) === undefined);
  return wrong === undefined ? undefined : `${wanted}; found ${JSON.stringify(wrong)}`;
}

/** What `CONFIG_INVALID` lists; whatever else was thrown goes on. */
function faultsOf(error: unknown): readonly string[] {
  if (!isCoded(error) || !Array.isArray(error.detail['faults'])) throw error;
  return error.detail['faults'].map(String);
}
