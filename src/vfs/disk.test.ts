import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmod,
  link,
  mkdir,
  mkdtempDisposable,
  readdir,
  readFile,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../test/count.ts';
import { anyCharacter } from '../../test/random-text.ts';
import { isCoded } from '../lib/errors.ts';
import { createAppFiles } from './app-files.ts';
import { countFolders } from './disk-count.ts';
import { createFolderVfs } from './folder.ts';
import { Store } from './store.ts';
import type { Vfs, VfsFile, VfsSync } from './vfs.ts';

const LIMITS = { bytes: 1000, files: 20 };
const SECRET = 'not for guests';
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

let home: Awaited<ReturnType<typeof mkdtempDisposable>>;
let root: string;
let vfs: Vfs;
let sync: VfsSync;
let store: Store;

beforeEach(async () => {
  home = await mkdtempDisposable(`${tmpdir()}/hermes-files-`);
  await mkdir(join(home.path, 'www'));
  await writeFile(join(home.path, 'www', 'page'), 'page');
  await writeFile(join(home.path, 'secret'), SECRET);
  await mkdir(join(home.path, 'apps', 'other', 'var'), { recursive: true });
  await writeFile(join(home.path, 'apps', 'other', 'var', 'secret'), SECRET);
  const mounts = await createAppFiles(join(home.path, 'apps')).mounts('shop', {
    limits: LIMITS,
    fresh: true,
  });
  vfs = await createFolderVfs([
    { path: '/www', folder: join(home.path, 'www') },
    { path: '/lib/api/config.json', bytes: text('{}') },
    ...mounts,
  ]);
  assert.ok(vfs.sync);
  sync = vfs.sync;
  root = join(home.path, 'apps', 'shop');
  const recipe = mounts.flatMap((mount) => ('store' in mount && mount.store ? [mount.store] : []))[0];
  assert.ok(recipe);
  store = new Store(recipe, () => countFolders(recipe.folders));
});

afterEach(() => home.remove());

function put(path: string, content: string): void {
  using file = sync.open(path, { write: true, create: true, truncate: true });
  file.write(0, text(content));
}

function get(path: string): string {
  using file = sync.open(path);
  return new TextDecoder().decode(file.read(0, file.stat().size));
}

function exact(): void {
  assert.deepEqual(store.usage(), countFolders(['tmp', 'etc', 'var'].map((name) => join(root, name))));
}

test('folders of an application are written, and only they', async () => {
  for (const folder of ['/tmp', '/etc', '/var']) {
    put(`${folder}/a`, folder);
    assert.equal(get(`${folder}/a`), folder);
    assert.equal(sync.isWritable(`${folder}/any/thing`), true);
  }
  const changes: readonly ((path: string) => unknown)[] = [
    (path) => sync.open(path, { write: true }),
    (path) => sync.open(path, { truncate: true }),
    (path) => sync.open(`${path}.new`, { write: true, create: true }),
    (path) => sync.makeDirectory(`${path}.new`),
    (path) => sync.removeDirectory(path),
    (path) => sync.unlink(path),
    (path) => sync.rename(path, '/var/taken'),
    (path) => sync.rename('/var/a', path),
    (path) => sync.setTimes(path, { modified: Temporal.Instant.fromEpochMilliseconds(0) }),
  ];
  for (const path of ['/www/page', '/lib/api/config.json']) {
    for (const change of changes) assert.throws(() => change(path), { code: 'VFS_READ_ONLY' }, `${change}`);
    assert.throws(() => sync.makeDirectory(path), { code: 'VFS_EXISTS' });
    using file = sync.open(path);
    assert.throws(() => file.write(0, text('x')), { code: 'VFS_READ_ONLY' });
    assert.throws(() => file.resize(0), { code: 'VFS_READ_ONLY' });
    assert.equal(sync.isWritable(path), false);
  }
  for (const path of ['/new', '/usr/new', '/tmp2'])
    assert.throws(() => sync.open(path, { write: true, create: true }), { code: 'VFS_READ_ONLY' });
  assert.equal(get('/www/page'), 'page');
  assert.equal(await readFile(join(root, 'var', 'a'), 'utf8'), '/var');
  exact();
});

