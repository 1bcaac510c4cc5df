import assert from 'node:assert/strict';
import { cp, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { complies, fakeContext } from '../../testkit/index.ts';
import { openShop } from './fixtures/harness.ts';
import type { Value } from './generated/api.ts';
import { sqlite } from './index.ts';

complies(sqlite);

const text = (val: string): Value => ({ tag: 'text', val });
const int = (val: number): Value => ({ tag: 'int32', val });
const failed = (val: number) => ({ tag: 'sqlite', val });

test('open, close and open again, several at once: one connection, which closing leaves as it is', async () => {
  await using shop = await openShop();
  using event = shop.event();
  for (const memory of [false, true]) {
    const handles = await Promise.all([
      event.open({ memory }),
      event.open({ memory }),
      event.open({ memory }),
    ]);
    await handles[0].execute('CREATE TABLE t(v); BEGIN; INSERT INTO t VALUES (1)');
    for (const handle of handles) handle.close();
    const again = await event.open({ memory });
    assert.deepEqual(await again.query('SELECT count(*) FROM t'), [int(1)]);
    await handles[1].execute('ROLLBACK');
    assert.deepEqual(await again.query('SELECT count(*) FROM t'), [int(0)]);
  }
});

test('values come back as they were stored, integers in the smaller type that fits', async () => {
  await using shop = await openShop();
  using event = shop.event();
  const db = await event.open();
  const cases: readonly (readonly [Value, Value?])[] = [
    [int(-1)],
    [int(2 ** 31 - 1)],
    [int(-(2 ** 31))],
    [{ tag: 'int64', val: 5n }, int(5)],
    [{ tag: 'int64', val: 2n ** 31n }],
    [{ tag: 'int64', val: -(2n ** 63n) }],
    [{ tag: 'double', val: 1 }],
    [{ tag: 'double', val: -0.1 }],
    [{ tag: 'double', val: Number.POSITIVE_INFINITY }],
    [{ tag: 'double', val: Number.NaN }, { tag: 'null' }],
    [{ tag: 'null' }],
    [text('')],
    [text('Grüße, 世界 🎉')],
    [{ tag: 'blob', val: new Uint8Array([0, 1, 255]) }],
    [{ tag: 'blob', val: new Uint8Array() }],
    [{ tag: 'datetime', val: { seconds: 0n, nanoseconds: 1 } }, text('1970-01-01 00:00:00.000000001')],
    [
      { tag: 'datetime', val: { seconds: 253_402_300_799n, nanoseconds: 999_999_999 } },
      text('9999-12-31 23:59:59.999999999'),
    ],
  ];
  const statement = await db.prepare('SELECT ?1, typeof(?1)');
  for (const [stored, found = stored] of cases) {
    statement.bind(stored);
    assert.equal(await statement.step(), 'row');
    assert.deepEqual(statement.column(0), found);
    assert.deepEqual(statement.column(2), { tag: 'null' }, 'behind the last column');
    assert.equal(await statement.step(), 'done');
    assert.deepEqual(statement.column(0), { tag: 'null' }, 'behind the last row');
    await statement.reset();
  }
  const dated = { tag: 'datetime', val: { seconds: 86_400n, nanoseconds: 0 } } as const;
  assert.deepEqual(await db.query("SELECT strftime('%d', ?)", dated), [text('02')]);
});

test('arguments out of range, texts with NUL and times that are none are refused in the words of the WIT', async () => {
  await using shop = await openShop();
  using event = shop.event();
  const db = await event.open();
  const statement = await db.prepare('SELECT ?, :name, ?5');
  const numeric = { tag: 'converting-numeric' };
  for (const index of [0, 6, 2 ** 31 - 1]) assert.throws(() => statement.bindAt(index, int(1)), failed(25));
  assert.deepEqual(db.errcode(), { code: 25, message: 'column index out of range' });
  for (const index of [2 ** 31, 2 ** 32 - 1]) {
    assert.throws(() => statement.bindAt(index, int(1)), numeric);
    assert.throws(() => statement.column(index), numeric);
  }
  for (const [seconds, nanoseconds] of [
    [253_402_300_800n, 0],
    [2n ** 64n - 1n, 0],
    [0n, 1_000_000_000],
  ] as const) {
    assert.throws(() => statement.bindAt(1, { tag: 'datetime', val: { seconds, nanoseconds } }), numeric);
  }
  const nul = { tag: 'converting-c-string' };
  assert.throws(() => statement.bindAt(1, text('a\0b')), nul);
  await assert.rejects(db.prepare('SELECT 1\0'), nul);
  await assert.rejects(db.execute('SELECT 1\0'), nul);
  for (const empty of ['', ' ;\n', '-- nothing', '/* nothing'])
    await assert.rejects(db.prepare(empty), { tag: 'returned-null-pointer' });
  await db.execute('');
  await db.execute('-- nothing');
  statement.bindAt(1, int(1));
  statement.bindAt(2, int(2));
  statement.bindAt(5, int(5));
  assert.equal(await statement.step(), 'row');
  assert.deepEqual(
    [0, 1, 2].map((index) => statement.column(index)),
    [int(1), int(2), int(5)],
  );
});

test('a statement: misuse, starting again, resetting, errors told once more', async () => {
  await using shop = await openShop();
  using event = shop.event();
  const db = await event.open();
  await db.execute('CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT UNIQUE)');
  const insert = await db.prepare('INSERT INTO t(v) VALUES (?)');
  insert.bind(text('a'));
  assert.equal(await insert.step(), 'done');
  assert.throws(() => insert.bind(text('b')), failed(21), 'stepped, not reset');
  await assert.rejects(insert.step(), failed(19), 'runs again with the same parameter');
  assert.deepEqual(db.errcode(), { code: 19, message: 'UNIQUE constraint failed: t.v' });
  await assert.rejects(insert.reset(), failed(19), 'as SQLite does');
  await insert.reset();
  assert.equal(await insert.step(), 'done');
  assert.deepEqual(
    await db.query('SELECT count(*) FROM t WHERE v IS NULL'),
    [int(1)],
    'parameters are NULL again',
  );
  await insert.reset();
  insert.bind(text('a'));
  await assert.rejects(insert.step(), failed(19));
  await assert.rejects(insert.finalize(), failed(19));
  assert.equal(db.errcode()?.code, 19);
  await assert.rejects(db.prepare('SELECT * FROM user'), failed(1));
  assert.deepEqual(db.errcode(), { code: 1, message: 'no such table: user' });
  await db.execute('SELECT 1; SELECT 2');
  assert.equal(db.errcode(), undefined);
});

test('prepare takes the first statement, execute all up to the first that fails', async () => {
  await using shop = await openShop();
  using event = shop.event();
  const db = await event.open();
  assert.deepEqual(await db.query('SELECT 1; SELEKT'), [int(1)]);
  await db.execute('CREATE TABLE t(v); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)');
  await assert.rejects(db.execute('INSERT INTO t VALUES (3); SELEKT; INSERT INTO t VALUES (4)'), failed(1));
  assert.deepEqual(await db.query('SELECT v FROM t'), [int(1), int(2), int(3)]);
  assert.deepEqual(await db.query('UPDATE t SET v = v + 1 WHERE v = 1 RETURNING v'), [int(2)]);
  await db.execute('BEGIN; COMMIT');
  await assert.rejects(db.execute('ROLLBACK'), failed(1), 'there is no transaction');
});

test('PRAGMA in every form, other files and code are refused', async () => {
  await using shop = await openShop();
  using event = shop.event();
  const db = await event.open();
  await db.execute('CREATE TABLE t(v)');
  const pragmas = [
    'PRAGMA user_version',
    'pragma/**/user_version',
    'PrAgMa\tuser_version = 1',
    '/* a */ -- b\nPRAGMA\nmain.journal_mode = DELETE',
    'EXPLAIN PRAGMA user_version',
    "SELECT * FROM pragma_table_info('t')",
    'SELECT * FROM main.pragma_database_list',
  ];
  for (const sql of pragmas) {
    await assert.rejects(db.query(sql), { tag: 'forbidden-pragma-command' }, sql);
    assert.equal(db.errcode()?.code, 23, sql);
    await assert.rejects(db.execute(sql), { tag: 'forbidden-pragma-command' }, sql);
    await assert.rejects(db.execute(`SELECT 1; ${sql}`), { tag: 'forbidden-pragma-command' }, sql);
  }
  const other = join(await shop.context.folder(), 'other.sqlite');
  const refused = [
    `ATTACH '${other}' AS o`,
    'attach/**/":memory:" as o',
    'DETACH main',
    `VACUUM INTO '${other}'`,
  ];
  for (const sql of [...refused, 'VACUUM']) {
    await assert.rejects(db.query(sql), failed(23), sql);
    await assert.rejects(db.execute(sql), failed(23), sql);
  }
  for (const sql of ["SELECT load_extension('x')", "SELECT fts3_tokenizer('simple')"])
    await assert.rejects(db.query(sql), failed(1), sql);
  await assert.rejects(
    db.execute("UPDATE sqlite_schema SET sql = ''"),
    failed(1),
    'the schema is not writable',
  );
  assert.deepEqual(await db.query("SELECT 'PRAGMA x'"), [text('PRAGMA x')], 'a text is no command');
  assert.deepEqual(
    (await readdir(await shop.context.folder())).filter((name) => name.startsWith('other')),
    [],
  );
});

test('readonly: nothing is made, nothing is written, what is there is read', async () => {
  await using shop = await openShop();
  using event = shop.event();
  for (const memory of [false, true]) {
    await assert.rejects(event.open({ readonly: true, memory }), failed(14));
    const db = await event.open({ memory });
    await db.execute('CREATE TABLE t(v); INSERT INTO t VALUES (1)');
    const reader = await event.open({ readonly: true, memory });
    assert.deepEqual(await reader.query('SELECT v FROM t'), [int(1)]);
    await assert.rejects(reader.execute('INSERT INTO t VALUES (2)'), failed(8));
  }
});

test('the lasting database is there after a restart, what was in memory is not, though a file was left', async () => {
  await using context = fakeContext();
  const count = async (memory: boolean): Promise<readonly Value[]> => {
    await using shop = await openShop({}, context);
    using event = shop.event();
    const db = await event.open({ memory });
    await db.execute('CREATE TABLE IF NOT EXISTS t(v); INSERT INTO t VALUES (1)');
    return await db.query('SELECT count(*) FROM t');
  };
  const folder = await context.folder();
  for (const found of [1, 2]) {
    assert.deepEqual(await count(false), [int(found)]);
    await cp(join(folder, 'shop.sqlite'), join(folder, 'shop.memory.sqlite'));
    assert.deepEqual(await count(true), [int(1)]);
  }
});

test('files are the owner’s alone, and memory leaves none', async () => {
  await using shop = await openShop();
  {
    using event = shop.event();
    for (const memory of [false, true]) await (await event.open({ memory })).execute('CREATE TABLE t(v)');
    const folder = await shop.context.folder();
    const names = await readdir(folder);
    assert.ok(names.includes('shop.sqlite') && names.includes('shop.memory.sqlite'), names.join());
    for (const name of names) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name);
  }
  await shop.binding[Symbol.asyncDispose]();
  assert.deepEqual(await readdir(await shop.context.folder()), ['shop.sqlite']);
});

