import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { count } from '../../../test/count.ts';
import { openSqliteStore } from './sqlite.ts';

const runs = count(50, 3);

/** Writes for ever; says each write's number when it has returned. Values are large, so that checkpoints happen. */
const writer = `
import { openSqliteStore } from ${JSON.stringify(new URL('./sqlite.ts', import.meta.url).href)};
import { writeSync } from 'node:fs';
const store = openSqliteStore(process.argv[1]);
for (let n = Number(process.argv[2]); ; n++) {
  store.set('count', { tag: 'kv-u64', val: BigInt(n) });
  store.set('value/' + (n % 7), { tag: 'kv-string', val: (n + ' ').repeat(1 + (n % 20_000)) });
  writeSync(1, n + '\\n');
}
`;

test(`killed while it writes, ${runs} times: the file is sound and has every write that was told of`, async () => {
  await using folder = await temporary();
  const path = join(folder.path, 'app.sqlite');
  let told = -1;
  for (let run = 0; run < runs; run++) {
    told = await killAfter(path, { first: told + 1, writes: 20 + ((run * 97) % 400) });
    using database = new DatabaseSync(path);
    assert.equal(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
    using store = openSqliteStore(path);
    const found = Number(store.get('count')?.val);
    assert.ok(found >= told, `Found ${found} where ${told} had been told`);
    const text = String(store.get(`value/${told % 7}`)?.val);
    const n = Number.parseInt(text, 10);
    assert.ok(n === told || n === told + 7, `Found ${n} where ${told} had been told`);
    assert.equal(text, `${n} `.repeat(1 + (n % 20_000)), 'a value is whole');
  }
});

interface Run {
  readonly first: number;
  /** How many of them to wait for before the kill. */
  readonly writes: number;
}

/** The last write that the child told of before it was killed. */
async function killAfter(path: string, { first, writes }: Run): Promise<number> {
  const args = ['--input-type=module', '--eval', writer, path, String(first)];
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let last = first - 1;
  for await (const line of createInterface({ input: child.stdout! })) {
    last = Number(line);
    if (last - first >= writes) child.kill('SIGKILL');
  }
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL', 'the child ended by itself');
  return last;
}

async function temporary(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'hermes-kv-crash-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