test('a file that was opened to be read is not written', () => {
  put('/var/a', 'one');
  using file = sync.open('/var/a');
  assert.throws(() => file.write(0, text('x')), { code: 'VFS_READ_ONLY' });
  assert.throws(() => file.append(text('x')), { code: 'VFS_READ_ONLY' });
  assert.throws(() => file.resize(0), { code: 'VFS_READ_ONLY' });
});

test('folders that an application must have stay, others go', () => {
  assert.throws(() => sync.removeDirectory('/var'), { code: 'VFS_BUSY' });
  assert.throws(() => sync.rename('/tmp', '/var/tmp'), { code: 'VFS_BUSY' });
  sync.makeDirectory('/var/a');
  assert.throws(() => sync.rename('/var/a', '/etc'), { code: 'VFS_BUSY' });
  assert.throws(() => sync.unlink('/var/a'), { code: 'VFS_KIND' });
  put('/var/a/b', 'x');
  assert.throws(() => sync.removeDirectory('/var/a'), { code: 'VFS_NOT_EMPTY' });
  sync.unlink('/var/a/b');
  sync.removeDirectory('/var/a');
  assert.equal(sync.stat('/var/a'), undefined);
  exact();
});

test('a rename takes the place of a file in one step, between folders too', async () => {
  put('/etc/settings', 'old');
  using reader = sync.open('/etc/settings');
  put('/tmp/next', 'newer');
  sync.rename('/tmp/next', '/etc/settings');
  assert.equal(get('/etc/settings'), 'newer');
  assert.equal(new TextDecoder().decode(reader.read(0, 10)), 'old');
  assert.deepEqual(sync.list('/tmp'), []);
  assert.deepEqual(store.usage(), { bytes: 8, files: 1 });
  reader[Symbol.dispose]();
  exact();
});

test('a file without a name lives until it is closed, and takes its room until then', () => {
  const file = sync.open('/tmp/scratch', { write: true, create: true });
  file.write(0, new Uint8Array(600));
  sync.unlink('/tmp/scratch');
  assert.equal(sync.stat('/tmp/scratch'), undefined);
  assert.throws(() => put('/tmp/more', 'x'.repeat(500)), { code: 'VFS_NO_SPACE' });
  file.write(600, new Uint8Array(300));
  assert.throws(() => file.write(900, new Uint8Array(300)), { code: 'VFS_NO_SPACE' });
  assert.equal(file.stat().size, 900);
  file.resize(100);
  assert.equal(store.usage().bytes, 100);
  using again = sync.open('/tmp/scratch', { write: true, create: true });
  assert.notEqual(again.stat().identity, file.stat().identity);
  file[Symbol.dispose]();
  assert.throws(() => file.read(0, 1), { code: 'VFS_READ' });
  again[Symbol.dispose]();
  exact();
});

test('quota counts bytes and files, and nothing changes where there is no room', () => {
  put('/var/a', 'x'.repeat(900));
  using file = sync.open('/var/a', { write: true });
  assert.throws(() => file.write(800, new Uint8Array(201)), {
    code: 'VFS_NO_SPACE',
    blame: 'guest',
  });
  assert.throws(() => file.resize(1001), { code: 'VFS_NO_SPACE' });
  assert.throws(() => file.write(Number.MAX_SAFE_INTEGER - 10, text('x')), { code: 'VFS_NO_SPACE' });
  assert.equal(file.stat().size, 900);
  file.write(800, new Uint8Array(200));
  file.write(0, text('over what is there'));
  assert.throws(() => file.append(text('x')), { code: 'VFS_NO_SPACE' });
  file.resize(0);
  for (let index = 0; index < 19; index++) sync.makeDirectory(`/var/d${index}`);
  assert.throws(() => sync.makeDirectory('/tmp/one-more'), { code: 'VFS_NO_SPACE' });
  assert.throws(() => put('/tmp/one-more', ''), { code: 'VFS_NO_SPACE' });
  assert.equal(sync.stat('/tmp/one-more'), undefined);
  sync.removeDirectory('/var/d0');
  put('/tmp/one-more', '');
  exact();
});

