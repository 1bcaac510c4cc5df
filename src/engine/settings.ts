/**
 * What a module is told that is no event: its environment, its arguments, its configuration.
 *
 * @module
 */
import { isRecord } from '../lib/record.ts';

/** The same for every call of a module. Plain data: it travels to other threads. */
export interface GuestSettings {
  /** Variables of the environment. */
  readonly environment: readonly (readonly [name: string, value: string])[];
  readonly arguments: readonly string[];
  /** Of `wasi:config`, by key. Secrets are among the values: never to be logged. */
  readonly config: readonly (readonly [key: string, value: string])[];
  /** IANA name of the zone that the module takes for local time. */
  readonly timeZone: string;
}

/** What the operator says to all modules of one application. */
export interface OperatorSettings {
  readonly environment: Readonly<Record<string, string>>;
  readonly arguments: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  /** As `settings`, but never shown. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly timeZone: string;
}

export interface SettingsSource {
  readonly app: string;
  readonly module: string;
  /** The module's `config.json`; only an object has keys. */
  readonly config?: unknown;
  readonly operator?: OperatorSettings | undefined;
}

/**
 * Puts together what one module is told. Keys of its `config.json` are overruled by the operator's settings, those
 * by the operator's secrets; a value that is no text is given as JSON. `HERMES_APP` and `HERMES_MODULE` cannot be
 * overruled.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const { environment, config } = settingsOf({ app: 'shop', module: 'api', config: { size: 3, name: 'x' } });
 * assert.deepEqual(environment, [['HERMES_APP', 'shop'], ['HERMES_MODULE', 'api']]);
 * assert.deepEqual(config, [['size', '3'], ['name', 'x']]);
 * ```
 */
export function settingsOf({ app, module, config, operator }: SettingsSource): GuestSettings {
  const own = isRecord(config) ? config : {};
  const written = Object.entries(own).map(([key, value]) => [key, textOf(value)] as const);
  const { settings = {}, secrets = {} } = operator ?? {};
  return {
    environment: [
      ...new Map([
        ...Object.entries(operator?.environment ?? {}),
        ['HERMES_APP', app] as const,
        ['HERMES_MODULE', module] as const,
      ]),
    ],
    arguments: operator?.arguments ?? [],
    config: [...new Map([...written, ...Object.entries(settings), ...Object.entries(secrets)])],
    timeZone: operator?.timeZone ?? 'UTC',
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
