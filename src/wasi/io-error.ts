import type { Call } from '../engine/extension.ts';

/** Resource `wasi:io/error.error`: why an operation on a stream failed. */
export class IoError {
  /** A code of `wasi:filesystem/types`. */
  readonly code: string;

  constructor(_: Call, code: string) {
    this.code = code;
  }

  toDebugString(): string {
    return `file system: ${this.code}`;
  }
}
