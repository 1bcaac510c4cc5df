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
