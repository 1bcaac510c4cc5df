/**
 * What a TypeScript guest finds around its code: `console`, `TextEncoder`, `TextDecoder`, `crypto`, random
 * numbers that differ from event to event, and a log line with the TypeScript place for whatever a handler
 * throws. Runs inside QuickJS, bundled before the module's own code.
 *
 * @module
 */
import { formatLine, inspect } from './inspect.ts';
import { createRandom, type RandomBytes } from './random.ts';
import { Utf8Decoder, Utf8Encoder } from './text.ts';
import { firstPlace, type TraceTable, traceText } from './trace.ts';

/** `hermes:logging/api#log`, with QuickJS values. */
export type Log = (
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error',
  file: string | null,
  function_: string | null,
  line: number | null,
  col: number | null,
  ctx: string | null,
  msg: string,
  data: string | null,
) => void;

export interface GuestImports {
  readonly log: Log;
  /** Ends the call as a failure; does not come back. */
  readonly exit: () => void;
  readonly randomBytes: RandomBytes;
  /** Where the bundle's lines came from; known only once the whole bundle is evaluated. */
  readonly table: () => TraceTable;
}

export interface Guest {
  /** A handler that logs what it throws before the throw ends the event. */
  guard<Args extends readonly unknown[], Answer>(
    name: string,
    handler: (...args: Args) => Answer,
  ): (...args: Args) => Answer;
}

/** Gives `target` (the global object of a guest) what the head of this file lists. */
export function install(target: object, { log, exit, randomBytes, table }: GuestImports): Guest {
  const state = { running: false };
  const needsHandler = (what: string): void => {
    if (state.running) return;
    throw new Error(
      `Cannot use ${what} here: code outside of handlers runs once, while the module is built; move it into a handler`,
    );
  };
  const line = (level: Parameters<Log>[0], args: readonly unknown[]): void => {
    needsHandler('console');
    log(level, null, null, null, null, null, traceText(table(), formatLine(args)), null);
  };
  const console = {
    trace: (...args: unknown[]) => line('trace', args),
    debug: (...args: unknown[]) => line('debug', args),
    log: (...args: unknown[]) => line('info', args),
    info: (...args: unknown[]) => line('info', args),
    warn: (...args: unknown[]) => line('warn', args),
    error: (...args: unknown[]) => line('error', args),
    assert: (holds: unknown, ...args: unknown[]) => {
      if (!holds) line('error', ['Assertion failed', ...args]);
    },
  };
  const random = createRandom((length) => {
    needsHandler('random numbers');
    return randomBytes(length);
  });
  const math = { value: random.number, writable: true, configurable: true };
  Object.defineProperty((target as { Math: Math }).Math, 'random', math);
  const globals = { console, TextEncoder: Utf8Encoder, TextDecoder: Utf8Decoder, crypto: random.crypto };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(target, name, { value, writable: true, configurable: true });
  }
  return { guard: (name, handler) => guarded(name, handler, { log, exit, table, state }) };
}

interface Guarding {
  readonly log: Log;
  readonly exit: () => void;
  readonly table: () => TraceTable;
  readonly state: { running: boolean };
}

function guarded<Args extends readonly unknown[], Answer>(
  name: string,
  handler: (...args: Args) => Answer,
  { log, exit, table, state }: Guarding,
): (...args: Args) => Answer {
  return (...args) => {
    state.running = true;
    try {
      const answer = handler(...args);
      if (typeof (answer as { then?: unknown } | null)?.then === 'function') {
        throw new TypeError(
          `Cannot answer with a promise: "${name}" must not be async; host functions wait by themselves`,
        );
      }
      return answer;
    } catch (error) {
      const stack = error instanceof Error ? (error.stack ?? '') : '';
      const place = firstPlace(table(), stack);
      const message = `Handler ${name} threw ${traceText(table(), inspect(error))}`;
      log(
        'error',
        place?.file ?? null,
        name,
        place?.line ?? null,
        place?.column ?? null,
        null,
        message,
        null,
      );
      // What QuickJS itself does with a throw is a panic of four lines, in places of the bundle.
      exit();
      throw error;
    }
  };
}
