/**
 * The table of host functions: every function of the WIT has a row, whose guest calls it, and which notices when the
 * function traps or answers no more than its type demands.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { readWitFolders } from '../../src/build/wit-files.ts';
import type { Clock } from '../../src/engine/extension.ts';
import type { CodedError } from '../../src/lib/errors.ts';
import type { Wit } from '../../src/lib/wit/model.ts';
import { readWit } from '../../src/lib/wit/read.ts';
import { createMemoryVfs } from '../../src/vfs/memory.ts';
import { DirectoryEntryStream } from '../../src/wasi/directory.ts';
import { Descriptor } from '../../src/wasi/filesystem.ts';
import { wasiImports } from '../../src/wasi/index.ts';
import { IoError } from '../../src/wasi/io-error.ts';
import { Pollable } from '../../src/wasi/poll.ts';
import { InputStream, OutputStream } from '../../src/wasi/streams.ts';
import { moduleGuest } from '../guests/module.ts';
import { createWorld, type TestApp, type World } from './wasi-world.ts';
import type { Row, Said } from './wit-table/rows.ts';
import {
  createSwitchboard,
  type Listed,
  listFunctions,
  type Mode,
  type Switchboard,
  type ZeroObjects,
} from './wit-table/switchboard.ts';
import { fileRows } from './wit-table/wasi-file-rows.ts';
import { wasiRows } from './wit-table/wasi-rows.ts';

const rows: readonly Row[] = [...wasiRows, ...fileRows];

/** What does as little as an object of its kind can, and yet not what the real one does. */
const objects: ZeroObjects = {
  'wasi:filesystem/types@0.2.6#descriptor': (call) => {
    const { sync } = createMemoryVfs({});
    return sync
      ? new Descriptor(call, { tree: sync, path: '/', identity: undefined })
      : assert.fail('it is in memory');
  },
  'wasi:filesystem/types@0.2.6#directory-entry-stream': (call) => new DirectoryEntryStream(call, []),
  'wasi:io/error@0.2.6#error': (call) => new IoError(call, 'io'),
  'wasi:io/poll@0.2.6#pollable': (call) => new Pollable(call, 2n ** 64n),
  'wasi:io/streams@0.2.6#input-stream': (call) =>
    new InputStream(call, { read: () => new Uint8Array(1), [Symbol.dispose]() {} }),
  'wasi:io/streams@0.2.6#output-stream': (call) =>
    new OutputStream(call, { write() {}, [Symbol.dispose]() {} }),
};

let wit: Wit;
let listed: readonly Listed[];
let board: Switchboard;
let world: World;
let app: TestApp;

before(async () => {
  wit = readWit(await readWitFolders([new URL('../../wit/', import.meta.url)]));
  listed = listFunctions(wit, /^wasi:/);
  board = createSwitchboard(wasiImports(), { wit, listed, objects });
  world = await createWorld({ workers: 0, imports: board.imports, clock: leapingClock() });
  const operator = {
    environment: { MODE: 'live' },
    arguments: ['--fast'],
    settings: { greeting: 'hello' },
    secrets: { token: 's3cret' },
    timeZone: 'Europe/Berlin',
  };
  app = await world.load(await moduleGuest('wasi/ts'), { config: { size: 3 }, operator });
});

after(() => world[Symbol.asyncDispose]());

test('every function of the WIT has one row', () => {
  const names = rows.map(({ name }) => name);
  assert.deepEqual(names.toSorted(), listed.map(({ name }) => name).toSorted());
});

/** Time stands still, but whoever sleeps for an hour has slept; deadlines are shorter. */
function leapingClock(): Clock {
  let [wall, steady] = [Temporal.Instant.from('2026-01-01T00:00Z'), 1_000_000n];
  return {
    now: () => wall,
    monotonic: () => steady,
    async sleepUntil(at, { signal }) {
      if (at.since(wall).total('hours') < 1) await once(signal, 'abort');
      signal.throwIfAborted();
      steady += at.epochNanoseconds - wall.epochNanoseconds;
      wall = at;
    },
  };
}

/** Plays a row; rejects when what it says is not so. */
async function play({ name, steps, last, check, ends, logged = [] }: Row, mode: Mode): Promise<void> {
  board.turn(name, mode);
  const before = world.log.lines.length;
  const answer = app.ask('/', JSON.stringify(steps));
  if (ends) {
    const error = await answer.then(
      () => assert.fail('the call went on'),
      (error: CodedError) => error.cause as CodedError,
    );
    assert.partialDeepStrictEqual({ code: error.code, detail: error.detail }, ends);
    return;
  }
  const said = JSON.parse(await answer) as readonly Said[];
  assert.equal(said.length, steps.length);
  if (last !== undefined) assert.deepEqual(said.at(-1), last);
  check?.(said);
  const lines = world.log.lines.slice(before).map(({ fields }) => `${fields['stream']} ${fields['text']}`);
  for (const line of logged) assert.ok(lines.includes(line), line);
}

for (const row of rows) {
  test(`${row.name} is called by a guest`, async () => {
    await play(row, 'as it is');
    await assert.rejects(play(row, 'trap'), 'a trap is noticed');
    if (row.zero === undefined) await assert.rejects(play(row, 'zero'), 'a zero is noticed');
    else await play(row, 'zero');
    await play(row, 'as it is');
  });
}