test('a database has a size, and so has a value', async () => {
  await using shop = await openShop({ config: { maxBytes: 262_144, maxValue: 262_144 } });
  using event = shop.event();
  const db = await event.open();
  await db.execute('CREATE TABLE t(v)');
  await assert.rejects(
    db.execute('INSERT INTO t SELECT randomblob(200000) FROM (VALUES (1), (2))'),
    failed(13),
  );
  await assert.rejects(db.query('SELECT zeroblob(300000)'), failed(18));
  await assert.rejects(db.prepare(`SELECT '${'x'.repeat(300_000)}'`), failed(18));
  assert.deepEqual(await db.query('SELECT count(*) FROM t'), [int(0)], 'all goes on');
});

test('a statement that needs too much memory costs its event the process, and nobody else', async () => {
  await using shop = await openShop({ config: { maxMemory: 150_000_000 } });
  using greedy = shop.event();
  using other = shop.event();
  const db = await other.open();
  await db.execute('CREATE TABLE t(v); BEGIN; INSERT INTO t VALUES (1)');
  const big = await greedy.open();
  const series = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)';
  const lost = { code: 'SQLITE_MEMORY', blame: 'guest' };
  await assert.rejects(big.query(`${series} SELECT randomblob(10000) AS b FROM n ORDER BY b`), lost);
  await assert.rejects(
    big.query('SELECT 1'),
    lost,
    'the event has lost its transaction, so it goes on with nothing',
  );
  await db.execute('COMMIT');
  using next = shop.event();
  assert.deepEqual(await (await next.open()).query('SELECT v FROM t'), [int(1)]);
});

