/**
 * Rewritten core modules do what the original does: on a script of ours, and on the specification's own tests where
 * `HERMES_CORE_SPEC` names a checkout of WebAssembly/spec.
 */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CoreOutcome, runCoreWast } from './core-run.ts';

function lines(outcomes: readonly CoreOutcome[]): string[] {
  return outcomes.map(({ line, command, verdict, note }) => `${line}: ${command} ${verdict}: ${note}`);
}

test('the sample runs alike, rewritten or not', async () => {
  const outcomes = await runCoreWast(await readFile(join(import.meta.dirname, 'core-sample.wast'), 'utf8'));
  assert.deepEqual(lines(outcomes.filter(({ verdict }) => verdict !== 'same')), []);
  assert.ok(outcomes.length > 120, `${outcomes.length}`);
  // What it is meant to try is tried, and not refused alike.
  const traps = outcomes.filter(({ command }) => command === 'assert_trap');
  assert.deepEqual(lines(traps.filter(({ note }) => !/^RuntimeError/.test(note))), []);
  const failed = outcomes.filter(({ command, note }) => command === 'module' && /Error/.test(note));
  assert.equal(failed.length, 2);
});

test('the runner sees what does not do the same', async () => {
  const grows = `(module (table 1 funcref) (memory (export "m") 1)
      (func (export "grow") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))
      (func (export "poke") (i32.store8 (table.size) (i32.const 1))))
    (assert_return (invoke "grow" (i32.const 3)) (i32.const 1))
    (assert_return (invoke "grow" (i32.const 1)) (i32.const 4))
    (invoke "poke")`;
  const outcomes = await runCoreWast(grows, { tableEntries: 4 });
  assert.deepEqual(
    outcomes.map(({ command, verdict }) => [command, verdict]),
    [
      ['module', 'same'],
      ['assert_return', 'same'],
      ['assert_return', 'differs'],
      ['invoke', 'same'],
      ['end', 'differs'],
    ],
  );
});

const checkout = process.env['HERMES_CORE_SPEC'];
const skip = checkout ? false : 'set HERMES_CORE_SPEC to a checkout of WebAssembly/spec to run it';

test("the specification's tests run alike, rewritten or not", { skip, timeout: 1_800_000 }, async (t) => {
  const files = globSync('test/{core,legacy}/**/*.wast', { cwd: checkout as string }).sort();
  assert.ok(files.length > 0, `there are no tests below ${checkout}/test`);
  const tally: Record<string, number> = {};
  const wrong: string[] = [];
  for (const file of files) {
    const outcomes = await runCoreWast(await readFile(join(checkout as string, file), 'utf8'));
    for (const { command, verdict } of outcomes) {
      const row = `${command === 'module' ? 'modules' : 'calls'} ${verdict}`;
      tally[row] = (tally[row] ?? 0) + 1;
    }
    wrong.push(
      ...lines(outcomes.filter(({ verdict }) => verdict === 'differs')).map((line) => `${file}:${line}`),
    );
  }
  t.diagnostic(JSON.stringify(tally));
  assert.deepEqual(wrong, []);
});
