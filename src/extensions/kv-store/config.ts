import { integer, oneOf, readConfig } from '../../lib/config.ts';

export interface KvStoreConfig {
  /** `sqlite` keeps the values over restarts, `memory` until the application is unloaded. */
  readonly backend: 'sqlite' | 'memory';
  /** Bytes of UTF-8 in a key. */
  readonly maxKey: number;
  /** Bytes in a value. */
  readonly maxValue: number;
  /** Bytes in the store of one application. */
  readonly maxTotal: number;
  /** Subscriptions that one application may hold. */
  readonly maxSubscriptions: number;
}

/** Values cross to the guest as one string or list, which the engine bounds at 32 MiB. */
const largestValue = 16_777_216;

/**
 * Reads the operator's configuration of this extension. Throws `CONFIG_INVALID`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(parseConfig(undefined).backend, 'sqlite');
 * assert.throws(() => parseConfig({ backnd: 'memory' }), { code: 'CONFIG_INVALID' });
 * ```
 */
export function parseConfig(value: unknown): KvStoreConfig {
  return readConfig<KvStoreConfig>(value, 'kv-store', {
    backend: oneOf(['sqlite', 'memory']),
    maxKey: integer(1_024, { min: 1, max: 65_536 }),
    maxValue: integer(1_048_576, { min: 1, max: largestValue }),
    maxTotal: integer(67_108_864, { min: 1 }),
    maxSubscriptions: integer(1_000),
  });
}
