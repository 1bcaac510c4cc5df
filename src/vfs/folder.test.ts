import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { isCoded } from '../lib/errors.ts';
import { HOSTILE, makeHostileFolder } from './fixtures/hostile.ts';
import { createFolderVfs } from './folder.ts';
import type { Vfs } from './vfs.ts';

let base: string;
let vfs: Vfs;

before(async () => {
  base = await makeHostileFolder();
  vfs = await createFolderVfs([
    { path: '/www', folder: join(base, 'www') },
    { path: '/lib/api/config.json', bytes: new TextEncoder().encode('{}') },
    { path: '/lib/api/share', folder: join(base, 'www', 'sub') },
  ]);
});

after(() => rm(base, { recursive: true, force: true }));

test('folder tree joins mounts, and directories above them', async () => {
  assert.deepEqual(await vfs.list('/'), [
    { name: 'lib', kind: 'directory' },
    { name: 'www', kind: 'directory' },
  ]);
  assert.deepEqual(await vfs.list('/lib/api'), [
    { name: 'config.json', kind: 'file' },
    { name: 'share', kind: 'directory' },
  ]);
  assert.equal((await vfs.stat('/lib'))?.kind, 'directory');
  assert.equal((await vfs.stat('/www'))?.kind, 'directory');
  assert.equal((await vfs.stat('/www/index.html'))?.size, 14);
  assert.equal(new TextDecoder().decode(await vfs.readFile('/lib/api/config.json')), '{}');
  assert.equal(new TextDecoder().decode(await vfs.readFile('/lib/api/share/digits')), '0123456789');
});

test('folder tree names what a path is not, by its whole path', async () => {
  await assert.rejects(vfs.readFile('/www/sub'), { code: 'VFS_KIND' });
  await assert.rejects(vfs.list('/www/index.html'), { code: 'VFS_KIND' });
  await assert.rejects(
    vfs.open('/www/none'),
    (error) => isCoded(error) && error.code === 'VFS_NOT_FOUND' && error.detail['path'] === '/www/none',
  );
  assert.equal(await vfs.stat('/www/index.html/below'), undefined);
  assert.equal(await vfs.stat('/www/INDEX.html'), undefined);
  assert.equal(await vfs.stat(`/www/${'long/'.repeat(800)}x`), undefined);
  await assert.rejects(vfs.readFile('/www/sub/digits', { maxBytes: 9 }), { code: 'VFS_TOO_LARGE' });
});

test('folder tree streams ranges', async () => {
  assert.equal(await text(await vfs.open('/www/sub/digits', { start: 3, end: 5 })), '345');
  assert.equal(await text(await vfs.open('/www/sub/digits', { start: 8 })), '89');
  assert.equal(await text(await vfs.open('/www/sub/digits', { start: 50 })), '');
  const stream = await vfs.open('/www/sub/digits');
  stream.destroy();
});

test('folder tree follows links that stay inside', async () => {
  assert.equal(await text(await vfs.open('/www/inside-file')), '<h1>Hello</h1>');
  assert.equal((await vfs.readFile('/www/inside-folder/digits')).length, 10);
  assert.equal((await vfs.stat('/www/inside-folder'))?.kind, 'directory');
});

test('folder tree shows nothing of links that lead out', async () => {
  const names = (await vfs.list('/www')).map(({ name }) => name);
  assert.deepEqual(names, ['index.html', 'inside-file', 'inside-folder', 'sub']);
  const { files: links, folders } = HOSTILE;
  const below = folders.flatMap((name) => [
    `${name}/secret.txt`,
    `${name}/outside/secret.txt`,
    `${name}/etc`,
  ]);
  for (const name of [...links, ...folders, ...below]) {
    assert.equal(await vfs.stat(`/www/${name}`), undefined, name);
    await assert.rejects(vfs.readFile(`/www/${name}`), { code: 'VFS_NOT_FOUND' }, name);
    await assert.rejects(vfs.open(`/www/${name}`), { code: 'VFS_NOT_FOUND' }, name);
    await assert.rejects(vfs.list(`/www/${name}`), { code: 'VFS_NOT_FOUND' }, name);
  }
});

test('folder tree does not have pipes and sockets, and never waits for them', {
  skip: process.platform === 'win32',
}, async () => {
  execFileSync('mkfifo', [join(base, 'www', 'sub', 'pipe')]);
  await using server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(join(base, 'www', 'sub', 'socket'), resolve);
  await promise;
  for (const name of ['pipe', 'socket']) {
    assert.equal(await vfs.stat(`/www/sub/${name}`), undefined);
    await assert.rejects(vfs.open(`/www/sub/${name}`), { code: 'VFS_NOT_FOUND' });
  }
  const names = (await vfs.list('/www/sub')).map(({ name }) => name);
  assert.deepEqual(names, ['deep', 'digits']);
  await unlink(join(base, 'www', 'sub', 'pipe'));
});

