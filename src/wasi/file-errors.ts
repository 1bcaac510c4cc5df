/**
 * Failures of the file tree as the codes of `wasi:filesystem/types`.
 *
 * @module
 */
import type { Call } from '../engine/extension.ts';
import { type CodedError, isCoded } from '../lib/errors.ts';

/** The cases of `error-code` that are answered here. */
export type FileCode =
  | 'bad-descriptor'
  | 'busy'
  | 'exist'
  | 'file-too-large'
  | 'insufficient-space'
  | 'invalid'
  | 'io'
  | 'is-directory'
  | 'name-too-long'
  | 'no-entry'
  | 'not-directory'
  | 'not-empty'
  | 'not-permitted'
  | 'overflow'
  | 'quota'
  | 'read-only'
  | 'unsupported';

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
    throw translated(call, error);
  }
}

/** The same for work that waits. */
export async function withCodesLater<T>(call: Call, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translated(call, error);
  }
}

function translated(call: Call, error: unknown): unknown {
  if (!isCoded(error)) return error;
  const found = codeOf(error);
  if (found === undefined) return error;
  if (error.blame === 'operator') tell(call, error);
  return found;
}

const key: unique symbol = Symbol('wasi file errors');

class Told implements Disposable {
  readonly codes: Set<string> = new Set();
  [Symbol.dispose](): void {
    this.codes.clear();
  }
}

/** Once in an event for each kind: a guest may try as often as it likes. */
function tell(call: Call, error: CodedError): void {
  const { codes } = call.state(key, () => new Told());
  if (codes.has(error.code)) return;
  codes.add(error.code);
  call.log.warn('Guest cannot use a file', {}, error);
}

const CODES: Readonly<Record<string, FileCode>> = {
  VFS_BUSY: 'busy',
  VFS_DISK_FULL: 'insufficient-space',
  VFS_EXISTS: 'exist',
  VFS_INTO_ITSELF: 'invalid',
  VFS_LINKED: 'not-permitted',
  VFS_NOT_EMPTY: 'not-empty',
  VFS_NOT_FOUND: 'no-entry',
  VFS_NO_SPACE: 'insufficient-space',
  VFS_OPEN_FILES: 'quota',
  VFS_READ: 'io',
  VFS_READ_ONLY: 'read-only',
  VFS_WRITE: 'io',
};

function codeOf({ code: from, detail }: CodedError): FileCode | undefined {
  if (from === 'VFS_KIND') return detail['found'] === 'directory' ? 'is-directory' : 'not-directory';
  if (from === 'VFS_PATH')
    return String(detail['reason']).includes('longer than') ? 'name-too-long' : 'invalid';
  return Object.hasOwn(CODES, from) ? CODES[from] : undefined;
}
