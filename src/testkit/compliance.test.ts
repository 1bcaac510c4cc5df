import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { complies } from './compliance.ts';
import { sample } from './fixtures/sample/index.ts';

complies(sample);

test('an extension that keeps no rule fails every test', async () => {
  const file = fileURLToPath(new URL('./fixtures/broken/index.ts', import.meta.url));
  // A run of its own: the variable would make it a part of this one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ['--test-reporter=tap', '--test-reporter-destination=stdout', file];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const output = await text(child.stdout);
  const lines = output.split('\n').filter((line) => /^(not )?ok /.test(line));
  assert.equal(lines.length, 5, output);
  assert.deepEqual(
    lines.filter((line) => line.startsWith('ok')),
    [],
  );
});
