import type { Failure } from '../protocol.ts';

/** A result code whose upper bits say more; guests are given the lowest eight. */
const PRIMARY = 0xff;

/**
 * What an error of `node:sqlite` is for a guest. Throws the error itself when it is none of SQLite's.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { DatabaseSync } from 'node:sqlite';
 * using database = new DatabaseSync(':memory:');
 * try {
 *   database.exec('SELECT * FROM user');
 * } catch (error) {
 *   assert.deepEqual(failureOf(error), { errno: { tag: 'sqlite', val: 1 }, message: 'no such table: user' });
 * }
 * ```
 */
export function failureOf(error: unknown): Failure {
  const { code, errcode, message } = error as { code?: unknown; errcode?: unknown; message: string };
  if (code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number')
    return { errno: { tag: 'sqlite', val: errcode & PRIMARY }, message };
  // The only arguments of ours that `node:sqlite` refuses are texts without a statement.
  if (code === 'ERR_INVALID_ARG_VALUE') return { errno: { tag: 'returned-null-pointer' }, message };
  throw error;
}
