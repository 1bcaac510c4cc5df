/**
 * `npm run test:long`: the tests with large counts, in full, one file at a time. Prints one line of result for
 * each test, and everything that a failing file printed.
 *
 * @module
 */

import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { sources } from '../tools/sources.ts';

const root = join(import.meta.dirname, '..');
const wanted = process.argv.slice(2);
const files = (await sources(['src', 'test', 'examples']))
  .filter(({ path, text }) => path.endsWith('.test.ts') && /\/count\.ts'/.test(text))
  .map(({ path }) => path)
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)));

let passed = 0;
let failed = 0;
for (const file of files) {
  const tests = run({
    files: [join(root, file)],
    env: { ...process.env, HERMES_LONG: '1' },
    timeout: 3_600_000,
    execArgv: ['--expose-gc'],
  });
  tests.on('test:pass', ({ name, nesting, details }) => {
    if (details.type === 'suite' || (nesting === 0 && name === join(root, file))) return;
    passed++;
    console.log(`ok      ${(details.duration_ms / 1000).toFixed(1).padStart(7)} s  ${file}  ${name}`);
  });
  tests.on('test:fail', ({ name, details }) => {
    failed++;
    process.exitCode = 1;
    console.log(`FAILED  ${(details.duration_ms / 1000).toFixed(1).padStart(7)} s  ${file}  ${name}`);
  });
  const report = await tests.compose(spec).toArray();
  if (process.exitCode === 1) console.log(report.join(''));
}
console.log(`${passed} passed, ${failed} failed`);
