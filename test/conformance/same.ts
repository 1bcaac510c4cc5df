/**
 * Whether two values of the component model are the same, and where they are not.
 *
 * @module
 */
import { inspect, isDeepStrictEqual } from 'node:util';

/** Takes away what means nothing: prototypes of records, `val: undefined` beside a `tag`, the bits of a NaN. */
function plain(value: unknown): unknown {
  if (value instanceof Float32Array || value instanceof Float64Array)
    return [value.constructor.name, ...value];
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(plain);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  const entries = Object.entries(value).filter(
    ([key, v]) => v !== undefined || key !== 'val' || !('tag' in value),
  );
  return Object.fromEntries(entries.map(([key, v]) => [key, plain(v)]));
}

/** `undefined` when both are the same, else the first path at which they differ, with both values. */
export function difference(expected: unknown, found: unknown): string | undefined {
  return walk(plain(expected), plain(found), '');
}

function walk(a: unknown, b: unknown, path: string): string | undefined {
  if (isDeepStrictEqual(a, b)) return undefined;
  if (isWalkable(a) && isWalkable(b) && Array.isArray(a) === Array.isArray(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const found = walk(a[key], b[key], `${path}.${key}`);
      if (found) return found;
    }
  }
  return `${path || 'value'}: expected ${inspect(a, { depth: 4 })}, found ${inspect(b, { depth: 4 })}`;
}

function isWalkable(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
