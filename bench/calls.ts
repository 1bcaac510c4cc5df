/**
 * Calls of a guest, in an instance that is put back after each, in a fresh one and in a kept one, on our runtime and
 * on what jco-transpile makes of the component. Both get the same bytes, the same arguments and the same host functions; jco's core modules are
 * compiled once, as ours are, and it is let off checking what a guest returns, which ours always does.
 *
 * @module
 */
import { compile, createLinker, type InstancePre } from '../src/component/index.ts';
import { transpiled } from '../test/conformance/jco.ts';
import { type GuestName, guest } from '../test/guests/build.ts';
import { moduleGuest } from '../test/guests/module.ts';
import type { Variant } from './measure.ts';
import { standIns } from './stand-ins.ts';

/** One export of one guest, with its arguments. */
export interface Workload {
  /** As in the row's name: `call/<name>/<variant>`. */
  readonly name: string;
  /** A guest, or the folder of a module that is built as `hermes build` does it. */
  readonly guest: GuestName | { readonly module: string };
  readonly args: readonly unknown[];
  /** Text of the body that the answer must have: a failure is not measured. */
  readonly body: RegExp;
  /** Calls in one block of a kept and of a fresh instance. */
  readonly block: { readonly kept: number; readonly fresh: number };
}

const REPLY = 'hermes:http-gateway/event';
const headers = [
  ['host', ['guestbook.localhost:7878']],
  ['accept', ['*/*']],
  ['accept-encoding', ['gzip, br']],
  ['x-many', ['one', 'two']],
];
const items = Array.from({ length: 20 }, (_, id) => ({
  id,
  name: `Item number ${id}`,
  tags: ['a', 'b', `t${id % 5}`],
  price: id * 1.25,
  meta: { colour: 'blue', size: id },
}));

/** `/api/stats` parses, sorts and prints JSON: mostly the guest's own time. */
export const workloads: readonly Workload[] = [
  {
    name: 'c-echo',
    guest: 'c-echo',
    args: [new TextEncoder().encode('{"text":"hello"}'), headers, '/api/echo?x=é', 'POST'],
    body: /"bodyLength":16/,
    block: { kept: 400, fresh: 40 },
  },
  {
    name: 'rust-serde',
    guest: 'rust-serde',
    args: [new Uint8Array(), headers, '/api/ping', 'GET'],
    body: /^pong$/,
    block: { kept: 400, fresh: 40 },
  },
  {
    name: 'rust-serde-stats',
    guest: 'rust-serde',
    args: [new TextEncoder().encode(JSON.stringify(items)), headers, '/api/stats', 'POST'],
    body: /"count":20/,
    block: { kept: 100, fresh: 40 },
  },
  {
    name: 'ts-qjs',
    guest: 'ts-echo',
    args: [new TextEncoder().encode('{"text":"hello"}'), headers, '/api/echo?x=é', 'POST'],
    body: /"bodyLength":16/,
    block: { kept: 100, fresh: 10 },
  },
  {
    name: 'ts-hermes',
    guest: { module: 'echo/ts' },
    args: [new TextEncoder().encode('{"text":"hello"}'), headers, '/api/echo?x=é', 'POST'],
    body: /"bodyLength":16/,
    block: { kept: 100, fresh: 10 },
  },
];

/** What the engine gives a call by default. */
const LIMITS = { fuel: 5_000_000_000, pages: 4_096 };

/** Host functions over plain state; at most eight parameters. */
type Host = Readonly<Record<string, Readonly<Record<string, (...args: any[]) => unknown>>>>;

function hostFunctions(): Host {
  const store = new Map<string, unknown>();
  let lines = 0;
  return {
    'hermes:logging/api': {
      log: () => {
        lines++;
      },
    },
    'hermes:kv-store/api': {
      kvGet: (key: string) => store.get(key),
      kvSet: (key: string, value: unknown) => {
        store.set(key, value);
      },
    },
    'hermes:binary/api': {},
    'hermes:cbor/api': {},
    'hermes:json/api': {},
    'hermes:http-gateway/api': {},
    'test:bench/lines': { lines: () => lines },
  };
}

/** The component of a workload. */
export function bytesOf({ guest: found }: Workload): Promise<Uint8Array<ArrayBuffer>> {
  return typeof found === 'string' ? guest(found) : moduleGuest(found.module);
}

/** The variants of one workload, ready to run; each has answered rightly once. */
export async function variantsOf(workload: Workload): Promise<Variant[]> {
  const bytes = await bytesOf(workload);
  return [...(await ours(workload, bytes)), ...(await jco(workload, bytes))];
}

async function ours(workload: Workload, bytes: Uint8Array<ArrayBuffer>): Promise<Variant[]> {
  const [reset, fresh] = await linkedTwice(bytes);
  const name = `${REPLY}#reply`;
  const kept = reset.acquire(undefined, LIMITS);
  check(workload, kept.call(name, workload.args));
  const event = (pre: InstancePre): void => {
    using instance = pre.acquire(undefined, LIMITS);
    instance.call(name, workload.args);
  };
  const row = (way: string, block: number, run: () => void): Variant => ({
    name: `call/${workload.name}/ours-${way}`,
    block,
    run: (times) => {
      for (let i = 0; i < times; i++) run();
    },
  });
  return [
    row('reset', workload.block.kept, () => event(reset)),
    row('fresh', workload.block.fresh, () => event(fresh)),
    row('kept', workload.block.kept, () => kept.call(name, workload.args)),
  ];
}

/** With instances that are put back, and with new ones. */
async function linkedTwice(bytes: Uint8Array<ArrayBuffer>): Promise<[InstancePre, InstancePre]> {
  const linkers = [createLinker(), createLinker({ reuse: false })] as const;
  for (const [name, functions] of Object.entries(hostFunctions())) {
    const shifted = Object.entries(functions).map(([key, run]) => [
      key,
      (
        _call: unknown,
        a: unknown,
        b: unknown,
        c: unknown,
        d: unknown,
        e: unknown,
        f: unknown,
        g: unknown,
        h: unknown,
      ) => run(a, b, c, d, e, f, g, h),
    ]);
    for (const linker of linkers) linker.define(name, Object.fromEntries(shifted));
  }
  const component = await compile(bytes);
  for (const [name, members] of Object.entries(standIns(component)))
    for (const linker of linkers) linker.define(name, members);
  return [linkers[0].link(component), linkers[1].link(component)];
}
async function jco(workload: Workload, bytes: Uint8Array): Promise<Variant[]> {
  const instantiate = await transpiled(bytes, { unchecked: true });
  const unused = Object.entries(standIns(await compile(bytes)));
  const host = {
    ...hostFunctions(),
    ...Object.fromEntries(unused.map(([name, members]) => [name.replace(/@.*/, ''), members])),
  };
  const kept = instantiate(host)[REPLY];
  check(workload, kept.reply(...workload.args));
  return [
    {
      name: `call/${workload.name}/jco-fresh`,
      block: workload.block.fresh,
      run: (times) => {
        for (let i = 0; i < times; i++) instantiate(host)[REPLY].reply(...workload.args);
      },
    },
    {
      name: `call/${workload.name}/jco-kept`,
      block: workload.block.kept,
      run: (times) => {
        for (let i = 0; i < times; i++) kept.reply(...workload.args);
      },
    },
  ];
}

function check({ name, body }: Workload, answer: any): void {
  const text = answer?.tag === 'http' ? new TextDecoder().decode(answer.val.body) : '';
  if (!body.test(text)) throw new Error(`Cannot measure ${name}: it answered ${JSON.stringify(answer)}`);
}