test('rows come in batches, and an INSERT that cannot fail asks nothing', async () => {
  await using shop = await openShop();
  using event = shop.event();
  const db = await event.open();
  await db.execute('CREATE TABLE t(id INTEGER PRIMARY KEY, v); CREATE INDEX i ON t(v); BEGIN');
  const asked = async (run: () => Promise<unknown>): Promise<number> => {
    const before = event.asked;
    await run();
    return event.asked - before;
  };
  const fill = async (sql: string): Promise<void> => {
    for (let n = 0; n < 100; n++) {
      const insert = await db.prepare(sql);
      insert.bind(int(n));
      assert.equal(await insert.step(), 'done');
      await insert.finalize();
    }
  };
  assert.equal(await asked(() => fill('INSERT INTO t(v) VALUES (?)')), 2, 'to prepare, and for the first');
  assert.equal(await asked(() => fill('INSERT INTO t(v) VALUES (? + 1)')), 101, 'a conversion may fail');
  assert.equal(await asked(() => fill('INSERT INTO t(id) VALUES (? + 1000)')), 101, 'a key may be there');
  assert.equal(await asked(() => db.execute('COMMIT')), 1);
  assert.equal(await asked(() => fill('INSERT INTO t(v) VALUES (?)')), 101, 'each is a transaction');
  // 400 rows: 16, 32, 64, 128, 160; a batch also ends after 5 ms, which a machine that does other things may take.
  const batches = await asked(() => db.query('SELECT * FROM t'));
  assert.ok(batches >= 6 && batches < 40, `${batches} questions`);
  assert.deepEqual(await db.query('SELECT count(*) FROM t'), [int(400)]);
});

