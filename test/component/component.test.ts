import assert from 'node:assert/strict';
import { mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createTestHost, type TestHost } from '../../src/cli/test/host.ts';
import { listCases, runBench, runTest } from '../../src/cli/test/run.ts';
import type { Kind, Outcome, Subject } from '../../src/cli/test/types.ts';
import { isCoded } from '../../src/lib/errors.ts';
import { hermes } from '../e2e/hermes.ts';
import { guest } from '../guests/build.ts';
import { subjectOf } from './support.ts';

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

let host: TestHost;
const subjects: Subject[] = [];
const { signal } = new AbortController();

before(async () => {
  host = await createTestHost({ timeoutMs: undefined, signal });
  for (const name of Object.keys(expected)) subjects.push(await subjectOf(name));
});
after(() => host[Symbol.asyncDispose]());

interface Point {
  readonly module: string;
  readonly name: string;
  readonly outcome: Outcome;
}

/** The code of what a guest met, below what the report says of it. */
function codeOf(failure: Outcome['failure']): string | undefined {
  return isCoded(failure?.cause) ? failure.cause.code : failure?.code;
}

/** Runs those that fit, with what the command runs them with. */
async function run(kind: Kind, fits: (name: string) => boolean): Promise<readonly Point[]> {
  const points: Point[] = [];
  for (const subject of subjects) {
    const { cases, faults } = await listCases(host, subject, kind);
    assert.deepEqual(faults, []);
    for (const one of cases.filter(({ name }) => fits(name))) {
      // A benchmark that runs once runs again and again; how long it takes is nothing to test.
      const outcome =
        kind === 'test' ? await runTest(host, one) : await runBench(host, one, { signal, ms: 1 });
      points.push({ module: one.module, name: one.name, outcome });
    }
  }
  return points;
}

test('every module of the folder is run', async () => {
  const entries = await readdir(import.meta.dirname, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  assert.deepEqual(folders.toSorted(), Object.keys(expected).toSorted());
});

test('tests of modules pass, except those that are to trap', async () => {
  const names = Object.values(expected).flat();
  const points = await run('test', (name) => names.includes(name));
  for (const [module, names] of Object.entries(expected)) {
    const found = points.filter((point) => point.module === module);
    assert.deepEqual(
      found.map(({ name }) => name),
      names,
    );
  }
  const failed = points.filter(({ outcome }) => outcome.failure);
  assert.deepEqual(
    failed.map(({ name, outcome }) => [name, codeOf(outcome.failure)]),
    [
      ['traps: a key dropped twice', 'TRAP_HANDLE'],
      ['traps: a path out of form', 'TRAP_HOST'],
      ['traps: words that are no phrase', 'TRAP_HOST'],
    ],
  );
});

test('benchmarks of modules run', async () => {
  const points = await run('bench', (name) => /Bench Case|signs once|-insert/.test(name));
  assert.deepEqual(
    points.map(({ name, outcome }) => [name, outcome.failure, (outcome.rounds?.count ?? 0) >= 10]),
    [
      ['a key of a phrase signs once', undefined, true],
      ['bench-persistent-insert', undefined, true],
      ['bench-memory-insert', undefined, true],
      ['Bench Case 0', undefined, true],
      ['Bench Case 1', undefined, true],
      ['Bench Case 2', undefined, true],
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