test('links that somebody put there are not there, and are not written through', async () => {
  await symlink(join(home.path, 'secret'), join(root, 'var', 'out-file'));
  await symlink(home.path, join(root, 'var', 'out-folder'));
  await symlink('inside', join(root, 'var', 'in-link'));
  await symlink('nowhere', join(root, 'var', 'dangling'));
  put('/var/inside', 'inside');
  execFileSync('mkfifo', [join(root, 'var', 'pipe')]);
  assert.deepEqual(sync.list('/var'), [{ name: 'inside', kind: 'file' }]);
  for (const name of ['out-file', 'out-folder', 'in-link', 'dangling', 'pipe']) {
    const path = `/var/${name}`;
    assert.equal(sync.stat(path), undefined, name);
    assert.throws(() => sync.open(path), { code: 'VFS_NOT_FOUND' });
    assert.throws(() => sync.open(path, { write: true, create: true }), { code: 'VFS_EXISTS' });
    assert.throws(() => sync.open(path, { write: true, truncate: true }), { code: 'VFS_NOT_FOUND' });
    assert.throws(() => sync.makeDirectory(path), { code: 'VFS_EXISTS' });
    assert.throws(() => sync.rename('/var/inside', path), { code: 'VFS_EXISTS' });
    assert.throws(() => sync.rename(path, '/var/other'), { code: 'VFS_NOT_FOUND' });
    assert.throws(() => sync.unlink(path), { code: 'VFS_NOT_FOUND' });
    await assert.rejects(vfs.readFile(path), { code: 'VFS_NOT_FOUND' });
  }
  assert.throws(() => put('/var/out-folder/new', 'x'), { code: 'VFS_NOT_FOUND' });
  assert.throws(() => sync.stat('/var/out-folder/secret') ?? assert.fail('nothing'), /nothing/);
  assert.equal(await readFile(join(home.path, 'secret'), 'utf8'), SECRET);
});

test('a file with a second name is read but not written', async () => {
  await link(join(home.path, 'secret'), join(root, 'var', 'linked'));
  assert.throws(() => put('/var/linked', 'x'), { code: 'VFS_LINKED', blame: 'operator' });
  assert.equal(get('/var/linked'), SECRET);
  sync.unlink('/var/linked');
  assert.equal(await readFile(join(home.path, 'secret'), 'utf8'), SECRET);
});

test('what the system refuses is said to be the operator’s', { skip: process.getuid?.() === 0 }, async () => {
  await chmod(join(root, 'var'), 0o500);
  assert.throws(() => put('/var/a', 'x'), { code: 'VFS_WRITE', blame: 'operator' });
  await chmod(join(root, 'var'), 0o700);
  exact();
});

test('only the user of the engine may look into the files', async () => {
  put('/var/a', 'x');
  sync.makeDirectory('/var/d');
  for (const path of ['', 'var', 'tmp', 'etc', 'var/a', 'var/d'])
    assert.equal((await stat(join(root, path))).mode & 0o077, 0, path);
});

test('times are told and set', () => {
  put('/var/a', 'x');
  const at = Temporal.Instant.from('2020-02-03T04:05:06.5Z');
  sync.setTimes('/var/a', { modified: at });
  const { modified, accessed, changed } = sync.stat('/var/a') ?? assert.fail('it is there');
  assert.equal(modified.toString(), at.toString());
  assert.ok(accessed && Temporal.Instant.compare(accessed, at) > 0);
  assert.ok(changed && Temporal.Instant.compare(changed, at) > 0);
  using file = sync.open('/var/a', { write: true });
  file.setTimes({ accessed: at });
  assert.equal(sync.stat('/var/a')?.accessed?.toString(), at.toString());
});

test('what is written can be forced to the disk, and closed meanwhile', async () => {
  const file: VfsFile = sync.open('/var/a', { write: true, create: true });
  file.write(0, text('kept'));
  const flushed = file.flush();
  file[Symbol.dispose]();
  await flushed;
  await assert.rejects(file.flush(), { code: 'VFS_READ' });
  assert.equal(get('/var/a'), 'kept');
});

