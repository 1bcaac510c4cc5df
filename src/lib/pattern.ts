/**
 * Regular expressions that come from outside: matched in time linear in the text, whatever the pattern, by an
 * automaton (RE2) instead of V8's backtracking.
 *
 * @module
 */
import { RE2JS } from 're2js';
import { failures } from './errors.ts';

/** A pattern is at most this many UTF-8 bytes. */
export const MAX_PATTERN_BYTES = 1024;
/** One list holds at most this many patterns. */
export const MAX_PATTERNS = 1000;

export const errors = {
  PATTERN_INVALID: {
    blame: 'operator',
    text: 'Cannot compile pattern: it is not a regular expression that runs in linear time (RE2); see detail',
  },
  PATTERN_TOO_LONG: {
    blame: 'operator',
    text: 'Cannot compile pattern: it is longer than 1,024 bytes; shorten it or split it',
  },
  PATTERN_TOO_MANY: {
    blame: 'operator',
    text: 'Cannot compile patterns: there are more than 1,000; join some with "|"',
  },
} as const;

const fail = failures(errors);

export interface Pattern {
  /** As it was given. */
  readonly source: string;
  /** Whether any part of the text matches; anchor with `^` and `$` to match all of it. Keeps no state. */
  test(text: string): boolean;
}

export interface PatternOptions {
  /** `'ecmascript'` for the patterns of JSON Schemas (`\u0041`, `\cA`, `[^]`); `'re2'`, the default, for others. */
  readonly dialect?: 're2' | 'ecmascript';
}

/** What is wrong with one pattern of a list. */
export interface PatternFault {
  readonly index: number;
  readonly code: string;
  /** Says what was found; a sentence without the pattern. */
  readonly reason: string;
}

/**
 * Compiles one pattern. Look-around and back references do not exist here, since they have no linear time.
 *
 * Errors: `PATTERN_INVALID` with `detail.reason`, `PATTERN_TOO_LONG`; both with `detail.pattern`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const users = compilePattern('^/api/users/[0-9]+$');
 * assert.equal(users.test('/api/users/42'), true);
 * assert.throws(() => compilePattern('(?=look)'), { code: 'PATTERN_INVALID' });
 * ```
 */
export function compilePattern(source: string, { dialect = 're2' }: PatternOptions = {}): Pattern {
  if (Buffer.byteLength(source) > MAX_PATTERN_BYTES) {
    throw fail('PATTERN_TOO_LONG', { pattern: `${source.slice(0, 64)}…`, bytes: Buffer.byteLength(source) });
  }
  // The library would take half a character for U+FFFD and match what nobody meant.
  if (!source.isWellFormed()) {
    throw fail('PATTERN_INVALID', {
      pattern: source.toWellFormed(),
      reason: 'it holds half a surrogate pair',
    });
  }
  try {
    const compiled = RE2JS.compile(dialect === 'ecmascript' ? RE2JS.translateRegExp(source) : source);
    return { source, test: (text) => compiled.test(text) };
  } catch (cause) {
    throw fail('PATTERN_INVALID', { pattern: source, reason: reasonOf(cause) }, cause);
  }
}

/**
 * Compiles a list and names every fault at once. Where a pattern has a fault, its place in `patterns` is
 * `undefined`.
 *
 * Errors: `PATTERN_TOO_MANY`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const { patterns, faults } = compilePatterns(['^/a$', '(']);
 * assert.equal(patterns[0]?.test('/a'), true);
 * assert.deepEqual(faults.map(({ index, code }) => [index, code]), [[1, 'PATTERN_INVALID']]);
 * ```
 */
export function compilePatterns(
  sources: readonly string[],
  options: PatternOptions = {},
): { readonly patterns: readonly (Pattern | undefined)[]; readonly faults: readonly PatternFault[] } {
  if (sources.length > MAX_PATTERNS) throw fail('PATTERN_TOO_MANY', { patterns: sources.length });
  const faults: PatternFault[] = [];
  const patterns = sources.map((source, index) => {
    try {
      return compilePattern(source, options);
    } catch (error) {
      faults.push({ index, ...describe(error) });
      return undefined;
    }
  });
  return { patterns, faults };
}

function describe(error: unknown): { readonly code: string; readonly reason: string } {
  const { code, detail } = error as ReturnType<typeof fail>;
  const reason = detail['reason'];
  return {
    code,
    reason: typeof reason === 'string' ? reason : `it is longer than ${MAX_PATTERN_BYTES} bytes`,
  };
}

function reasonOf(cause: unknown): string {
  return Error.isError(cause)
    ? cause.message.replace(/^error parsing regexp: /, '')
    : 'it cannot be compiled';
}
