import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fakeCall } from '../testkit/call.ts';
import { fail } from '../vfs/errors.ts';
import { createMemoryVfs } from '../vfs/memory.ts';
import type { Vfs } from '../vfs/vfs.ts';
import { type Descriptor, filesystemErrorCode, getDirectories } from './filesystem.ts';
import type { IoError } from './io-error.ts';
import { MAX_OPEN_FILES } from './open-files.ts';

const READ = { read: true };
const files = createMemoryVfs({
  '/www/a.txt': '0123456789',
  '/www/sub/b.txt': 'b',
  '/share/secret': 'of the application, but not below /www',
});

function rootOf(call: ReturnType<typeof fakeCall>): Descriptor {
  const [first] = getDirectories(call);
  assert.ok(first);
  assert.equal(first[1], '/');
  return first[0];
}

/** What the WIT's `err` is: a value that is thrown. */
function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail('it answered');
}

test('descriptor of a directory leads nowhere above it', () => {
  using call = fakeCall({ vfs: files });
  const www = rootOf(call).openAt(call, {}, 'www', { directory: true }, READ);
  assert.equal(www.statAt(call, {}, 'sub/../a.txt').size, 10n);
  for (const path of ['..', '../share', 'sub/../../share/secret', './..', '/www/a.txt', '/']) {
    assert.equal(
      thrown(() => www.openAt(call, {}, path, {}, READ)),
      'not-permitted',
      path,
    );
  }
  assert.equal(
    thrown(() => www.statAt(call, {}, 'a.txt/..')),
    'not-directory',
  );
  assert.equal(
    thrown(() => www.statAt(call, {}, 'none/..')),
    'no-entry',
  );
  assert.equal(
    thrown(() => www.statAt(call, {}, '')),
    'no-entry',
  );
  assert.equal(
    thrown(() => www.statAt(call, {}, 'a\0')),
    'invalid',
  );
  assert.equal(
    thrown(() => www.statAt(call, {}, 'a\\b')),
    'invalid',
  );
  assert.equal(
    thrown(() => www.statAt(call, {}, '/'.repeat(9000))),
    'not-permitted',
  );
  assert.equal(
    thrown(() => www.statAt(call, {}, './'.repeat(9000))),
    'name-too-long',
  );
});

test('descriptor answers any path from below it or not at all', () => {
  using call = fakeCall({ vfs: files });
  const www = rootOf(call).openAt(call, {}, 'www', {}, READ);
  const unit = fc.constantFrom('..', '.', '', 'sub', 'a.txt', 'b.txt', 'www', 'share', 'secret', '\\', '\0');
  const codes = new Set(['no-entry', 'not-directory', 'not-permitted', 'invalid', 'name-too-long']);
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 7 }), (units) => {
      try {
        const found = www.openAt(call, {}, units.join('/'), {}, READ);
        if (found.getType() === 'regular-file') {
          const [bytes] = found.read(call, 100n, 0n);
          assert.ok(['0123456789', 'b'].includes(new TextDecoder().decode(bytes)), units.join('/'));
        }
        found[Symbol.dispose]();
      } catch (code) {
        assert.ok(codes.has(code as string), String(code));
      }
    }),
    { seed: 1, numRuns: 1000 },
  );
});

test('descriptor opens as POSIX does where nothing can be written', () => {
  using call = fakeCall({ vfs: files });
  const root = rootOf(call);
  const open = (path: string, flags: object, mode: object = READ) =>
    thrown(() => root.openAt(call, {}, path, flags as never, mode as never));
  assert.equal(root.openAt(call, {}, 'www/a.txt', { create: true }, READ).getType(), 'regular-file');
  assert.equal(open('www/a.txt', { create: true, exclusive: true }), 'exist');
  assert.equal(open('www/new', { create: true }), 'read-only');
  assert.equal(open('www/new', {}), 'no-entry');
  assert.equal(open('www/a.txt', { truncate: true }), 'read-only');
  assert.equal(open('www/a.txt', {}, { read: true, write: true }), 'read-only');
  assert.equal(open('www', {}, { write: true }), 'is-directory');
  assert.equal(open('www/a.txt', { directory: true }), 'not-directory');
  assert.equal(open('www/a.txt/', {}), 'not-directory');
  assert.equal(open('www/a.txt/x', { create: true }), 'not-directory');
});