test('an INSERT that nobody waited for and that failed is told of by the next call, and undoes its transaction', async () => {
  await using shop = await openShop({ config: { maxBytes: 262_144 } });
  using event = shop.event();
  const db = await event.open();
  await db.execute('CREATE TABLE t(v)');
  for (const next of ['COMMIT', 'SELECT 1', 'INSERT INTO t VALUES (1)']) {
    await db.execute('BEGIN');
    const insert = await db.prepare('INSERT INTO t(v) VALUES (?)');
    for (let n = 0; n < 20; n++) {
      insert.bind({ tag: 'blob', val: new Uint8Array(20_000) });
      // As much as waits in one message is answered, so some of these may be told themselves.
      if ((await insert.step().catch((error: unknown) => error)) !== 'done') break;
      await insert.reset();
    }
    const told =
      db.errcode()?.code === 13 ? undefined : await db.query(next).catch((error: unknown) => error);
    assert.ok(told === undefined || (told as { val: number }).val === 13, JSON.stringify(told));
    assert.deepEqual(await db.query('SELECT count(*) FROM t'), [int(0)], next);
    await assert.rejects(db.execute('COMMIT'), failed(1), 'there is no transaction any more');
    await insert.finalize().catch(() => undefined);
  }
});

test('what was found out of a statement does not outlive the transaction: another event adds an index', async () => {
  await using shop = await openShop();
  using event = shop.event();
  using other = shop.event();
  const db = await event.open();
  await db.execute('CREATE TABLE t(v); BEGIN');
  const insert = await db.prepare('INSERT INTO t(v) VALUES (?)');
  for (const n of [1, 2]) {
    insert.bind(int(n));
    await insert.step();
    await insert.reset();
  }
  await db.execute('COMMIT');
  await (await other.open()).execute('CREATE UNIQUE INDEX u ON t(v)');
  await db.execute('BEGIN IMMEDIATE');
  insert.bind(int(3));
  await insert.step();
  await insert.reset();
  insert.bind(int(1));
  await assert.rejects(insert.step(), failed(19));
});

test('a large result can be left before its end, and lets go of its lock', async () => {
  await using shop = await openShop();
  using event = shop.event();
  using other = shop.event();
  const db = await event.open();
  const series = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000)';
  await db.execute(`CREATE TABLE t(v); INSERT INTO t ${series} SELECT i FROM n`);
  const second = await other.open();
  for (const end of ['reset', 'finalize', 'drop'] as const) {
    const update = await db.prepare('UPDATE t SET v = v + 1 RETURNING v');
    assert.equal(await update.step(), 'row');
    await update[end]();
    // Waits until the first event's statement has ended, and sees what it wrote.
    await second.execute('BEGIN IMMEDIATE');
    assert.deepEqual(await second.query('SELECT sum(v) FROM t'), await db.query('SELECT sum(v) FROM t'));
    await second.execute('COMMIT');
  }
  assert.deepEqual(await db.query('SELECT min(v) FROM t'), [int(4)]);
});

test('text with a NUL at its end, as the original engine wrote it, is read without', async () => {
  await using shop = await openShop();
  const path = join(await shop.context.folder(), 'shop.sqlite');
  {
    using database = new DatabaseSync(path);
    database.exec("CREATE TABLE t(v); INSERT INTO t VALUES (CAST(x'61626300' AS TEXT))");
  }
  using event = shop.event();
  assert.deepEqual(await (await event.open()).query('SELECT v FROM t'), [text('abc')]);
});

test('a file that is no database is told to the guest', async () => {
  await using shop = await openShop();
  await writeFile(join(await shop.context.folder(), 'shop.sqlite'), 'x'.repeat(5_000));
  using event = shop.event();
  await assert.rejects(event.open(), failed(26));
  await (await event.open({ memory: true })).execute('CREATE TABLE t(v)');
});
