import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { count } from '../../../test/count.ts';

const runs = count(50, 3);

/** The last number that the writer said before it was killed. */
async function killAfter(folder: string, what: string, numbers: number): Promise<number> {
  const script = join(import.meta.dirname, 'fixtures/writer.ts');
  const child: ChildProcess = spawn(process.execPath, [script, folder, what], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let last = -1;
  let said = 0;
  for await (const line of createInterface({ input: child.stdout! })) {
    last = Number(line);
    said += 1;
    if (said === numbers) child.kill('SIGKILL');
  }
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL', 'the writer ended by itself');
  return last;
}

test(`the engine killed while it writes, ${runs} times: a sound file with all that was told of`, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-sqlite-crash-'));
  let told = -1;
  for (let run = 0; run < runs; run++) {
    told = await killAfter(folder.path, String(told + 1), 20 + ((run * 97) % 400));
    using database = new DatabaseSync(join(folder.path, 'shop.sqlite'), { timeout: 20_000 });
    assert.equal(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
    const found = database.prepare('SELECT count(*) AS rows, max(n) AS n FROM log').get();
    const latest = database.prepare('SELECT n FROM latest WHERE id = 1').get();
    assert.ok(Number(found?.['n']) >= told, `Found ${found?.['n']} where ${told} had been told`);
    assert.equal(found?.['n'], latest?.['n'], 'a transaction is whole');
    assert.equal(found?.['rows'], Number(found?.['n']) + 1, 'none is left out');
    told = Number(found?.['n']);
  }
});

test('processes end with an engine that is killed, also in the middle of a statement that has the lock', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-sqlite-crash-'));
  await killAfter(folder.path, 'endless', 1);
  using database = new DatabaseSync(join(folder.path, 'shop.sqlite'), { timeout: 20_000 });
  database.exec('BEGIN IMMEDIATE');
  assert.equal(database.prepare('SELECT count(*) AS n FROM latest').get()?.['n'], 0);
});
