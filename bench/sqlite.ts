/**
 * SQL of a guest in C, through a worker, the main thread and the application's database process, against
 * `node:sqlite` called in this process: single rows in a transaction, a scan, a script.
 *
 * @module
 */
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ExtensionContext } from '../src/engine/extension.ts';
import { allExtensions } from '../src/extensions/all.ts';
import { createNode } from '../src/node.ts';
import { applicationOf } from '../src/package/components.ts';
import { createGate } from '../src/pool/fixtures/gate.ts';
import { createMemoryVfs } from '../src/vfs/memory.ts';
import { sqliteGuest } from '../test/guests/sqlite/build.ts';
import { measure, type Variant } from './measure.ts';
import { medianOf, type Part } from './part.ts';

/** Rows, or statements, of one call. */
const ROWS = 10_000;
/** Calls before anything is measured. */
const WARM = 5;
const SCHEMA = 'DROP TABLE IF EXISTS t; CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, n INTEGER)';
const TEXT = 'some text of a row';

/** What one call does, by the guest and directly. */
interface Work {
  readonly name: string;
  /** At most so many times as long as directly, one expects. */
  readonly expected: number | undefined;
  readonly guest: () => Promise<void>;
  readonly direct: () => void;
}

interface SqliteVariants extends AsyncDisposable {
  readonly variants: readonly Variant[];
  /** Rows that belong together. */
  readonly pairs: readonly { readonly name: string; readonly expected: number | undefined }[];
}

export const sqlitePart: Part = {
  name: 'sqlite',
  rows: ['sqlite/'],
  async measure({ effort }) {
    await using sqlite = await sqliteVariants();
    const rows = await measure(sqlite.variants, { warmUp: 1, blocks: Math.ceil(effort.blocks / 3) });
    const lines = sqlite.pairs.map(({ name, expected }) => {
      const ratio = medianOf(rows, `sqlite/${name}`) / medianOf(rows, `sqlite/${name}-direct`);
      const wanted = expected === undefined ? '' : `, expected at most ${expected}`;
      return `sqlite/${name}: ${ratio.toFixed(1)} times as long as directly${wanted}`;
    });
    return { rows, lines };
  },
};

/** Everything that is measured, started and filled. */
async function sqliteVariants(): Promise<SqliteVariants> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-bench-')));
  const ask = await startEngine(stack, home.path);
  const database = stack.use(new DatabaseSync(join(home.path, 'direct.sqlite')));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  const works = worksOf(ask, database);
  // Until what runs in the worker and in the database process is optimised; the first one fills the tables.
  for (let round = 0; round < WARM; round++) {
    for (const { guest, direct } of works) {
      await guest();
      direct();
    }
  }
  const running = stack.move();
  return {
    variants: works.flatMap(({ name, guest, direct }) => [
      { name: `sqlite/${name}`, block: ROWS, run: guest },
      { name: `sqlite/${name}-direct`, block: ROWS, run: direct },
    ]),
    pairs: works,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

type Ask = (path: string, body: string) => Promise<void>;

function worksOf(ask: Ask, database: DatabaseSync): readonly Work[] {
  const values = Array.from({ length: ROWS }, (_, n) => `INSERT INTO t(v, n) VALUES ('${TEXT}', ${n});`);
  const script = `${SCHEMA};BEGIN;${values.join('')}COMMIT;`;
  const insert = (sql: string, row: (n: number) => readonly (bigint | string)[]): void => {
    database.exec(`${SCHEMA}; BEGIN`);
    const statement = database.prepare(sql);
    for (let n = 0; n < ROWS; n++) statement.run(...row(n));
    database.exec('COMMIT');
  };
  return [
    {
      name: 'insert',
      expected: 5,
      guest: () => ask('/api/insert', String(ROWS)),
      direct: () => insert('INSERT INTO t(v, n) VALUES (?, ?)', (n) => [TEXT, BigInt(n)]),
    },
    {
      name: 'insert-keys',
      expected: undefined,
      guest: () => ask('/api/insert-keys', String(ROWS)),
      direct: () => insert('INSERT INTO t VALUES (?, ?, ?)', (n) => [BigInt(n), TEXT, BigInt(n)]),
    },
    {
      name: 'script',
      expected: 2,
      guest: () => ask('/api/script', script),
      direct: () => database.exec(script),
    },
    {
      name: 'scan',
      expected: 2,
      guest: () => ask('/api/scan', String(ROWS)),
      direct: () => {
        const statement = database.prepare('SELECT id, v, n FROM t');
        statement.setReturnArrays(true);
        statement.setReadBigInts(true);
        let found = 0;
        for (const row of statement.iterate()) found += (row as unknown as readonly unknown[]).length / 3;
        if (found !== ROWS) throw new Error(`Cannot measure: found ${found} rows`);
      },
    },
  ];
}

async function startEngine(stack: AsyncDisposableStack, home: string): Promise<Ask> {
  const contexts: ExtensionContext[] = [];
  const start = (context: ExtensionContext): void => void contexts.push(context);
  const node = stack.use(
    await createNode({
      home,
      config: { 'http-gateway': { port: 0 }, log: { level: 'warn' }, pool: { workers: 1 } },
      extensions: [...allExtensions(), createGate().extension({ name: 'bench', start })],
    }),
  );
  const components = [{ name: 'api', bytes: await sqliteGuest('c') }];
  await node.run(applicationOf({ name: 'bench', components, vfs: createMemoryVfs({}) }));
  const [context] = contexts;
  if (!context) throw new Error('Cannot measure: the extension was not started');
  return async (path, body) => {
    const { done } = context.emit({
      name: 'hermes:http-gateway/event#reply',
      source: ['bench'],
      app: 'bench',
      modules: 'exporting',
      reply: 'first',
      args: [new TextEncoder().encode(body), [], path, 'POST'],
    });
    const [reply] = await done;
    const { val } = (reply?.ok ? reply.value : {}) as { readonly val?: { readonly code: number } };
    if (val?.code !== 200) throw new Error(`Cannot measure ${path}: ${JSON.stringify(reply)}`);
  };
}
