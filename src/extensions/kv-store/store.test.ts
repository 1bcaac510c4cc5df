import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { isCoded } from '../../lib/errors.ts';
import { createMemoryStore } from './memory.ts';
import { openSqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';
import { type KvValue, sizeOf } from './value.ts';

const samples: readonly KvValue[] = [
  { tag: 'kv-string', val: '' },
  { tag: 'kv-string', val: 'é\0😀\n' },
  { tag: 'kv-s64', val: -(2n ** 63n) },
  { tag: 'kv-s64', val: 2n ** 63n - 1n },
  { tag: 'kv-u64', val: 2n ** 64n - 1n },
  { tag: 'kv-f64', val: -0 },
  { tag: 'kv-f64', val: Number.NaN },
  { tag: 'kv-f64', val: Number.NEGATIVE_INFINITY },
  { tag: 'kv-f64', val: Number.MIN_VALUE },
  { tag: 'kv-bstr', val: new Uint8Array() },
  { tag: 'kv-bstr', val: Uint8Array.of(0, 255, 0) },
  { tag: 'kv-cbor', val: Uint8Array.of(0xa0) },
  { tag: 'kv-json', val: 'not checked' },
];

const keys = [
  '',
  'a',
  'A',
  'a\0',
  'a\0b',
  'é',
  'e\u0301',
  '😀',
  'k'.repeat(1_024),
  "'; DROP TABLE kv; --",
  '__proto__',
];

function same(found: KvValue | undefined, expected: KvValue): void {
  assert.equal(found?.tag, expected.tag);
  const bytes = (val: unknown): unknown => (val instanceof Uint8Array ? [...val] : val);
  assert.deepEqual(bytes(found?.val), bytes(expected.val));
}

/** What every backend owes; `open` opens an empty store of its own. */
function suite(name: string, open: () => Promise<{ readonly store: Store } & AsyncDisposable>): void {
  test(`${name}: gives back every kind of value`, async () => {
    await using opened = await open();
    for (const value of samples) {
      opened.store.set('key', value);
      same(opened.store.get('key'), value);
    }
  });

  test(`${name}: keeps keys apart that differ in one byte`, async () => {
    await using opened = await open();
    for (const key of keys) opened.store.set(key, { tag: 'kv-string', val: `of ${key}` });
    for (const key of keys) same(opened.store.get(key), { tag: 'kv-string', val: `of ${key}` });
    assert.equal(opened.store.measure().keys, keys.length);
  });

  test(`${name}: has nothing under other keys and after a deletion`, async () => {
    await using opened = await open();
    assert.equal(opened.store.get('toString'), undefined);
    opened.store.set('key', samples[0]!);
    opened.store.delete('key');
    opened.store.delete('never there');
    assert.equal(opened.store.get('key'), undefined);
    assert.deepEqual(opened.store.measure(), { keys: 0, bytes: 0 });
  });

  test(`${name}: measures keys and values in bytes`, async () => {
    await using opened = await open();
    let bytes = 0;
    for (const [index, value] of samples.entries()) {
      opened.store.set(`é${index}`, value);
      bytes += Buffer.byteLength(`é${index}`) + sizeOf(value);
      assert.deepEqual(opened.store.measure(), { keys: index + 1, bytes });
    }
  });

  test(`${name}: shares no bytes with its caller`, async () => {
    await using opened = await open();
    const given = Uint8Array.of(1, 2, 3);
    opened.store.set('key', { tag: 'kv-bstr', val: given });
    given.fill(9);
    (opened.store.get('key')!.val as Uint8Array).fill(9);
    same(opened.store.get('key'), { tag: 'kv-bstr', val: Uint8Array.of(1, 2, 3) });
  });

  test(`${name}: is disposed twice without harm`, async () => {
    await using opened = await open();
    opened.store[Symbol.dispose]();
    opened.store[Symbol.dispose]();
  });
}

suite('memory', async () => {
  const store = createMemoryStore();
  return { store, [Symbol.asyncDispose]: async () => store[Symbol.dispose]() };
});

suite('sqlite', async () => {
  const folder = await temporary();
  const store = openSqliteStore(join(folder.path, 'app.sqlite'));
  return {
    store,
    async [Symbol.asyncDispose]() {
      store[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
});

test('an SQLite store is still there when it is opened again, and leaves one file', async () => {
  await using folder = await temporary();
  const path = join(folder.path, 'app.sqlite');
  {
    using store = openSqliteStore(path);
    for (const [index, value] of samples.entries()) store.set(String(index), value);
  }
  assert.deepEqual(await readdir(folder.path), ['app.sqlite']);
  using store = openSqliteStore(path);
  for (const [index, value] of samples.entries()) same(store.get(String(index)), value);
});

function refuses(path: string): void {
  assert.throws(
    () => openSqliteStore(path),
    (error) => isCoded(error) && error.code === 'KV_OPEN' && error.detail['path'] === path,
  );
}

test('a file that is no database is refused and left as it is', async () => {
  await using folder = await temporary();
  const path = join(folder.path, 'app.sqlite');
  await writeFile(path, 'This is not a database, but it is long enough to be read as one. '.repeat(100));
  refuses(path);
  refuses(join(folder.path, 'missing', 'app.sqlite'));
  refuses(folder.path);
});

test('a database of somebody else, or of a later engine, is refused', async () => {
  await using folder = await temporary();
  const foreign = join(folder.path, 'foreign.sqlite');
  using other = new DatabaseSync(foreign);
  other.exec('CREATE TABLE notes (text)');
  refuses(foreign);
  const later = join(folder.path, 'later.sqlite');
  openSqliteStore(later)[Symbol.dispose]();
  using newer = new DatabaseSync(later);
  newer.exec('PRAGMA user_version = 99');
  refuses(later);
});

test('a row that nobody of us wrote is an error with a code, not a wrong value', async () => {
  await using folder = await temporary();
  const path = join(folder.path, 'app.sqlite');
  using store = openSqliteStore(path);
  using other = new DatabaseSync(path);
  const insert = other.prepare('INSERT INTO kv VALUES (?, ?, ?)');
  insert.run(Buffer.from('unknown'), 7, Buffer.from('x'));
  insert.run(Buffer.from('short'), 1, Buffer.from('x'));
  for (const key of ['unknown', 'short']) assert.throws(() => store.get(key), { code: 'KV_STORAGE' });
});

async function temporary(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'hermes-kv-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
