/**
 * What the operator says of single applications: the key `apps` of the configuration.
 *
 * @module
 */
import { errors, integer, type Key, type Keys, readConfig } from '../lib/config.ts';
import { failures, isCoded } from '../lib/errors.ts';
import { isRecord } from '../lib/record.ts';
import { isName } from './check-names.ts';
import type { GuestLimits } from './guest-limits.ts';

const fail = failures(errors);

/** A secret, or the file that holds it. */
export type SecretSource = string | { readonly file: string };

/** The slice of one application. */
export interface AppConfig {
  readonly environment: Readonly<Record<string, string>>;
  readonly arguments: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, SecretSource>>;
  readonly timeZone: string;
  /** By extension: takes the place of what the application asks for, key by key. */
  readonly permissions: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What differs from `limits`. */
  readonly limits: { readonly [K in AppLimit]: number | undefined };
}

type AppLimit = keyof GuestLimits | 'fileBytes' | 'files';

/** What `--print-config` shows in the place of a secret. */
const HIDDEN = '(hidden)';

const TEXT = 'must be a text without NUL';
const textFault = (value: unknown): string | undefined =>
  typeof value === 'string' && !value.includes('\0') ? undefined : TEXT;

const keys: Keys<Omit<AppConfig, 'limits'> & { readonly limits: unknown }> = {
  environment: record(textFault, environmentFault),
  arguments: {
    default: [],
    fault: (value) =>
      Array.isArray(value) && value.every((each) => textFault(each) === undefined)
        ? undefined
        : 'must be a list of texts',
  },
  settings: record(textFault),
  secrets: record(secretFault),
  timeZone: { default: 'UTC', fault: zoneFault },
  permissions: {
    default: {},
    fault: (value) =>
      isRecord(value) && Object.values(value).every(isRecord)
        ? undefined
        : 'must be an object of objects, by extension, as { "ipfs": { "topics": [] } }',
  },
  limits: { default: undefined, fault: () => undefined },
};

/** The least that leaves a guest able to run, and the most that the runtime bears. */
export const limitBounds = {
  wallClockMs: { min: 10, max: 86_400_000 },
  fuel: { min: 1_000_000 },
  memoryBytes: { min: 65_536, max: 4_294_967_296 },
  callBytes: { min: 1_024, max: 536_870_912 },
  callValues: { min: 100, max: 100_000_000 },
  handles: { min: 16, max: 1_000_000 },
} as const;

/** What one application may have instead of what all have; the highest that makes sense is any. */
const limitKeys: Keys<AppConfig['limits']> = {
  wallClockMs: optional(integer(0, limitBounds.wallClockMs)),
  fuel: optional(integer(0, limitBounds.fuel)),
  memoryBytes: optional(integer(0, limitBounds.memoryBytes)),
  callBytes: optional(integer(0, limitBounds.callBytes)),
  callValues: optional(integer(0, limitBounds.callValues)),
  handles: optional(integer(0, limitBounds.handles)),
  logLines: optional(integer(0)),
  logBytes: optional(integer(0)),
  fileBytes: optional(integer(0)),
  files: optional(integer(0)),
};

/**
 * Reads the slices of all applications, by name. Throws `CONFIG_INVALID` with the faults of all.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const { shop } = readApps({ shop: { settings: { greeting: 'hello' } } });
 * assert.deepEqual(shop?.settings, { greeting: 'hello' });
 * assert.throws(() => readApps({ shop: { timeZone: 'Nowhere' } }), {
 *   code: 'CONFIG_INVALID',
 *   detail: { faults: ['apps.shop.timeZone must be the name of a time zone, as "Europe/Berlin"'] },
 * });
 * ```
 */
export function readApps(value: unknown): Readonly<Record<string, AppConfig>> {
  if (value === undefined) return {};
  if (!isRecord(value)) throw fail('CONFIG_INVALID', { faults: ['apps must be an object, by application'] });
  const faults: string[] = [];
  const apps: Record<string, AppConfig> = {};
  for (const [name, slice] of Object.entries(value)) {
    if (!isName(name)) faults.push(`apps.${name} is no name of an application`);
    try {
      const read = readConfig(slice, `apps.${name}`, keys);
      const limits = readConfig(read.limits, `apps.${name}.limits`, limitKeys);
      apps[name] = Object.freeze({ ...read, limits });
    } catch (error) {
      if (!isCoded(error) || !Array.isArray(error.detail['faults'])) throw error;
      faults.push(...error.detail['faults']);
    }
  }
  if (faults.length > 0) throw fail('CONFIG_INVALID', { faults });
  return Object.freeze(apps);
}

/** The same to be shown: no value of a secret is in it. */
export function shownApps(apps: Readonly<Record<string, AppConfig>>): object {
  return Object.fromEntries(
    Object.entries(apps).map(([name, app]) => [
      name,
      {
        ...app,
        secrets: Object.fromEntries(
          Object.entries(app.secrets).map(([key, from]) => [key, typeof from === 'string' ? HIDDEN : from]),
        ),
      },
    ]),
  );
}

function record<T>(
  fault: (value: unknown) => string | undefined,
  keyFault: (key: string) => string | undefined = () => undefined,
): Key<Readonly<Record<string, T>>> {
  return {
    default: {},
    fault: (value) => {
      if (!isRecord(value)) return 'must be an object of texts';
      for (const [key, each] of Object.entries(value)) {
        const wrong = keyFault(key) ?? fault(each);
        if (wrong !== undefined) return `has a key ${JSON.stringify(key)} that ${wrong}`;
      }
      return undefined;
    },
  };
}

function environmentFault(key: string): string | undefined {
  if (key.startsWith('HERMES_')) return 'is the engine’s: choose a name that does not begin with HERMES_';
  return key === '' || /[=\0]/.test(key) ? 'is no name of a variable' : undefined;
}

function secretFault(value: unknown): string | undefined {
  if (textFault(value) === undefined) return undefined;
  return isRecord(value) && Object.keys(value).length === 1 && typeof value['file'] === 'string'
    ? undefined
    : 'must be a text, or { "file": "…" } with the path of a file that holds it';
}

function zoneFault(value: unknown): string | undefined {
  const wanted = 'must be the name of a time zone, as "Europe/Berlin"';
  if (typeof value !== 'string') return wanted;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(value);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return wanted;
    throw error;
  }
}

function optional({ fault }: Key<number>): Key<number | undefined> {
  return { default: undefined, fault };
}
