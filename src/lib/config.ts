/**
 * Reads one object of a configuration: every fault at once, unknown keys refused, defaults filled in.
 *
 * @module
 */
import { failures } from './errors.ts';
import { suggest } from './nearest.ts';
import { isRecord } from './record.ts';

export const errors = {
  CONFIG_INVALID: {
    blame: 'operator',
    text: 'Cannot use the configuration: correct the listed keys',
  },
} as const;

const fail = failures(errors);

/** How one key is read. */
export interface Key<T> {
  /** What holds when the key is absent. */
  readonly default: T;
  /** What is wrong with a value, as the end of `the key …`; `undefined` when it fits. */
  readonly fault: (value: unknown) => string | undefined;
}

/** One {@link Key} for every property. */
export type Keys<T> = { readonly [K in keyof T]-?: Key<T[K]> };

/**
 * Reads an object of configuration; `undefined` is the same as `{}`. `where` is its place, as `kv-store`, and
 * begins every fault. The answer is frozen. Throws `CONFIG_INVALID` with `faults`, one sentence for each.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const keys = { backend: oneOf(['sqlite', 'memory']), limit: integer(64, { min: 1 }) };
 * assert.deepEqual(readConfig({ limit: 8 }, 'kv-store', keys), { backend: 'sqlite', limit: 8 });
 * assert.throws(() => readConfig({ limt: 8, backend: 'disk' }, 'kv-store', keys), {
 *   code: 'CONFIG_INVALID',
 *   detail: {
 *     faults: [
 *       'kv-store.limt is unknown: did you mean "limit"?',
 *       'kv-store.backend must be "sqlite" or "memory"',
 *     ],
 *   },
 * });
 * ```
 */
export function readConfig<T extends object>(value: unknown, where: string, keys: Keys<T>): Readonly<T> {
  const faults: string[] = [];
  const given = value === undefined ? {} : value;
  if (!isRecord(given)) {
    throw fail('CONFIG_INVALID', { faults: [`${where} must be an object`] });
  }
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(keys, key)) {
      faults.push(`${where}.${key} is unknown: ${suggest(key, Object.keys(keys))}`);
    }
  }
  const read: Record<string, unknown> = {};
  for (const [key, { default: otherwise, fault }] of Object.entries<Key<unknown>>(keys)) {
    const found = Object.hasOwn(given, key) ? given[key] : undefined;
    const wrong = found === undefined ? undefined : fault(found);
    if (wrong !== undefined) faults.push(`${where}.${key} ${wrong}`);
    read[key] = found === undefined ? otherwise : found;
  }
  if (faults.length > 0) throw fail('CONFIG_INVALID', { faults });
  return Object.freeze(read) as Readonly<T>;
}

/**
 * A key that holds one of these words; the first one is the default.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(oneOf(['sqlite', 'memory']).default, 'sqlite');
 * assert.equal(oneOf(['sqlite', 'memory']).fault('disk'), 'must be "sqlite" or "memory"');
 * ```
 */
export function oneOf<const Word extends string>(words: readonly [Word, ...Word[]]): Key<Word> {
  const listed = words.map((word) => JSON.stringify(word)).join(' or ');
  const known = new Set<unknown>(words);
  return { default: words[0], fault: (value) => (known.has(value) ? undefined : `must be ${listed}`) };
}

/**
 * A key that holds a whole number between `min` (default 0) and `max`, both included.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(integer(7878, { max: 65_535 }).fault(70_000), 'must be a whole number from 0 to 65535');
 * assert.equal(integer(7878, { max: 65_535 }).fault(80), undefined);
 * ```
 */
export function integer(
  otherwise: number,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: { readonly min?: number; readonly max?: number } = {},
): Key<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return {
    default: otherwise,
    fault: (value) =>
      Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
        ? undefined
        : `must be a whole number ${range}`,
  };
}

/**
 * A key that holds `true` or `false`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(flag(true).fault('yes'), 'must be true or false');
 * ```
 */
export function flag(otherwise: boolean): Key<boolean> {
  return {
    default: otherwise,
    fault: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
  };
}
