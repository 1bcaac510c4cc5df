import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../../test/count.ts';
import { type GuestDatabase, type GuestStatement, openShop, type Shop } from './fixtures/harness.ts';
import type { Errno, Value } from './generated/api.ts';

let shop: Shop;
before(async () => {
  shop = await openShop({ config: { maxBytes: 1_048_576, maxValue: 262_144 } });
});
after(() => shop[Symbol.asyncDispose]());

const tags: ReadonlySet<Errno['tag']> = new Set<Errno['tag']>([
  'sqlite',
  'converting-c-string',
  'forbidden-pragma-command',
  'returned-null-pointer',
  'converting-numeric',
]);

/** Whatever a call throws is an `errno`. */
async function typed<T>(run: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    const { tag, val } = error as { tag: Errno['tag']; val?: unknown };
    assert.ok(tags.has(tag), String((error as Error)?.stack ?? error));
    if (tag === 'sqlite')
      assert.ok(Number.isInteger(val) && Number(val) > 0 && Number(val) < 256, String(val));
    return undefined;
  }
}

const words = (
  'SELECT INSERT INTO UPDATE DELETE FROM WHERE VALUES SET CREATE TABLE TEMP DROP INDEX ON t u a b c * ( ) , ; = + - ? ' +
  "?1 ?7 :a @b $c 'x' \"y\" [z] `q` x'00' 1 2.5 NULL BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE PRAGMA ATTACH VACUUM " +
  'ORDER BY LIMIT UNION ALL WITH RETURNING AS count(*) randomblob(9) /* */ -- IF NOT EXISTS UNIQUE EXPLAIN'
).split(' ');
const statements = [
  'CREATE TABLE IF NOT EXISTS t(a INTEGER PRIMARY KEY, b, c UNIQUE)',
  'CREATE TABLE IF NOT EXISTS u(a, b)',
  'INSERT INTO u VALUES (?, ?)',
  'INSERT INTO t VALUES (?, :b, ?)',
  'INSERT INTO t(b) VALUES (?) RETURNING a, b',
  'SELECT * FROM t ORDER BY b LIMIT ?',
  'SELECT ?1, ?3, :x, typeof(?1)',
  'UPDATE t SET b = ? WHERE a > ?',
  'DELETE FROM u WHERE rowid % 3 = 0',
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'DROP TABLE IF EXISTS u',
];
const sql = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...statements) },
  {
    weight: 2,
    arbitrary: fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((found) => found.join(' ')),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }) },
);
const value: fc.Arbitrary<Value> = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((val) => ({ tag: 'blob', val }) as const),
  fc.double().map((val) => ({ tag: 'double', val }) as const),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((val) => ({ tag: 'int32', val }) as const),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((val) => ({ tag: 'int64', val }) as const),
  fc.constant({ tag: 'null' } as const),
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((val) => ({ tag: 'text', val }) as const),
  fc
    .record({ seconds: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), nanoseconds: fc.nat(2 ** 31 - 1) })
    .map((val) => ({ tag: 'datetime', val }) as const),
);
const index = fc.oneof(fc.nat(8), fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1));
const call = fc.oneof(
  fc.record({ what: fc.constantFrom('prepare', 'prepare', 'execute'), sql, of: fc.nat(3) }),
  fc.record({ what: fc.constant('bind'), index, value, of: fc.nat(9) }),
  fc.record({ what: fc.constantFrom('step', 'step', 'step', 'reset', 'finalize', 'drop'), of: fc.nat(9) }),
  fc.record({ what: fc.constant('column'), index, of: fc.nat(9) }),
);
type Random = { readonly what: string; readonly of: number } & {
  readonly sql?: string;
  readonly index?: number;
  readonly value?: Value;
};

async function perform(
  made: Random,
  databases: readonly GuestDatabase[],
  open: GuestStatement[],
): Promise<void> {
  const { what, of, sql = '', index = 0, value = { tag: 'null' } } = made;
  const database = databases[of % databases.length]!;
  const statement = open[of % Math.max(1, open.length)];
  if (what === 'execute') return typed(() => database.execute(sql));
  if (what === 'prepare') {
    const prepared = await typed(() => database.prepare(sql));
    if (prepared) open.push(prepared);
    return;
  }
  if (!statement) return;
  if (what === 'bind') await typed(() => statement.bindAt(index, value));
  else if (what === 'column') await typed(() => statement.column(index));
  else await typed<unknown>(() => statement[what as 'step' | 'reset' | 'finalize' | 'drop']());
  if (what === 'finalize' || what === 'drop') open.splice(open.indexOf(statement), 1);
}

test('random calls with random arguments: every error is one of the WIT', {
  timeout: 3_600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 50, size: 'max' }), async (calls) => {
      using event = shop.event();
      const databases = [await event.open(), await event.open({ memory: true })];
      for (const memory of [false, true]) {
        const reader = await typed(() => event.open({ readonly: true, memory }));
        if (reader) databases.push(reader);
      }
      const open: GuestStatement[] = [];
      for (const made of calls) await perform(made as Random, databases, open);
      for (const database of databases) {
        const info = database.errcode();
        assert.ok(info === undefined || (info.code > 0 && info.message.length > 0), JSON.stringify(info));
      }
      assert.ok(shop.binding);
    }),
    { numRuns: count(4_000, 40), seed },
  );
});

test('random inserts in transactions, answered or not, leave what a map would', {
  timeout: 3_600_000,
}, async () => {
  const action = fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record({ table: fc.constantFrom('plain', 'plain', 'keyed'), key: fc.nat(40) }),
    },
    fc.constantFrom('UNIQUE', 'UNIQUE', 'SAVEPOINT s', 'ROLLBACK TO s', 'COMMIT', 'BEGIN', 'ROLLBACK'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 60, size: 'max' }), async (actions) => {
      using event = shop.event();
      const db = await event.open({ memory: true });
      const oracle = await event.open();
      // The same on a database whose every statement is answered, because its text is compiled anew each time.
      for (const database of [db, oracle]) {
        await database.execute(`DROP TABLE IF EXISTS plain; DROP TABLE IF EXISTS keyed;
          CREATE TABLE plain(id INTEGER PRIMARY KEY, v); CREATE TABLE keyed(v UNIQUE); BEGIN`);
      }
      const inserts = {
        plain: await db.prepare('INSERT INTO plain(v) VALUES (?)'),
        keyed: await db.prepare('INSERT INTO keyed(v) VALUES (?)'),
      };
      for (const made of actions) {
        const sql = made === 'UNIQUE' ? 'CREATE UNIQUE INDEX IF NOT EXISTS x ON plain(v)' : made;
        if (typeof sql === 'string') {
          const [mine, theirs] = [
            await failing(() => db.execute(sql)),
            await failing(() => oracle.execute(sql)),
          ];
          assert.deepEqual(mine, theirs, sql);
          continue;
        }
        const statement = inserts[sql.table];
        statement.bindAt(1, { tag: 'int32', val: sql.key });
        const mine = await failing(() => statement.step());
        await failing(() => statement.reset());
        const theirs = await failing(() => oracle.execute(`INSERT INTO ${sql.table}(v) VALUES (${sql.key})`));
        assert.deepEqual(mine, theirs, JSON.stringify(sql));
      }
      for (const table of ['plain', 'keyed']) {
        const rows = `SELECT group_concat(rowid || ':' || v) FROM ${table}`;
        assert.deepEqual(await db.query(rows), await oracle.query(rows), table);
      }
    }),
    { numRuns: count(3_000, 30), seed },
  );
});

async function failing(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error;
  }
}
