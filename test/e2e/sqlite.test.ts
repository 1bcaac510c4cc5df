import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isHttpGateway } from '../../src/extensions/http-gateway/index.ts';
import { createNode, type Node } from '../../src/node.ts';
import { applicationOf } from '../../src/package/components.ts';
import { createCollector } from '../../src/telemetry/collector.ts';
import { createMemoryVfs } from '../../src/vfs/memory.ts';
import { count, long } from '../count.ts';
import { sqliteGuest } from '../guests/sqlite/build.ts';
import { type Answered, ask } from './support.ts';

let typescript: Uint8Array<ArrayBuffer>;
let c: Uint8Array<ArrayBuffer>;
before(async () => {
  typescript = await sqliteGuest('ts');
  c = await sqliteGuest('c');
});

type Step = readonly [what: string, ...words: unknown[]];

interface Shop extends AsyncDisposable {
  readonly node: Node;
  /** One event of the TypeScript module: what each step gave. */
  run(...steps: readonly Step[]): Promise<readonly unknown[]>;
  /** One request to the application `c`, or to that of the TypeScript module. */
  ask(app: 'ts' | 'c', path: string, body: string): Promise<Answered>;
}

interface ShopOptions {
  readonly workers: number;
  readonly wallClockMs?: number;
  readonly home?: string;
  /** Both unless given. */
  readonly apps?: readonly ('ts' | 'c')[];
}

