/** Rewritten core modules do what the original does: those of all guests, random ones, damaged ones. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { decode } from '../../src/component/decode.ts';
import { core, instantiate } from '../../src/component/rewrite/fixtures/instance.ts';
import { rewriteCore } from '../../src/component/rewrite/index.ts';
import { count, seed } from '../count.ts';
import { type GuestName, guest } from '../guests/build.ts';
import { guestNames } from '../guests/list.ts';
import { callText, randomCalls } from './core-series.ts';
import { resultText } from './core-values.ts';
import { transpiled } from './jco.ts';
import { generator } from './mutate.ts';
import { type RandomCore, randomCore } from './random-core.ts';
import { rewrittenCores } from './rewritten-cores.ts';

type Exports = Readonly<Record<string, any>>;

function host(): WebAssembly.Imports {
  return { host: { f: (x: number) => (x * 3) | 0, g: new WebAssembly.Global({ value: 'i32' }, 7) } };
}

/** Everything that a visible module lets one see. */
function stateText(
  { memories, globals, tables }: RandomCore,
  exports: Exports,
  sizes: readonly number[],
): string {
  const parts: string[] = [];
  for (let i = 0; i < globals; i++) parts.push(resultText(exports[`global${i}`].value));
  for (let i = 0; i < tables; i++) {
    const table = exports[`table${i}`];
    for (let entry = 0; entry < table.length; entry++) parts.push(table.get(entry)?.name ?? 'null');
  }
  memories.forEach((_, i) => {
    const bytes = new Uint8Array(exports[`memory${i}`].buffer, 0, sizes[i]);
    parts.push(`${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`);
  });
  return parts.join(' ');
}

test('random modules do what they did', async (t) => {
  let traps = 0;
  let calls = 0;
  let told = 0;
  for (let n = 0; n < count(2_000, 80); n++) {
    const random = generator(seed + n);
    const stack = n % 2 === 0;
    const options = { visible: true, imports: random(2) === 0, obstacles: random(3) === 0, stack };
    const made = randomCore(random, options);
    const bytes = await core(made.text);
    const original: Exports = new WebAssembly.Instance(new WebAssembly.Module(bytes), host()).exports;
    const below = stack ? 131_072 : 0;
    const { exports, report } = instantiate(bytes, { imports: host(), below });
    assert.equal(report.unsupported, undefined);
    assert.equal(report.watched, stack);
    const low = (): Buffer[] =>
      made.memories.map((_, i) => Buffer.from(exports[`memory${i}`].buffer, 0, below));
    let before = low().map((bytes) => Buffer.from(bytes));
    for (const call of randomCalls(random, [...made.functions, ...made.gaps], 30)) {
      const expected = callText(original, call);
      assert.equal(callText(exports, call), expected, `seed ${seed + n}, ${call.name}(${call.args})`);
      calls++;
      if (low().some((bytes, i) => !bytes.equals(before[i] as Buffer))) {
        assert.equal(
          exports[report.touched as string].value,
          1,
          `seed ${seed + n}, ${call.name}(${call.args})`,
        );
        told++;
        before = low().map((bytes) => Buffer.from(bytes));
      }
      if (report.touched !== undefined) exports[report.touched].value = 0;
      if (/Error/.test(expected)) traps++;
    }
    const sizes = report.memories.map(({ size }) => Number(exports[size?.name as string].value) * 65_536);
    const whole = made.memories.map((_, i) => original[`memory${i}`].buffer.byteLength);
    assert.equal(stateText(made, exports, sizes), stateText(made, original, whole), `seed ${seed + n}`);
  }
  t.diagnostic(`${calls} calls, ${traps} of them trap, ${told} wrote to the stack`);
  assert.ok(told > calls / 200 && traps > calls / 50 && traps < calls / 2);
});

const names: readonly GuestName[] = [
  'c-echo',
  'c-faults',
  'c-compute',
  'as-echo',
  'ts-echo',
  'js-compute',
  'rust-echo',
  'rust-serde',
];

function imports(lines: string[]): object {
  return {
    'hermes:logging/api': { log: (...args: unknown[]) => lines.push(String(args[6])) },
    'hermes:kv-store/api': { kvGet: () => undefined, kvSet: () => {} },
    'hermes:cron/api': {},
  };
}

test('every guest answers as it did, and takes the same fuel in every instance', async (t) => {
  for (const name of names.filter((name) => guestNames.includes(name))) {
    const bytes = await guest(name);
    const said: string[][] = [];
    const fuel = new Set<bigint>();
    const answers: unknown[] = [];
    for (const rewritten of [undefined, rewrittenCores(), rewrittenCores()]) {
      const lines: string[] = [];
      const exports = (await transpiled(bytes, rewritten && { cores: rewritten.cores }))(imports(lines));
      const { reply } = exports['hermes:http-gateway/event'] ?? exports['event'];
      rewritten?.fill(10n ** 15n);
      const found = [
        'fib',
        'json',
        '/api/echo',
        '/api/ping',
        '/api/fib?n=12',
        '/none',
        '/stack',
        '/trap',
      ].map((path) =>
        outcomeOf(() => reply(new TextEncoder().encode('3'), [['a', ['b', 'c']]], path, 'GET')),
      );
      answers.push(found);
      said.push(lines);
      if (rewritten !== undefined) fuel.add(rewritten.left());
      assert.deepEqual(rewritten?.reports.flatMap(({ obstacles }) => obstacles) ?? [], [], name);
    }
    assert.deepEqual(answers[1], answers[0], name);
    assert.deepEqual(said[1], said[0], name);
    // How deep a stack goes is not ours to say, and `/stack` finds out.
    if (name !== 'c-faults') assert.equal(fuel.size, 1, name);
    t.diagnostic(`${name}: ${[...fuel].map((left) => 10n ** 15n - (left % 10n ** 15n)).join(' ')}`);
  }
});

/** An answer without what only this instance has. */
function outcomeOf(run: () => unknown): string {
  try {
    return inspect(run(), { depth: 9, maxArrayLength: Number.POSITIVE_INFINITY });
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

test('cores of all guests stay valid', async () => {
  for (const name of guestNames) {
    for (const [index, bytes] of decode(await guest(name)).cores.entries()) {
      for (const fuel of [true, false]) {
        const { bytes: rewritten, report } = rewriteCore(bytes, { fuel });
        assert.equal(report.unsupported, undefined);
        assert.ok(WebAssembly.validate(rewritten), `${name} ${index}`);
      }
    }
  }
});
