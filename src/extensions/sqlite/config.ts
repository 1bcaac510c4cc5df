import { integer, readConfig } from '../../lib/config.ts';

export interface SqliteConfig {
  /** Bytes of each of an application's two databases. */
  readonly maxBytes: number;
  /** Bytes of one text, blob or row, and of the text of one statement. */
  readonly maxValue: number;
  /** Bytes of memory that one database process may have, Node included. */
  readonly maxMemory: number;
  /** Database processes of one application; so many of its events can use its databases at the same time. */
  readonly maxProcesses: number;
}

/**
 * Reads the operator's configuration of this extension. Throws `CONFIG_INVALID`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(parseConfig({ maxProcesses: 4 }).maxProcesses, 4);
 * assert.throws(() => parseConfig({ maxProcess: 4 }), { code: 'CONFIG_INVALID' });
 * ```
 */
export function parseConfig(value: unknown): SqliteConfig {
  return readConfig<SqliteConfig>(value, 'sqlite', {
    maxBytes: integer(1_073_741_824, { min: 65_536 }),
    // A guest is given a value as one string or list, which the engine bounds at 32 MiB.
    maxValue: integer(16_777_216, { min: 262_144, max: 33_554_432 }),
    maxMemory: integer(268_435_456, { min: 134_217_728 }),
    maxProcesses: integer(32, { min: 1, max: 256 }),
  });
}
