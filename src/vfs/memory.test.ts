import assert from 'node:assert/strict';
import { buffer, text } from 'node:stream/consumers';
import { test } from 'node:test';
import { createMemoryVfs } from './memory.ts';

const files = { '/www/index.html': 'hello', '/www/a/b.txt': new Uint8Array([1, 2, 3]), '/empty': '' };

test('memory tree has the directories that its paths imply', async () => {
  const modified = Temporal.Instant.from('2026-01-02T03:04:05Z');
  const vfs = createMemoryVfs(files, { modified });
  assert.deepEqual(await vfs.list('/'), [
    { name: 'empty', kind: 'file' },
    { name: 'www', kind: 'directory' },
  ]);
  assert.deepEqual(await vfs.stat('/www/a'), { kind: 'directory', size: 0, modified });
  assert.deepEqual(await vfs.stat('/www/a/b.txt'), { kind: 'file', size: 3, modified });
  for (const path of [
    '/nothing',
    '/www/index.html/below',
    '/WWW',
    '/www/a/b.TXT',
    '/constructor',
    '/__proto__',
  ]) {
    assert.equal(await vfs.stat(path), undefined, path);
  }
});

test('memory tree gives copies', async () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const vfs = createMemoryVfs({ '/a': bytes });
  bytes.fill(0);
  (await vfs.readFile('/a')).fill(9);
  for await (const chunk of await vfs.open('/a')) (chunk as Uint8Array).fill(9);
  assert.deepEqual([...(await vfs.readFile('/a'))], [1, 2, 3]);
});

test('memory tree streams ranges with both ends included', async () => {
  const vfs = createMemoryVfs({ '/a': '0123456789', '/big': new Uint8Array(200_000).fill(7), '/empty': '' });
  assert.equal(await text(await vfs.open('/a')), '0123456789');
  assert.equal(await text(await vfs.open('/a', { start: 2, end: 4 })), '234');
  assert.equal(await text(await vfs.open('/a', { start: 8, end: 99 })), '89');
  assert.equal(await text(await vfs.open('/a', { start: 99 })), '');
  assert.equal(await text(await vfs.open('/empty')), '');
  assert.equal((await buffer(await vfs.open('/big'))).length, 200_000);
  for (const range of [
    { start: -1 },
    { start: 0.5 },
    { start: 3, end: 2 },
    { start: Number.NaN },
    { end: -1 },
  ]) {
    await assert.rejects(vfs.open('/a', range), { code: 'VFS_RANGE' });
  }
});

test('memory tree names what a path is not', async () => {
  const vfs = createMemoryVfs(files);
  await assert.rejects(vfs.readFile('/www'), { code: 'VFS_KIND' });
  await assert.rejects(vfs.open('/'), { code: 'VFS_KIND' });
  await assert.rejects(vfs.list('/www/index.html'), { code: 'VFS_KIND' });
  await assert.rejects(vfs.list('/none'), { code: 'VFS_NOT_FOUND' });
  await assert.rejects(vfs.readFile('/none'), { code: 'VFS_NOT_FOUND' });
  await assert.rejects(vfs.readFile('/www/index.html', { maxBytes: 4 }), { code: 'VFS_TOO_LARGE' });
  await assert.rejects(vfs.stat('www'), { code: 'VFS_PATH' });
});

test('memory tree refuses files that are in the way of others', () => {
  assert.throws(() => createMemoryVfs({ '/a': '', '/a/b': '' }), { code: 'VFS_KIND' });
  assert.throws(() => createMemoryVfs({ '/a/b': '', '/a': '' }), { code: 'VFS_KIND' });
  assert.throws(() => createMemoryVfs({ '/': '' }), { code: 'VFS_KIND' });
  assert.throws(() => createMemoryVfs({ '/a/../b': '' }), { code: 'VFS_PATH' });
});

test('memory tree lists in the order of UTF-8 bytes', async () => {
  // In UTF-16 the surrogate pair would come before U+FF5E.
  const vfs = createMemoryVfs({ '/b': '', '/a': '', '/B': '', '/\u{1f600}': '', '/\uff5e': '', '/a-': '' });
  const names = (await vfs.list('/')).map(({ name }) => name);
  assert.deepEqual(names, ['B', 'a', 'a-', 'b', '\uff5e', '\u{1f600}']);
});

test('memory tree hears an abort', async () => {
  const vfs = createMemoryVfs(files);
  const reason = new Error('no longer wanted');
  const signal = AbortSignal.abort(reason);
  await assert.rejects(vfs.readFile('/empty', { signal }), reason);
  await assert.rejects(vfs.open('/empty', { signal }), reason);
});