test('callers that can wait read the same', async () => {
  put('/var/a', '0123456789');
  assert.equal(new TextDecoder().decode(await vfs.readFile('/var/a')), '0123456789');
  await assert.rejects(vfs.readFile('/var/a', { maxBytes: 9 }), { code: 'VFS_TOO_LARGE' });
  const parts: Buffer[] = [];
  for await (const part of await vfs.open('/var/a', { start: 3, end: 5 })) parts.push(part);
  assert.equal(Buffer.concat(parts).toString(), '345');
  assert.deepEqual(await vfs.list('/var'), [{ name: 'a', kind: 'file' }]);
  assert.equal((await vfs.stat('/var/a'))?.size, 10);
  assert.equal(store.usage().files, 1);
  sync.unlink('/var/a');
  // What was read is closed: nothing is held any more.
  assert.deepEqual(store.usage(), { bytes: 0, files: 0 });
});

test('names of any text lead nowhere else', async () => {
  const unit = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '',
      'var',
      'tmp',
      'a',
      'A',
      '\\',
      '\0',
      '%2e%2e',
      '..%2f',
      'secret',
      'other',
      'apps',
    ),
    fc.constantFrom(
      '~',
      'é',
      'e\u0301',
      '\u202e',
      '\ud800',
      'x'.repeat(256),
      'ß'.repeat(127),
      'C:',
      'con',
      '/',
    ),
    fc.string({ unit: anyCharacter(), maxLength: 10 }),
  );
  const path = fc.array(unit, { maxLength: 6 }).map((units) => `/var/${units.join('/')}`);
  const outside = await Promise.all(
    ['', 'apps', 'apps/other/var'].map((name) => readdir(join(home.path, name))),
  );
  fc.assert(
    fc.property(path, path, (one, two) => {
      for (const work of [
        () => put(one, 'x'),
        () => assert.notEqual(get(one), SECRET),
        () => sync.makeDirectory(two),
        () => sync.rename(one, two),
        () => sync.list(two),
        () => sync.unlink(two),
        () => sync.removeDirectory(one),
      ]) {
        try {
          work();
        } catch (error) {
          assert.ok(isCoded(error) && /^VFS_(?!WRITE)/.test(error.code), String(error));
        }
      }
    }),
    { seed, numRuns: count(50_000) },
  );
  exact();
  const after = await Promise.all(
    ['', 'apps', 'apps/other/var'].map((name) => readdir(join(home.path, name))),
  );
  assert.deepEqual(after, outside);
  assert.equal(await readFile(join(home.path, 'apps', 'other', 'var', 'secret'), 'utf8'), SECRET);
});

test('temporary files go when an application is loaded afresh, others stay', async () => {
  put('/tmp/gone', 'x');
  put('/var/kept', 'x');
  const files = createAppFiles(join(home.path, 'apps'));
  await files.mounts('shop', { limits: LIMITS, fresh: false });
  assert.deepEqual(await readdir(join(root, 'tmp')), ['gone']);
  const mounts = await files.mounts('shop', { limits: LIMITS, fresh: true });
  assert.deepEqual(await readdir(join(root, 'tmp')), []);
  const { sync: next } = await createFolderVfs(mounts);
  assert.deepEqual(next?.list('/var'), [{ name: 'kept', kind: 'file' }]);
});

test('a link in the place of the temporary folder is not emptied', async () => {
  await mkdir(join(home.path, 'apps', 'blog'));
  await symlink(join(home.path, 'www'), join(home.path, 'apps', 'blog', 'tmp'));
  const files = createAppFiles(join(home.path, 'apps'));
  await assert.rejects(files.mounts('blog', { limits: LIMITS, fresh: true }), { code: 'VFS_MOUNT' });
  assert.deepEqual(await readdir(join(home.path, 'www')), ['page']);
});

test('books are right when the system refuses in the middle of a write', {
  skip: process.platform !== 'linux',
}, () => {
  const script = join(import.meta.dirname, 'fixtures/limited.ts');
  const said = execFileSync('bash', [
    '-c',
    'ulimit -f 20; trap "" XFSZ; exec "$0" "$@"',
    process.execPath,
    script,
    home.path,
  ]);
  const { code, books, disk } = JSON.parse(String(said));
  assert.equal(code, 'VFS_WRITE');
  assert.ok(disk.bytes > 0 && disk.bytes < 100_000);
  assert.deepEqual(books, disk);
});
