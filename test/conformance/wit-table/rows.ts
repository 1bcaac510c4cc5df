/**
 * Rows of the table of host functions: what a guest does with one, and what it must be told then.
 *
 * @module
 */

/** One call of a guest; see test/guests/wasi/ts. */
export interface Step {
  readonly call: string;
  readonly on?: string;
  readonly args?: readonly unknown[];
  readonly as?: string;
}

/** What a step answered. */
export interface Said {
  readonly ok?: unknown;
  readonly err?: unknown;
}

export interface Row {
  /** The function, as `wasi:io/poll#pollable.ready`. */
  readonly name: string;
  readonly steps: readonly Step[];
  /** What is right of the answer of the last step: its value, or a check. */
  readonly last?: unknown;
  readonly check?: (said: readonly Said[]) => void;
  /** The call itself ends, with this in its error. */
  readonly ends?: object;
  /** Texts that must be lines of the log afterwards. */
  readonly logged?: readonly string[];
  /** Why an answer of zero is no different: then only a trap must be noticed. */
  readonly zero?: string;
}

/** The answer of a step that succeeded. */
export function ok(value: unknown): Said {
  return { ok: value };
}

/** The answer of a step that was refused. */
export function err(value: unknown): Said {
  return { err: value };
}

/** A call of a function of an interface. */
export function run(call: string, args: readonly unknown[] = [], as?: string): Step {
  return { call, args, ...(as !== undefined && { as }) };
}

/** A call of a method of what an earlier step answered. */
export function on(target: string, call: string, args: readonly unknown[] = [], as?: string): Step {
  return { call, on: target, args, ...(as !== undefined && { as }) };
}

/** The value that a step answered, counted from the end; what it is made of is for the caller to check. */
export function answered<T>(said: readonly Said[], at = -1): T {
  const found = said.at(at);
  if (found === undefined || !('ok' in found)) throw new Error(`Step ${at} did not answer a value`);
  return found.ok as T;
}
