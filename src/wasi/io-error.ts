import type { Call } from '../engine/extension.ts';
import type { FileCode } from './file-errors.ts';
import { Held } from './handles.ts';

/** Resource `wasi:io/error.error`: why an operation on a stream failed. Only files fail. */
export class IoError {
  readonly #held: Held;
  readonly code: FileCode;

  constructor(call: Call, code: FileCode) {
    this.#held = new Held(call);
    this.code = code;
  }

  toDebugString(): string {
    return `file system: ${this.code}`;
  }

  [Symbol.dispose](): void {
    this.#held[Symbol.dispose]();
  }
}
