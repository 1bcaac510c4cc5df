/**
 * Errors and log fields in a form that a structured clone carries to another thread.
 *
 * @module
 */
import { type Blame, CodedError, isCoded } from './errors.ts';

/** What was thrown: an error, or another value, which a host function throws to answer its WIT's `err`. */
export type WireThrown = WireError | { readonly kind: 'value'; readonly value: unknown };

export interface WireError {
  readonly kind: 'error';
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of a coded error. */
  readonly coded?: { readonly code: string; readonly blame: Blame; readonly detail: Record<string, unknown> };
  readonly cause?: WireThrown;
  /** Of an `AggregateError`. */
  readonly errors?: readonly WireThrown[];
  /** Of an error that is a WIT's `err`. */
  readonly payload?: { readonly value: unknown };
}

/** Causes of causes; a deeper chain is cut off. */
const CAUSES = 16;
const DEEPEST = 16;

/**
 * What was thrown, to be posted. Values are not looked at; details of errors lose what cannot cross: such a value
 * becomes its text.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const cause = new TypeError('No path');
 * const wire = structuredClone(toWire(new AggregateError([1], 'Two failed', { cause })));
 * const error = fromWire(wire) as AggregateError;
 * assert.deepEqual([error.message, error.errors, (error.cause as Error).name], ['Two failed', [1], 'TypeError']);
 * ```
 */
export function toWire(thrown: unknown, causes: number = CAUSES): WireThrown {
  if (!Error.isError(thrown)) return { kind: 'value', value: thrown };
  const { name, message, stack, cause } = thrown;
  const inner = causes > 0;
  return {
    kind: 'error',
    name: String(name),
    message: String(message),
    stack: typeof stack === 'string' ? stack : undefined,
    ...(isCoded(thrown) && {
      coded: {
        code: thrown.code,
        blame: thrown.blame,
        detail: cloneable(thrown.detail) as Record<string, unknown>,
      },
    }),
    ...(inner && cause !== undefined && { cause: plainThrown(cause, causes) }),
    ...(inner &&
      thrown instanceof AggregateError && {
        errors: thrown.errors.map((error: unknown) => plainThrown(error, causes)),
      }),
    ...(Object.hasOwn(thrown, 'payload') && {
      payload: { value: (thrown as Error & { readonly payload: unknown }).payload },
    }),
  };
}

/** A cause may be anything, and is only looked at. */
function plainThrown(thrown: unknown, causes: number): WireThrown {
  return Error.isError(thrown) ? toWire(thrown, causes - 1) : { kind: 'value', value: cloneable(thrown) };
}

/**
 * What was thrown on the other side: coded errors are coded again, others are errors with the same name.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CodedError, isCoded } from './errors.ts';
 * const error = new CodedError('QUEUE_FULL', { blame: 'host', text: 'Full' }, { run: () => 1 });
 * const back = fromWire(structuredClone(toWire(error)));
 * assert.ok(isCoded(back));
 * assert.deepEqual([back.code, back.blame, back.detail], ['QUEUE_FULL', 'host', { run: '(function)' }]);
 * ```
 */
export function fromWire(wire: WireThrown): unknown {
  if (wire.kind === 'value') return wire.value;
  const error = errorOf(wire);
  // Where it was thrown is worth more than where it arrived.
  if (wire.stack !== undefined) Object.defineProperty(error, 'stack', { value: wire.stack });
  if (wire.payload) Object.defineProperty(error, 'payload', { value: wire.payload.value });
  return error;
}

function errorOf({ name, message, coded, cause: wired, errors }: WireError): Error {
  const cause = wired === undefined ? undefined : fromWire(wired);
  if (coded) return new CodedError(coded.code, { blame: coded.blame, text: message }, coded.detail, cause);
  const options = cause === undefined ? {} : { cause };
  const error = errors
    ? new AggregateError(errors.map(fromWire), message, options)
    : new Error(message, options);
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name });
  return error;
}

/**
 * A copy that can be posted: arrays and plain objects are walked, errors, bytes and times stay, whatever else cannot
 * cross becomes its text.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(cloneable({ n: [1n], f() {}, at: Symbol('a') }), { n: [1n], f: '(function)', at: 'Symbol(a)' });
 * ```
 */
export function cloneable(value: unknown, depth: number = DEEPEST): unknown {
  if (typeof value === 'function') return '(function)';
  if (typeof value === 'symbol') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Error.isError(value) || value instanceof Temporal.Instant) return String(value);
  if (ArrayBuffer.isView(value)) return value;
  if (depth === 0) return '…';
  if (Array.isArray(value)) return value.map((item) => cloneable(item, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cloneable(item, depth - 1)]));
}
