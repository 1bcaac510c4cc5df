/**
 * Failures of the file tree as the codes of `wasi:filesystem/types`.
 *
 * @module
 */
import type { Call } from '../engine/extension.ts';
import { isCoded } from '../lib/errors.ts';

/** The cases of `error-code` that are answered here. */
export type FileCode =
  | 'exist'
  | 'invalid'
  | 'io'
  | 'is-directory'
  | 'name-too-long'
  | 'no-entry'
  | 'not-directory'
  | 'not-permitted'
  | 'quota'
  | 'read-only';

/** Keeps what is thrown within the WIT's words: `throw code('no-entry')` reaches the guest as its `err`. */
export function code(value: FileCode): FileCode {
  return value;
}

/**
 * Runs `work`; when the file tree refuses, throws the code as the WIT has it. What the operating system refuses is
 * the operator's to know, so it goes to the log.
 */
export function withCodes<T>(call: Call, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const found = codeOf(error);
    if (found === undefined) throw error;
    if (found === 'io') call.log.warn('Guest cannot read a file', {}, error);
    throw found;
  }
}

function codeOf(error: unknown): FileCode | undefined {
  if (!isCoded(error)) return undefined;
  switch (error.code) {
    case 'VFS_KIND':
      return error.detail['found'] === 'directory' ? 'is-directory' : 'not-directory';
    case 'VFS_NOT_FOUND':
      return 'no-entry';
    case 'VFS_PATH':
      return String(error.detail['reason']).includes('longer than') ? 'name-too-long' : 'invalid';
    case 'VFS_READ':
      return 'io';
    default:
      return undefined;
  }
}
