/** Rewritten core modules do what the original does: those of all guests, random ones, damaged ones. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { core, instantiate } from '../../src/component/rewrite/fixtures/instance.ts';
import { count, seed } from '../count.ts';
import { callText, randomCalls } from './core-series.ts';
import { resultText } from './core-values.ts';
import { generator } from './mutate.ts';
import { type RandomCore, randomCore } from './random-core.ts';

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
  for (let n = 0; n < count(2_000, 200); n++) {
    const random = generator(seed + n);
    const options = { visible: true, imports: random(2) === 0, obstacles: random(3) === 0 };
    const made = randomCore(random, options);
    const bytes = await core(made.text);
    const original: Exports = new WebAssembly.Instance(new WebAssembly.Module(bytes), host()).exports;
    const { exports, report } = instantiate(bytes, { imports: host() });
    assert.equal(report.unsupported, undefined);
    for (const call of randomCalls(random, [...made.functions, ...made.gaps], 30)) {
      const expected = callText(original, call);
      assert.equal(callText(exports, call), expected, `seed ${seed + n}, ${call.name}(${call.args})`);
      calls++;
      if (/Error/.test(expected)) traps++;
    }
    const sizes = report.memories.map(({ size }) => Number(exports[size?.name as string].value) * 65_536);
    const whole = made.memories.map((_, i) => original[`memory${i}`].buffer.byteLength);
    assert.equal(stateText(made, exports, sizes), stateText(made, original, whole), `seed ${seed + n}`);
  }
  t.diagnostic(`${calls} calls, ${traps} of them trap`);
  assert.ok(traps > calls / 50 && traps < calls / 2);
});