test('descriptor of a file reads at offsets and as a stream', () => {
  using call = fakeCall({ vfs: files });
  const file = rootOf(call).openAt(call, {}, 'www/a.txt', {}, READ);
  const text = ([bytes, end]: readonly [Uint8Array, boolean]) => [new TextDecoder().decode(bytes), end];
  assert.deepEqual(text(file.read(call, 4n, 2n)), ['2345', false]);
  assert.deepEqual(text(file.read(call, 4n, 8n)), ['89', true]);
  assert.deepEqual(text(file.read(call, 4n, 2n ** 64n - 1n)), ['', true]);
  assert.deepEqual(text(file.read(call, 2n ** 64n - 1n, 0n)), ['0123456789', true]);
  assert.deepEqual(text(file.read(call, 0n, 0n)), ['', false]);
  const stream = file.readViaStream(call, 7n);
  file[Symbol.dispose]();
  assert.equal(new TextDecoder().decode(stream.read(call, 2n)), '78');
  assert.equal(stream.read(call, 0n).length, 0);
  assert.equal(new TextDecoder().decode(stream.blockingRead(call, 100n)), '9');
  assert.deepEqual(
    thrown(() => stream.read(call, 1n)),
    { tag: 'closed' },
  );
  assert.equal(
    thrown(() => rootOf(call).read(call, 1n, 0n)),
    'is-directory',
  );
  assert.equal(
    thrown(() => file.readDirectory(call)),
    'not-directory',
  );
});

test('descriptor tells files apart by hash', () => {
  using call = fakeCall({ vfs: files });
  const root = rootOf(call);
  const file = root.openAt(call, {}, 'www/a.txt', {}, READ);
  assert.deepEqual(file.metadataHash(call), root.metadataHashAt(call, {}, 'www/sub/../a.txt'));
  assert.notDeepEqual(file.metadataHash(call), root.metadataHash(call));
  assert.equal(file.isSameObject(call, root.openAt(call, {}, './www/a.txt', {}, READ)), true);
  assert.equal(file.isSameObject(call, root), false);
  assert.equal(
    thrown(() => root.readlinkAt(call, 'www/a.txt')),
    'invalid',
  );
  assert.equal(
    thrown(() => root.readlinkAt(call, 'none')),
    'no-entry',
  );
});

test('directory entries end with none', () => {
  using call = fakeCall({ vfs: files });
  const entries = rootOf(call).openAt(call, {}, 'www', {}, READ).readDirectory(call);
  assert.deepEqual(entries.readDirectoryEntry(), { type: 'regular-file', name: 'a.txt' });
  assert.deepEqual(entries.readDirectoryEntry(), { type: 'directory', name: 'sub' });
  assert.equal(entries.readDirectoryEntry(), undefined);
  assert.equal(entries.readDirectoryEntry(), undefined);
});

test('open files are bounded, given back, and closed at the end of the call', () => {
  let open = 0;
  const vfs = counted((by) => {
    open += by;
  });
  const call = fakeCall({ vfs });
  const root = rootOf(call);
  const opened = Array.from({ length: MAX_OPEN_FILES }, () => root.openAt(call, {}, 'www/a.txt', {}, READ));
  assert.equal(
    thrown(() => root.openAt(call, {}, 'www/a.txt', {}, READ)),
    'quota',
  );
  const stream = opened[0]?.readViaStream(call, 0n);
  opened[0]?.[Symbol.dispose]();
  assert.equal(open, MAX_OPEN_FILES);
  stream?.[Symbol.dispose]();
  assert.equal(open, MAX_OPEN_FILES - 1);
  root.openAt(call, {}, 'www/a.txt', {}, READ);
  call[Symbol.dispose]();
  assert.equal(open, 0);
});

test('what the operating system refuses is an input and output error, and a line of the log', () => {
  const { sync } = files;
  assert.ok(sync);
  const broken = () => {
    throw fail('VFS_READ', { path: '/www/a.txt' }, new Error('EIO'));
  };
  const vfs: Vfs = { ...files, sync: { ...sync, open: (path) => ({ ...sync.open(path), read: broken }) } };
  using call = fakeCall({ vfs });
  const file = rootOf(call).openAt(call, {}, 'www/a.txt', {}, READ);
  assert.equal(
    thrown(() => file.read(call, 1n, 0n)),
    'io',
  );
  const error = thrown(() => file.readViaStream(call, 0n).read(call, 1n)) as { tag: string; val: IoError };
  assert.equal(error.tag, 'last-operation-failed');
  assert.equal(filesystemErrorCode(call, error.val), 'io');
  assert.equal(error.val.toDebugString(), 'file system: io');
  // Once for each kind: it was the same twice.
  assert.equal(call.log.find('Guest cannot use a file').length, 1);
});

/** The same files; `count` hears of every one that is opened or closed. */
function counted(count: (by: number) => void): Vfs {
  const { sync } = files;
  assert.ok(sync);
  return {
    ...files,
    sync: {
      ...sync,
      open: (path) => {
        const file = sync.open(path);
        count(1);
        return { ...file, [Symbol.dispose]: () => count(-1) };
      },
    },
  };
}
