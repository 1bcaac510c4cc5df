import { integer, readConfig } from '../../lib/config.ts';

export interface CronConfig {
  /** Entries that one application may have. */
  readonly maxEntries: number;
}

/**
 * Reads the operator's configuration of this extension. Throws `CONFIG_INVALID`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(parseConfig(undefined).maxEntries, 1_000);
 * assert.throws(() => parseConfig({ maxEntry: 5 }), { code: 'CONFIG_INVALID' });
 * ```
 */
export function parseConfig(value: unknown): CronConfig {
  return readConfig<CronConfig>(value, 'cron', { maxEntries: integer(1_000, { max: 10_000 }) });
}
