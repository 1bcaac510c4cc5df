/**
 * Traps that a guest cannot catch, and what a trap that V8 raised means.
 *
 * @module
 */
import { type CodedError, isCoded } from '../../lib/errors.ts';
import { fail, Violation } from './errors.ts';

/** `(module (func (export "trap") unreachable))` */
const TRAPPING_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 116, 114, 97, 112, 0, 0, 10, 5, 1,
  3, 0, 0, 11,
]);

/**
 * Makes an error object that a guest's `catch_all` does not see, whoever throws it or rejects with it: only what
 * came out of a real trap is such. Its own stack and message say nothing about where it is thrown later.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.ok(createTrap() instanceof WebAssembly.RuntimeError);
 * ```
 */
export function createTrap(): Error {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(TRAPPING_MODULE));
  try {
    (exports['trap'] as () => void)();
  } catch (error) {
    return error as Error;
  }
  throw new TypeError('Cannot make a trap: the trapping module did not trap');
}

/** Where a rule was broken: an import or export, and its parameters by name. */
export interface Where {
  readonly import?: string;
  readonly export?: string;
  /** A call between inner components, by trampoline. */
  readonly inner?: number;
  readonly params: readonly string[];
}

/** Which part of a function was being lifted or lowered: a parameter by index, or one of these. */
export const AT_RESULT = -1;
export const IN_HOST = -2;
export const IN_GUEST = -3;

/**
 * The coded error that a failure inside a call amounts to.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const where = { export: 'run', params: ['path'] };
 * const error = describeTrap(new RangeError('Maximum call stack size exceeded'), where, IN_GUEST);
 * assert.deepEqual([error.code, error.detail['reason']], ['TRAP_GUEST', 'stack overflow']);
 * ```
 */
export function describeTrap(error: unknown, where: Where, at: number): CodedError {
  const place = placeOf(where, at);
  if (error instanceof Violation) {
    if (error.code === 'VALUE_TYPE')
      return fail('TRAP_HOST', place, fail('VALUE_TYPE', { ...place, ...error.detail }));
    return fail(error.code, { ...place, ...error.detail });
  }
  const reason = at === IN_HOST ? overflowReason(error) : guestReason(error);
  const { params: _, ...names } = where;
  if (reason !== undefined) return fail('TRAP_GUEST', { ...names, reason }, error);
  if (isCoded(error) && error.blame !== 'host') return withCause(error, place);
  return fail('TRAP_HOST', { ...place, reason: messageOf(error) }, error);
}

function placeOf(where: Where, at: number): Record<string, unknown> {
  const { params, ...names } = where;
  const param = params[at];
  if (param !== undefined) return { ...names, param };
  return at === AT_RESULT ? { ...names, param: 'result' } : names;
}

/** A host function's own coded error keeps its code and blame. */
function withCause(error: CodedError, place: Record<string, unknown>): CodedError {
  const trapped = fail('TRAP_HOST', { ...place, reason: error.message }, error);
  Object.defineProperty(trapped, 'blame', { value: error.blame });
  return trapped;
}

function guestReason(error: unknown): string | undefined {
  if (error instanceof WebAssembly.RuntimeError) return reasonOf(error.message);
  if (error instanceof WebAssembly.Exception) return 'uncaught exception';
  return overflowReason(error);
}

/** A guest that recursed too deep may run out of stack in a host function just as well. */
function overflowReason(error: unknown): string | undefined {
  return error instanceof RangeError && error.message.includes('call stack') ? 'stack overflow' : undefined;
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/unreachable/, 'unreachable'],
  [/memory access out of bounds|memory out of bounds/, 'out of bounds'],
  [/table index is out of bounds|table access|table out of bounds/, 'table out of bounds'],
  [/divide by zero|remainder by zero/, 'divide by zero'],
  [/divide result unrepresentable/, 'integer overflow'],
  [/float unrepresentable/, 'float unrepresentable'],
  [/null function|signature mismatch/, 'indirect call mismatch'],
  [/dereferencing a null/, 'null reference'],
];

/** V8's sentences may change; our reasons may not. */
function reasonOf(message: string): string {
  return REASONS.find(([pattern]) => pattern.test(message))?.[1] ?? message;
}

function messageOf(error: unknown): string {
  return Error.isError(error) ? error.message : String(error);
}
