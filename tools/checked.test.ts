import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './sources.ts';

/** Other tests run beside them, and the compiler collects garbage for most of its time. */
const env = { ...process.env, GOGC: '400' };
/** What has not changed since the last time is not checked again: `npm run check` does without. */
const KEPT = ['--singleThreaded', '--incremental', '--tsBuildInfoFile'];

function run(args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, env, maxBuffer: 1 << 24 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
    );
  });
}

test('the types fit', { timeout: 120_000 }, async () => {
  const { code, output } = await run([
    join(root, 'node_modules/typescript/bin/tsc'),
    '-p',
    root,
    ...KEPT,
    join(root, 'node_modules/.cache/hermes/types.tsbuildinfo'),
  ]);
  assert.equal(code, 0, output);
});

test('the linter and the formatter have nothing to say', { timeout: 120_000 }, async () => {
  const { code, output } = await run([join(root, 'node_modules/@biomejs/biome/bin/biome'), 'check', '.']);
  assert.equal(code, 0, output);
});
