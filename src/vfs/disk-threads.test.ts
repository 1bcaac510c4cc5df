import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { count, seed } from '../../test/count.ts';
import { createAppFiles } from './app-files.ts';
import { countFolders } from './disk-count.ts';
import type { PlayerData, Work } from './fixtures/player.ts';
import { createFolderVfs } from './folder.ts';
import { Store, type Usage } from './store.ts';
import type { StoreLimits, Vfs, VfsSync } from './vfs.ts';

interface Files extends AsyncDisposable {
  readonly home: string;
  readonly vfs: Vfs;
  readonly sync: VfsSync;
  /** What the books say, and what is on the disk. */
  usage(): { readonly books: Usage; readonly disk: Usage };
  start(work: Work): Worker;
  /** Everybody's answers. */
  all(works: readonly Work[]): Promise<readonly unknown[]>;
}

async function filesOf(limits: StoreLimits): Promise<Files> {
  const home = await mkdtempDisposable(`${tmpdir()}/hermes-files-`);
  const mounts = await createAppFiles(home.path).mounts('shop', { limits, fresh: true });
  const vfs = await createFolderVfs(mounts);
  const { sync, recipe } = vfs;
  const store = mounts.flatMap((mount) => ('store' in mount && mount.store ? [mount.store] : []))[0];
  assert.ok(sync && recipe && store);
  const books = new Store(store, () => countFolders(store.folders));
  const start = (work: Work): Worker => {
    const workerData: PlayerData = { recipe, work };
    return new Worker(new URL('./fixtures/player.ts', import.meta.url), { workerData });
  };
  return {
    home: home.path,
    vfs,
    sync,
    usage: () => ({ books: books.usage(), disk: countFolders(store.folders) }),
    start,
    all: (works) =>
      Promise.all(
        works.map(async (work) => {
          const worker = start(work);
          const [answer] = await once(worker, 'message');
          await worker.terminate();
          return answer;
        }),
      ),
    [Symbol.asyncDispose]: () => home.remove(),
  };
}

const FOUR = ['a', 'b', 'c', 'd'];
const LIMITS = { bytes: 1e9, files: 1e6 };

test('four threads work on one tree as the model says, and the books are exact', async () => {
  await using files = await filesOf(LIMITS);
  const works = FOUR.map((name, index) => ({
    kind: 'play' as const,
    name,
    games: count(5_000),
    seed: seed + index,
  }));
  const used = (await files.all(works)) as Usage[];
  const sum = used.reduce((a, b) => ({ bytes: a.bytes + b.bytes, files: a.files + b.files }));
  const { books, disk } = files.usage();
  assert.deepEqual(books, sum);
  assert.deepEqual(disk, sum);
});

test('lines that four threads append to one file are all there, each whole and in order', async () => {
  await using files = await filesOf(LIMITS);
  const lines = count(20_000);
  await files.all(FOUR.map((name) => ({ kind: 'append', name, path: '/var/log', lines })));
  const text = await readFile(`${files.home}/shop/var/log`, 'utf8');
  const written = text.trimEnd().split('\n');
  assert.equal(written.length, 4 * lines);
  for (const name of FOUR) {
    const own = written.filter((line) => line.startsWith(`${name} `));
    assert.deepEqual(
      own,
      Array.from({ length: lines }, (_, line) => `${name} ${line}`),
    );
  }
  assert.equal(files.usage().books.bytes, text.length);
});

test('four threads that fill the quota get all of it and not a byte more', async () => {
  await using files = await filesOf({ bytes: 12_345, files: 10_000 });
  const pieces = (await files.all(FOUR.map((name) => ({ kind: 'fill', name, size: 10 })))) as number[];
  const total = pieces.reduce((a, b) => a + b, 0);
  assert.equal(total, 1234);
  const { books, disk } = files.usage();
  assert.equal(disk.bytes, 12_340);
  assert.deepEqual(books, disk);
});

test('four threads that make files get as many as there may be', async () => {
  await using files = await filesOf({ bytes: 1_000_000, files: 111 });
  const pieces = (await files.all(FOUR.map((name) => ({ kind: 'fill', name, size: 1 })))) as number[];
  assert.equal(
    pieces.reduce((a, b) => a + b, 0),
    111,
  );
  assert.deepEqual(files.usage().disk, { bytes: 111, files: 111 });
});

test('a file that four threads replace is seen whole', async () => {
  await using files = await filesOf(LIMITS);
  await files.all(FOUR.map((name) => ({ kind: 'replace', name, path: '/etc/config', times: count(5_000) })));
  const { books, disk } = files.usage();
  assert.deepEqual(books, disk);
  assert.equal(disk.files, 1);
});

test('what a thread had open without a name is given back when the thread has ended', async () => {
  await using files = await filesOf(LIMITS);
  const worker = files.start({ kind: 'hold', path: '/tmp/held' });
  await once(worker, 'message');
  assert.deepEqual(files.usage().books, { bytes: 1000, files: 0 });
  const { threadId } = worker;
  await worker.terminate();
  files.vfs.threadGone?.(threadId);
  assert.deepEqual(files.usage().books, { bytes: 0, files: 0 });
});

test('a thread that is ended in the middle of a change holds nobody up, and the books are counted anew', async () => {
  await using files = await filesOf(LIMITS);
  const worker = files.start({ kind: 'stall', path: '/var/half' });
  await once(worker, 'message');
  const { threadId } = worker;
  await worker.terminate();
  files.vfs.threadGone?.(threadId);
  files.sync.makeDirectory('/var/next');
  const { books, disk } = files.usage();
  assert.deepEqual(books, disk);
  assert.equal(disk.files, 2);
});