test('folder tree hides names that no path can spell', { skip: process.platform !== 'linux' }, async () => {
  const folder = await mkdtemp(join(base, 'names-'));
  await writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x61, 0xff])]), '');
  await writeFile(join(folder, 'a\\b'), '');
  await writeFile(join(folder, 'ä'), '');
  const names = await createFolderVfs([{ path: '/x', folder }]);
  assert.deepEqual(await names.list('/x'), [{ name: 'ä', kind: 'file' }]);
});

test('folder tree sees changes, and a folder that is moved away', async () => {
  const folder = await mkdtemp(join(base, 'moving-'));
  const moving = await createFolderVfs([{ path: '/x', folder }]);
  await writeFile(join(folder, 'new'), 'now');
  assert.equal((await moving.readFile('/x/new')).length, 3);
  await rename(folder, `${folder}-gone`);
  assert.equal(await moving.stat('/x/new'), undefined);
  await symlink(join(base, 'outside'), folder);
  assert.equal(await moving.stat('/x/secret.txt'), undefined);
  await assert.rejects(moving.list('/x'), { code: 'VFS_NOT_FOUND' });
});

test('folder tree gives no secret while a directory turns into a link and back', async () => {
  const folder = await mkdtemp(join(base, 'race-'));
  await mkdir(join(folder, 'd'));
  await writeFile(join(folder, 'd', 'secret.txt'), 'public');
  const racing = await createFolderVfs([{ path: '/x', folder }]);
  let turning = true;
  const turn = async (): Promise<void> => {
    while (turning) {
      await rename(join(folder, 'd'), join(folder, 'was'));
      await symlink(join(base, 'outside'), join(folder, 'd'));
      await unlink(join(folder, 'd'));
      await rename(join(folder, 'was'), join(folder, 'd'));
    }
  };
  const turned = turn();
  try {
    for (let round = 0; round < 300; round++) {
      const found = await racing.readFile('/x/d/secret.txt').catch((error: unknown) => {
        assert.ok(isCoded(error) && error.code === 'VFS_NOT_FOUND', String(error));
        return undefined;
      });
      if (found !== undefined) assert.equal(new TextDecoder().decode(found), 'public');
    }
  } finally {
    turning = false;
    await turned;
  }
});

test('folder tree answers a path of any text from inside or not at all', async () => {
  const unit = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        'www',
        'sub',
        'inside-folder',
        'digits',
        'lib',
        'api',
        'share',
        'index.html',
      ),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        '..',
        '.',
        '',
        'out-parent',
        'out-root',
        'out-twice',
        'outside',
        'etc',
        'passwd',
      ),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom('%2e%2e', '..%2f', '\\..\\', '..\0', '．．', '\ud800', 'WWW', 'secret.txt'),
    },
    { weight: 1, arbitrary: fc.string() },
  );
  const inside = new Set(['<h1>Hello</h1>', '0123456789', '{}']);
  await fc.assert(
    fc.asyncProperty(fc.array(unit, { minLength: 1, maxLength: 6 }), async (units) => {
      const path = `/${units.join('/')}`;
      const read = vfs.readFile(path).then((bytes) => new TextDecoder().decode(bytes));
      const answer = await read.catch((error: unknown) => error);
      if (typeof answer === 'string') assert.ok(inside.has(answer), path);
      else assert.ok(isCoded(answer) && /^VFS_(PATH|NOT_FOUND|KIND)$/.test(answer.code), String(answer));
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('folder tree hears an abort', async () => {
  const reason = new Error('no longer wanted');
  await assert.rejects(vfs.readFile('/www/index.html', { signal: AbortSignal.abort(reason) }), reason);
  const controller = new AbortController();
  const stream = await vfs.open('/www/index.html', { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(buffer(stream), { name: 'AbortError' });
});

test('folder tree refuses mounts that cannot be', async () => {
  const folder = join(base, 'www');
  const refused = [
    [{ path: '/www', folder: join(base, 'missing') }],
    [{ path: '/www', folder: join(folder, 'index.html') }],
    [{ path: '/www', folder }, { path: '/www', folder }],
    [{ path: '/www', folder }, { path: '/www/a/b', bytes: new Uint8Array() }],
    [{ path: '/www/a', folder }, { path: '/www', folder }],
  ]; // biome-ignore format: one line for each
  for (const mounts of refused) {
    await assert.rejects(
      createFolderVfs(mounts),
      (error) => isCoded(error) && error.code === 'VFS_MOUNT' && String(error.detail['reason']).length > 5,
    );
  }
  await assert.rejects(createFolderVfs([{ path: '/../www', folder }]), { code: 'VFS_PATH' });
});