/** A node with applications of one module each. */
async function openShop(options: ShopOptions): Promise<Shop> {
  const { workers, wallClockMs = 30_000, home, apps = ['ts', 'c'] } = options;
  await using stack = new AsyncDisposableStack();
  const path = home ?? stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-sqlite-'))).path;
  const config = { 'http-gateway': { port: 0 }, pool: { workers }, limits: { wallClockMs } };
  const node = stack.use(await createNode({ home: path, log: createCollector(), config }));
  for (const name of apps) {
    const bytes = name === 'c' ? c : typescript;
    await node.run(applicationOf({ name, components: [{ name: 'api', bytes }], vfs: createMemoryVfs({}) }));
  }
  const gateway = node.services.get('http-gateway');
  assert.ok(gateway && isHttpGateway(gateway));
  const { port } = gateway;
  const request = (app: 'ts' | 'c', path: string, body: string): Promise<Answered> =>
    ask({ port, host: `${app}.localhost`, method: 'POST', path }, { body });
  const running = stack.move();
  return {
    node,
    ask: request,
    async run(...steps) {
      const answer = await request('ts', '/api/run', JSON.stringify(steps));
      assert.equal(answer.status, 200, answer.text);
      return answer.json as readonly unknown[];
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const nothing = { ok: null };
const int = (val: number) => ({ tag: 'int32', val });
const text = (val: string) => ({ tag: 'text', val });

/** So many come while others do not end. */
const OTHERS = long ? Number.POSITIVE_INFINITY : 15;

for (const workers of [0, 2]) {
  describe(workers === 0 ? 'in one thread' : `with ${workers} workers`, { timeout: 120_000 }, () => {
    let shop: Shop;
    before(async () => {
      shop = await openShop({ workers });
    });
    after(() => shop[Symbol.asyncDispose]());

    test('what modules of the original engine do', async () => {
      const [a, b, d] = ['a', 'b', 'd'].map((name): Step => ['open', name, false, false]);
      const [closeA, closeB, closeD] = ['a', 'b', 'd'].map((name): Step => ['close', name]);
      const cases: readonly (readonly (Step | undefined)[])[] = [
        [a, closeA],
        [a, b, d, closeA, closeB, closeD],
        [a, closeA, b, closeB, d, closeD],
        [
          ['open', 'm', false, true],
          ['close', 'm'],
        ],
        [
          ['open', 'm', false, true],
          [
            'execute',
            'm',
            'CREATE TABLE IF NOT EXISTS people(id INTEGER PRIMARY KEY, name TEXT, age INTEGER)',
          ],
          ['close', 'm'],
        ],
        [
          ['open', 'm', false, true],
          ['prepare', 's', 'm', 'SELECT 1;'],
          ['finalize', 's'],
          ['close', 'm'],
        ],
        [
          ['open', 'm', false, true],
          ['prepare', 's', 'm', 'SELECT 1;'],
        ],
      ];
      for (const steps of cases) {
        const given = await shop.run(...(steps as readonly Step[]));
        for (const outcome of given) assert.deepEqual(outcome, nothing);
      }
      const dummy: readonly Step[] = [
        ['open', 'm', false, true],
        ['execute', 'm', 'CREATE TABLE dummy(id INTEGER PRIMARY KEY, value TEXT)'],
        ['prepare', 's', 'm', 'INSERT INTO dummy(value) VALUES (?)'],
        ['bind', 's', 1, text('Hello, World!')],
        ['step', 's'],
        ['finalize', 's'],
        ['prepare', 's', 'm', 'SELECT value FROM dummy WHERE id = 1'],
        ['step', 's'],
        ['column', 's', 0],
      ];
      assert.deepEqual((await shop.run(...dummy)).slice(-2), [{ ok: 'row' }, { ok: text('Hello, World!') }]);
    });

    test('every function, from C and from TypeScript', async () => {
      const { status, text: line } = await shop.ask('c', '/api/all', '');
      assert.deepEqual([status, line], [200, '0'], `line ${line} of main.c`);
      const given = await shop.run(
        ['open', 'db', false, false],
        ['execute', 'db', 'CREATE TABLE pairs(a, b)'],
        ['prepare', 's', 'db', 'INSERT INTO pairs VALUES (?, ?) RETURNING a, b'],
        ['bind', 's', 1, { tag: 'blob', val: [0, 255] }],
        ['bind', 's', 2, { tag: 'int64', val: 2 ** 40 }],
        ['bind', 's', 3, { tag: 'null' }],
        ['errcode', 'db'],
        ['step', 's'],
        ['column', 's', 0],
        ['column', 's', 1],
        ['reset', 's'],
        ['finalize', 's'],
        ['execute', 'db', 'PRAGMA user_version'],
        ['prepare', 's', 'db', 'SELECT a FROM pairs'],
        ['step', 's'],
        ['drop', 's'],
        ['close', 'db'],
        ['drop-database', 'db'],
      );
      assert.deepEqual(given.slice(5), [
        { err: { tag: 'sqlite', val: 25 } },
        { ok: { code: 25, message: 'column index out of range' } },
        { ok: 'row' },
        { ok: { tag: 'blob', val: [0, 255] } },
        { ok: { tag: 'int64', val: 2 ** 40 } },
        nothing,
        nothing,
        { err: { tag: 'forbidden-pragma-command' } },
        nothing,
        { ok: 'row' },
        nothing,
        nothing,
        nothing,
      ]);
    });

    test('an event that waits in a transaction hides what it wrote, and another waits for its lock', async () => {
      const database: Step = ['open', 'db', false, false];
      await shop.run(database, ['execute', 'db', 'CREATE TABLE shared(v)']);
      const first = shop.run(
        database,
        ['execute', 'db', "BEGIN IMMEDIATE; INSERT INTO shared VALUES ('first')"],
        ['say', 'wrote'],
        ['await', 'read'],
        ['query', 'db', 'SELECT v FROM shared'],
        ['execute', 'db', 'COMMIT'],
      );
      const second = shop.run(
        ['await', 'wrote'],
        database,
        ['query', 'db', 'SELECT v FROM shared'],
        ['say', 'read'],
        ['execute', 'db', "INSERT INTO shared VALUES ('second')"],
        ['query', 'db', 'SELECT v FROM shared'],
      );
      assert.deepEqual((await first).at(-2), { ok: [text('first')] });
      assert.deepEqual((await second).slice(2), [
        { ok: [] },
        nothing,
        nothing,
        { ok: [text('first'), text('second')] },
      ]);
    });

    test('what a trap leaves open is rolled back, what memory holds is for all events and ends with the application', async () => {
      await using home = await mkdtempDisposable(join(tmpdir(), 'hermes-sqlite-'));
      {
        await using shop = await openShop({ workers, home: home.path });
        for (const memory of [false, true]) {
          const database: Step = ['open', 'db', false, memory];
          await shop.run(database, ['execute', 'db', 'CREATE TABLE t(v); INSERT INTO t VALUES (1)']);
          const trap: readonly Step[] = [
            database,
            ['execute', 'db', 'BEGIN IMMEDIATE; INSERT INTO t VALUES (2)'],
            ['prepare', 's', 'db', 'SELECT v FROM t'],
            ['step', 's'],
            ['trap'],
          ];
          assert.equal((await shop.ask('ts', '/api/run', JSON.stringify(trap))).status, 502);
          const after = await shop.run(
            database,
            ['execute', 'db', 'BEGIN IMMEDIATE; INSERT INTO t VALUES (3); COMMIT'],
            ['query', 'db', 'SELECT v FROM t'],
          );
          assert.deepEqual(after.at(-1), { ok: [int(1), int(3)] });
        }
      }
      await using shop = await openShop({ workers, home: home.path });
      const found = await shop.run(
        ['open', 'db', false, false],
        ['query', 'db', 'SELECT v FROM t'],
        ['open', 'm', false, true],
        ['query', 'm', 'SELECT v FROM t'],
      );
      assert.deepEqual(found[1], { ok: [int(1), int(3)] });
      assert.deepEqual(found[3], { err: { tag: 'sqlite', val: 1 } });
    });

    test('statements without end, and waits for a lock, end at their deadline and harm nobody else', async () => {
      // Long enough for the others on a machine that has much to do.
      await using shop = await openShop({ workers, wallClockMs: long ? 10_000 : 2_000 });
      const lasting: Step = ['open', 'db', false, false];
      const memory: Step = ['open', 'm', false, true];
      const series = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000)';
      await shop.run(
        lasting,
        ['execute', 'db', `CREATE TABLE t(v); INSERT INTO t ${series} SELECT i FROM n`],
        memory,
        ['execute', 'm', 'CREATE TABLE t(v); INSERT INTO t VALUES (0)'],
      );
      const asking = (...steps: readonly Step[]) => shop.ask('ts', '/api/run', JSON.stringify(steps));
      const ending = [
        asking(lasting, ['say', 'began'], ['query', 'db', 'SELECT count(*) FROM t, t, t, t']),
        asking(
          lasting,
          ['execute', 'db', 'BEGIN IMMEDIATE; DELETE FROM t'],
          ['say', 'locked'],
          ['await', 'never'],
        ),
        asking(['await', 'locked'], lasting, ['execute', 'db', 'BEGIN IMMEDIATE'], ['await', 'never']),
      ];
      let ended = false;
      const ends = Promise.all(ending).finally(() => {
        ended = true;
      });
      await shop.run(['await', 'began'], ['await', 'locked']);
      // While they are there, others of the same application read, write and commit.
      for (let others = 1; !ended && others <= OTHERS; others++) {
        const given = await shop.run(
          lasting,
          ['query', 'db', 'SELECT count(*) FROM t'],
          memory,
          ['execute', 'm', 'BEGIN IMMEDIATE; UPDATE t SET v = v + 1'],
          ['query', 'm', 'SELECT v FROM t'],
          ['execute', 'm', 'COMMIT'],
        );
        assert.deepEqual(given[1], { ok: [int(1_000)] });
        assert.deepEqual(given.slice(3), [nothing, { ok: [int(others)] }, nothing]);
      }
      assert.deepEqual(
        (await ends).map(({ status }) => status),
        [504, 504, 504],
      );
      const after = await shop.run(lasting, ['execute', 'db', 'INSERT INTO t VALUES (1)']);
      assert.deepEqual(after, [nothing, nothing]);
    });
  });
}

const times = count(10_000);

test(`4 workers, ${4 * times} transactions: nothing is lost`, { timeout: 1_800_000 }, async () => {
  await using shop = await openShop({ workers: 4, apps: ['c'] });
  await shop.ask('c', '/api/script', 'CREATE TABLE counter(n INTEGER); INSERT INTO counter VALUES (0)');
  // Sixteen events at a time, of 25 transactions each.
  const each = 25;
  let left = (4 * times) / each;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const { status, text } = await shop.ask('c', '/api/count', String(each));
      assert.equal(status, 200, `line ${text} of main.c`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  const script = `CREATE TABLE proof(n CHECK (n = ${4 * times})); INSERT INTO proof SELECT n FROM counter`;
  assert.equal((await shop.ask('c', '/api/script', script)).status, 200);
});
