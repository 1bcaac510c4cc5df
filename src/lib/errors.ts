/**
 * The only error class of the project, and the tables of codes behind it.
 *
 * @module
 */

/** Who has to act: the author of the guest, the operator of the engine, a caller from outside, or us. */
export type Blame = 'guest' | 'operator' | 'caller' | 'host';

export interface ErrorRow {
  readonly blame: Blame;
  /** Names the action and what was wrong; starts upper-case, no final period. */
  readonly text: string;
}

export type ErrorDetail = Readonly<Record<string, unknown>>;

/** An error with a code. The code is the contract and is never renamed; the text may change. */
export class CodedError extends Error {
  override readonly name: string = 'CodedError';
  readonly code: string;
  readonly blame: Blame;
  /** What was found: plain data that survives a structured clone. */
  readonly detail: ErrorDetail;

  constructor(code: string, { blame, text }: ErrorRow, detail: ErrorDetail = {}, cause?: unknown) {
    super(text, cause === undefined ? {} : { cause });
    this.code = code;
    this.blame = blame;
    this.detail = detail;
  }
}

/**
 * Binds a table of codes to a function that makes its errors.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const errors = { QUEUE_FULL: { blame: 'host', text: 'Cannot queue event: too many wait' } } as const;
 * const fail = failures(errors);
 * assert.equal(fail('QUEUE_FULL', { depth: 8 }).code, 'QUEUE_FULL');
 * ```
 */
export function failures<Code extends string>(
  table: Readonly<Record<Code, ErrorRow>>,
): (code: Code, detail?: ErrorDetail, cause?: unknown) => CodedError {
  return (code, detail, cause) => new CodedError(code, table[code], detail, cause);
}

/** Whether this is an error of ours, from whichever copy of this file. */
export function isCoded(error: unknown): error is CodedError {
  return (
    Error.isError(error) && error.name === 'CodedError' && typeof (error as CodedError).code === 'string'
  );
}
