import assert from 'node:assert/strict';
import { mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hermes } from '../e2e/hermes.ts';
import { guest } from '../guests/build.ts';

/** What each module of this folder is expected to have, besides one test for each host function: see functions.test.ts. */
const expected: Readonly<Record<string, readonly string[]>> = {
  clocks: ['clocks_monotonic_now'],
  cron: ['Add Crontab', 'Delay Crontab', 'List Crontabs', 'Remove Crontab', 'Make Cron Entry'],
  crypto: [
    'Generate mnemonic',
    'BIP32-Ed25519',
    'traps: a key dropped twice',
    'traps: a path out of form',
    'traps: words that are no phrase',
  ],
  hash: ['blake2b-512'],
  http: ['HTTP reply'],
  init: [],
  'kv-store': [],
  localtime: ['get_localtime'],
  logging: ['Call Logger'],
  sqlite: [
    'open-database-persistent-simple',
    'open-database-persistent-multiple',
    'open-database-persistent-multiple-alt',
    'open-database-memory-simple',
    'execute-create-schema-simple',
    'prepare-simple',
    'prepare-simple-without-cleaning',
    'text-value-simple',
  ],
  smoke: ['Test Case 0', 'Test Case 1', 'Test Case 2', 'Test Case 3', 'Test Case 4'],
};

interface Point {
  readonly passed: boolean;
  readonly module: string;
  readonly name: string;
  readonly code: string | undefined;
}

async function run(...args: readonly string[]): Promise<readonly Point[]> {
  const folders = Object.keys(expected).map((name) => join(import.meta.dirname, name));
  const { out, err } = await hermes(['test', ...folders, '--tap', ...args]);
  const points = [...out.matchAll(/^(not )?ok \d+ - .*\/([\w-]+): (.*)\n {2}---\n([\s\S]*?)^ {2}\.\.\.$/gm)];
  assert.ok(points.length > 0, `${out}${err}`);
  return points.map(([, not, module = '', name = '', block = '']) => {
    return {
      passed: not === undefined,
      module,
      name: name.replaceAll('\\', ''),
      code: /code: "(.*)"/.exec(block)?.[1],
    };
  });
}

test('every module of the folder is run', async () => {
  const entries = await readdir(import.meta.dirname, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  assert.deepEqual(folders.toSorted(), Object.keys(expected).toSorted());
});

test('tests of modules pass, except those that are to trap', async () => {
  const names = Object.values(expected).flat();
  const points = await run(...names.flatMap((name) => ['--filter', name]));
  for (const [module, names] of Object.entries(expected)) {
    const found = points.filter((point) => point.module === module);
    assert.deepEqual(
      found.map(({ name }) => name),
      names,
    );
  }
  const wrong = points.filter(({ name, passed }) => passed === name.startsWith('traps: '));
  assert.deepEqual(wrong, []);
  const codes = points.filter(({ passed }) => !passed).map(({ code }) => code);
  assert.deepEqual(codes, ['TRAP_HANDLE', 'TRAP_HOST', 'TRAP_HOST']);
});

test('benchmarks of modules run', async () => {
  const points = await run(
    '--bench',
    '--filter',
    'Bench Case',
    '--filter',
    'signs once',
    '--filter',
    '-insert',
  );
  assert.deepEqual(
    points.map(({ name, passed }) => [name, passed]),
    [
      ['a key of a phrase signs once', true],
      ['bench-persistent-insert', true],
      ['bench-memory-insert', true],
      ['Bench Case 0', true],
      ['Bench Case 1', true],
      ['Bench Case 2', true],
    ],
  );
});

test('a component of another toolchain: files by its libc, and what it says before it traps', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-'));
  const file = join(folder.path, 'c-tests.wasm');
  await writeFile(file, await guest('c-tests'));
  const { code, out } = await hermes(['test', file]);
  assert.equal(code, 1);
  const names = [...out.matchAll(/^ {2}(.) (.*) \(.*\)$/gm)].map(([, mark, name]) => `${mark} ${name}`);
  assert.deepEqual(names, [
    '✓ Write, seek then read',
    '✓ Append',
    '✓ Create then delete',
    '✓ Seek',
    '✓ Create exclusive flags',
    '✓ Truncate flag',
    '✓ Folders',
    '✓ Nothing of another test',
    '✓ Nothing outside of the writable folders',
    '✗ traps: a last word',
  ]);
  assert.match(out, /✗ traps: a last word.*\n.*TRAP_GUEST[\s\S]*info panicked: nothing is left/);
});
