// Calls functions of WASI as the request's body says, a list of steps in JSON, and answers what each one said.
import { json } from 'hermes:guest';
import type { Reply } from 'hermes:http-gateway/event';
import * as environment from 'wasi:cli/environment@0.2.6';
import * as exit from 'wasi:cli/exit@0.2.6';
import * as stderr from 'wasi:cli/stderr@0.2.6';
import * as stdin from 'wasi:cli/stdin@0.2.6';
import * as stdout from 'wasi:cli/stdout@0.2.6';
import * as terminalStderr from 'wasi:cli/terminal-stderr@0.2.6';
import * as terminalStdin from 'wasi:cli/terminal-stdin@0.2.6';
import * as terminalStdout from 'wasi:cli/terminal-stdout@0.2.6';
import * as monotonic from 'wasi:clocks/monotonic-clock@0.2.6';
import * as timezone from 'wasi:clocks/timezone@0.2.6';
import * as wall from 'wasi:clocks/wall-clock@0.2.6';
import * as store from 'wasi:config/store@0.2.0-rc.1';
import * as preopens from 'wasi:filesystem/preopens@0.2.6';
import * as files from 'wasi:filesystem/types@0.2.6';
import * as poll from 'wasi:io/poll@0.2.6';
import * as insecure from 'wasi:random/insecure@0.2.6';
import * as seed from 'wasi:random/insecure-seed@0.2.6';
import * as random from 'wasi:random/random@0.2.6';

/** One call: a function of an interface, or a method of something that an earlier step answered. */
interface Step {
  /** As `wasi:cli/stdin.getStdin`; without an interface a method of `on`. */
  readonly call: string;
  readonly on?: string;
  readonly args?: readonly unknown[];
  /** The name under which later steps know the answer. */
  readonly as?: string;
}

type Functions = Readonly<Record<string, unknown>>;

const faces: Readonly<Record<string, Functions>> = {
  'wasi:cli/environment': environment,
  'wasi:cli/exit': exit,
  'wasi:cli/stderr': stderr,
  'wasi:cli/stdin': stdin,
  'wasi:cli/stdout': stdout,
  'wasi:cli/terminal-stderr': terminalStderr,
  'wasi:cli/terminal-stdin': terminalStdin,
  'wasi:cli/terminal-stdout': terminalStdout,
  'wasi:clocks/monotonic-clock': monotonic,
  'wasi:clocks/timezone': timezone,
  'wasi:clocks/wall-clock': wall,
  'wasi:config/store': store,
  'wasi:filesystem/preopens': preopens,
  'wasi:filesystem/types': files,
  'wasi:io/poll': poll,
  'wasi:random/insecure': insecure,
  'wasi:random/insecure-seed': seed,
  'wasi:random/random': random,
};

/** Texts that begin with `$` are names of answers, `$a.0.0` parts of them; `{ "bytes": "…" }` is what it says. */
function resolved(known: ReadonlyMap<string, unknown>, given: unknown): unknown {
  if (typeof given === 'string' && given.startsWith('$')) {
    const [name = '', ...path] = given.slice(1).split('.');
    return path.reduce((value, key) => (value as Functions)[key], known.get(name));
  }
  if (Array.isArray(given)) return given.map((each) => resolved(known, each));
  // JSON has no integers of 64 bits.
  if (Number.isInteger(given) && !Number.isSafeInteger(given)) return BigInt(given as number);
  if (typeof given !== 'object' || given === null) return given;
  if ('bytes' in given) return new TextEncoder().encode(String(given.bytes));
  return Object.fromEntries(Object.entries(given).map(([key, each]) => [key, resolved(known, each)]));
}

function shown(value: unknown): unknown {
  if (value instanceof Uint8Array)
    return { bytes: new TextDecoder().decode(value.subarray(0, 1000)), length: value.length };
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value ?? null;
  const proto: unknown = Object.getPrototypeOf(value);
  if (proto !== Object.prototype && proto !== null) return 'object';
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shown(each)]));
}

function take(known: Map<string, unknown>, { call, on, args = [], as }: Step): unknown {
  const [face = '', name = ''] = on === undefined ? call.split('.') : ['', call];
  const target = on === undefined ? faces[face] : (resolved(known, on) as Functions);
  const run = target?.[name];
  if (typeof run !== 'function') throw new Error(`There is no ${call}`);
  const values = args.map((arg) => resolved(known, arg));
  const answer: unknown = Reflect.apply(run, target, values);
  if (as !== undefined) known.set(as, answer);
  return answer;
}

export const reply: Reply = (body) => {
  const steps = JSON.parse(new TextDecoder().decode(body)) as readonly Step[];
  const known = new Map<string, unknown>();
  const said = steps.map((step) => {
    try {
      return { ok: shown(take(known, step)) };
    } catch (error) {
      if (!(error instanceof Error) || !('payload' in error)) throw error;
      if (step.as !== undefined) known.set(step.as, error.payload);
      return { err: shown(error.payload) };
    }
  });
  return json(said);
};
