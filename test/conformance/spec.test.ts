/**
 * The specification's own tests: `HERMES_COMPONENT_SPEC` names a checkout of WebAssembly/component-model. Without
 * it a sample of ours runs.
 */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Outcome, runWast } from './wast-run.ts';

/** What the synchronous part of the specification's tests uses and we refuse by name; all else must agree. */
const outOfScope =
  /^(stream|future|map|async function|fixed-length list|canon \S+|(nested )?import of (resource|core module|instance|component) `[^`]*` .*|import of core module `[^`]*`)$/;

function lines(outcomes: readonly Outcome[]): string[] {
  return outcomes.map(({ line, command, verdict, note }) => `${line}: ${command} ${verdict}: ${note}`);
}

test('agrees with every command of the sample', async () => {
  const outcomes = await runWast(await readFile(join(import.meta.dirname, 'sample.wast'), 'utf8'));
  assert.deepEqual(lines(outcomes.filter(({ verdict }) => verdict !== 'agrees')), []);
  assert.ok(outcomes.length > 60);
});

test('the runner sees what does not agree', async () => {
  const outcomes = await runWast(`(component
      (core module $M (func (export "one") (result i32) (i32.const 1)))
      (core instance $m (instantiate $M))
      (func (export "one") (result u32) (canon lift (core func $m "one"))))
    (assert_return (invoke "one") (u32.const 2))
    (assert_trap (invoke "one") "")
    (assert_invalid (component (type (list u8))) "")
    (assert_malformed (component binary "\\00asm\\0d\\00\\01\\00") "")`);
  const verdicts = outcomes.map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, ['agrees', 'differs', 'differs', 'differs', 'differs']);
});

const checkout = process.env['HERMES_COMPONENT_SPEC'];
const skip = checkout
  ? false
  : 'set HERMES_COMPONENT_SPEC to a checkout of WebAssembly/component-model to run it';

test("agrees with the specification's synchronous tests", { skip }, async (t) => {
  const folders = '{binary,linking,resources,validation,values}';
  const files = globSync(`test/${folders}/*.wast`, { cwd: checkout as string }).sort();
  assert.ok(files.length > 0, `there are no tests below ${checkout}/test`);
  const tally = { agrees: 0, differs: 0, unsupported: 0, skipped: 0 };
  const wrong: string[] = [];
  for (const file of files) {
    const outcomes = await runWast(await readFile(join(checkout as string, file), 'utf8'));
    for (const { verdict } of outcomes) tally[verdict]++;
    const bad = outcomes.filter(({ verdict, note }) => {
      const feature = /"feature":"([^"]*)"/.exec(note)?.[1] ?? '';
      return verdict === 'differs' || (verdict === 'unsupported' && !outOfScope.test(feature));
    });
    wrong.push(...lines(bad).map((line) => `${file}:${line}`));
  }
  t.diagnostic(JSON.stringify(tally));
  assert.deepEqual(wrong, []);
});
