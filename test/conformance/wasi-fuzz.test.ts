/** A guest calls every function of WASI with whatever its types allow: nothing breaks, every refusal has a code. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { readWitFolders } from '../../src/build/wit-files.ts';
import { type CodedError, isCoded } from '../../src/lib/errors.ts';
import type { Wit } from '../../src/lib/wit/model.ts';
import { camel } from '../../src/lib/wit/names.ts';
import { readWit } from '../../src/lib/wit/read.ts';
import { count, seed } from '../count.ts';
import { moduleGuest } from '../guests/module.ts';
import { createWorld } from './wasi-world.ts';
import { argumentsOf, type Known } from './wit-table/arbitrary.ts';
import { on, run, type Said, type Step } from './wit-table/rows.ts';
import { type Listed, listFunctions } from './wit-table/switchboard.ts';

/** Objects of every kind, by the names that steps give them. */
const known: Known = {
  'wasi:filesystem/types@0.2.6#descriptor': ['$dirs.0.0', '$var', '$file', '$page'],
  'wasi:filesystem/types@0.2.6#directory-entry-stream': ['$entries'],
  'wasi:io/error@0.2.6#error': ['$failure.val'],
  'wasi:io/poll@0.2.6#pollable': ['$ready', '$soon'],
  'wasi:io/streams@0.2.6#input-stream': ['$in', '$stdin'],
  'wasi:io/streams@0.2.6#output-stream': ['$out', '$stdout', '$failed'],
};

const open = (path: string, options: object, flags: object, as: string): Step =>
  on('$dirs.0.0', 'openAt', [{}, path, options, flags], as);
const both = { read: true, write: true };
const before: readonly Step[] = [
  run('wasi:filesystem/preopens.getDirectories', [], 'dirs'),
  open('var', {}, {}, 'var'),
  open('tmp/always', { create: true }, both, 'file'),
  open('www/page', {}, { read: true }, 'page'),
  on('$var', 'readDirectory', [], 'entries'),
  on('$file', 'readViaStream', [0], 'in'),
  on('$file', 'writeViaStream', [0], 'out'),
  on('$file', 'writeViaStream', [10_000_000], 'failed'),
  on('$failed', 'blockingWriteAndFlush', [{ bytes: 'x' }], 'failure'),
  run('wasi:cli/stdin.getStdin', [], 'stdin'),
  run('wasi:cli/stdout.getStdout', [], 'stdout'),
  run('wasi:clocks/monotonic-clock.subscribeDuration', [0], 'ready'),
  run('wasi:clocks/monotonic-clock.subscribeDuration', [1000], 'soon'),
];

/** A call of any of the functions; sleeping and leaving are tested elsewhere. */
function anyStep(wit: Wit, listed: readonly Listed[]): fc.Arbitrary<Step> {
  return fc.oneof(
    ...listed
      .filter(({ name }) => !name.includes('cli/exit'))
      .map(({ face, fn, resource }) => {
        const name = camel(fn.name);
        const args = argumentsOf(fn, face, { wit, known });
        if (resource === undefined)
          return args.map((values) => run(`${face.id.replace(/@.*/, '')}.${name}`, values));
        const targets = known[`${face.id}#${resource}`] ?? assert.fail(resource);
        return fc
          .tuple(fc.constantFrom(...targets), args)
          .map(([target, values]) => on(target, name, values));
      }),
  );
}

const TRAPS = new Set(['WASI_LIMIT', 'WASI_POLL', 'WASI_EXIT', 'LIMIT_BYTES', 'LIMIT_VALUES']);

for (const workers of [0, 2]) {
  test(`random calls with random arguments, in ${workers || 'no'} threads`, async () => {
    await using world = await createWorld({ workers });
    const wit = readWit(await readWitFolders([new URL('../../wit/', import.meta.url)]));
    const listed = listFunctions(wit, /^wasi:/);
    const app = await world.load(await moduleGuest('wasi/ts'));
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep(wit, listed), { minLength: 1, maxLength: 20 }), async (steps) => {
        try {
          const said = JSON.parse(await app.ask('/', JSON.stringify([...before, ...steps]))) as Said[];
          assert.equal(said.length, before.length + steps.length);
          for (const { err } of said.slice(before.length)) {
            const code = (err as { readonly tag?: unknown } | null | undefined)?.tag ?? err;
            assert.ok(code === undefined || typeof code === 'string', JSON.stringify(err));
          }
        } catch (error) {
          if (!isCoded(error)) throw error;
          const { code } = (error.cause ?? error) as CodedError;
          assert.ok(TRAPS.has(code), `${error.code} ${code} ${error.message}`);
        }
      }),
      { seed, numRuns: count(5_000) },
    );
    assert.deepEqual((await readdir(world.folder)).sort(), ['apps', 'secret', 'www']);
    assert.equal(await readFile(join(world.folder, 'secret'), 'utf8'), 'not for guests');
    assert.equal(await readFile(join(world.folder, 'www', 'page'), 'utf8'), 'a page');
    assert.deepEqual(
      world.log.lines.filter(({ level }) => level === 'error'),
      [],
    );
  });
}
