/**
 * The form of a path, checked before anything else looks at it.
 *
 * @module
 */
import { fail } from './errors.ts';

/** An element is at most this many UTF-8 bytes, as on every file system that we run on. */
export const MAX_NAME_BYTES = 255;
/** A whole path is at most this many UTF-8 bytes. */
export const MAX_PATH_BYTES = 4096;

/**
 * Splits an absolute path into its elements; `/` has none. Nothing is resolved or normalised: a path out of form
 * is refused with `VFS_PATH`, whose `detail.reason` says what is wrong with it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(parsePath('/www/index.html'), ['www', 'index.html']);
 * assert.deepEqual(parsePath('/'), []);
 * assert.throws(() => parsePath('/www/../share'), { code: 'VFS_PATH' });
 * ```
 */
export function parsePath(path: string): readonly string[] {
  if (typeof path !== 'string' || !path.startsWith('/')) throw refuse(path, 'it does not start with "/"');
  // Cheap first: a path of megabytes is neither split nor copied.
  if (path.length > MAX_PATH_BYTES || Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw refuse(path, `it is longer than ${MAX_PATH_BYTES} bytes`);
  }
  if (path === '/') return [];
  const names = path.slice(1).split('/');
  for (const name of names) {
    const fault = nameFault(name);
    if (fault !== undefined) throw refuse(path, fault);
  }
  return names;
}

/**
 * What keeps a name from being an element of a path, as the end of a sentence; `undefined` when nothing does.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(nameFault('index.html'), undefined);
 * assert.equal(nameFault('..'), 'it holds the element ".."');
 * ```
 */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'it holds an empty element';
  if (name === '.' || name === '..') return `it holds the element "${name}"`;
  if (name.includes('/')) return 'it holds a slash inside a name';
  if (name.includes('\0')) return 'it holds a NUL';
  if (name.includes('\\')) return 'it holds a backslash';
  if (!name.isWellFormed()) return 'it holds half a surrogate pair';
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `an element is longer than ${MAX_NAME_BYTES} bytes`;
  return undefined;
}

function refuse(path: unknown, reason: string): Error {
  return fail('VFS_PATH', { path: String(path).slice(0, 200).toWellFormed(), reason });
}
