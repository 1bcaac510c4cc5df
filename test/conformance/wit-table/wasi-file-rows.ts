/**
 * Every function of `wasi:filesystem`.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { answered, err, ok, on, type Row, run, type Said, type Step } from './rows.ts';

const DIRS = run('wasi:filesystem/preopens.getDirectories', [], 'dirs');
const ROOT = '$dirs.0.0';
const text = (value: string) => ({ bytes: value, length: value.length });

function open(path: string, options: object, flags: object, as: string): Step {
  return on(ROOT, 'openAt', [{}, path, options, flags], as);
}

const NEW = { create: true, truncate: true };
const BOTH = { read: true, write: true };
/** A file that holds `0123456789`. */
const FILE = [DIRS, open('var/file', NEW, BOTH, 'file'), on('$file', 'write', [{ bytes: '0123456789' }, 0])];
const CONTENT = on('$file', 'read', [100, 0]);
const holds = (value: string): Said => ok([text(value), true]);
const VAR = [DIRS, open('var', { directory: true }, { read: true }, 'var')];
const AT = { tag: 'timestamp', val: { seconds: 1_000_000_000, nanoseconds: 0 } };
const written = (said: readonly Said[]): number =>
  answered<{ dataModificationTimestamp: { seconds: number } }>(said, -1).dataModificationTimestamp.seconds;
const isAt = (said: readonly Said[]): void => assert.equal(written(said), 1_000_000_000);
/** A directory that is removed while it is open. */
const GONE = [
  DIRS,
  on(ROOT, 'createDirectoryAt', ['var/gone']),
  open('var/gone', {}, { read: true }, 'gone'),
  on(ROOT, 'removeDirectoryAt', ['var/gone']),
];
const hashed = (said: readonly Said[]): void => {
  const { lower, upper } = answered<{ lower: number; upper: number }>(said, -1);
  assert.ok(lower > 0 && upper > 0);
};

const streams: readonly Row[] = [
  {
    name: 'wasi:filesystem/types#descriptor.read-via-stream',
    steps: [...FILE, on('$file', 'readViaStream', [7], 'in'), on('$in', 'read', [100])],
    last: ok(text('789')),
  },
  {
    name: 'wasi:filesystem/types#descriptor.write-via-stream',
    steps: [
      ...FILE,
      on('$file', 'writeViaStream', [8], 'out'),
      on('$out', 'write', [{ bytes: 'abc' }]),
      CONTENT,
    ],
    last: holds('01234567abc'),
  },
  {
    name: 'wasi:filesystem/types#descriptor.append-via-stream',
    steps: [
      ...FILE,
      on('$file', 'appendViaStream', [], 'out'),
      on('$out', 'write', [{ bytes: 'abc' }]),
      CONTENT,
    ],
    last: holds('0123456789abc'),
  },
];

const files: readonly Row[] = [
  {
    name: 'wasi:filesystem/types#descriptor.advise',
    steps: [...FILE, on('$file', 'advise', [0, 1, 'random']), on(ROOT, 'advise', [0, 1, 'random'])],
    check: (said) => assert.deepEqual(said.slice(-2), [ok(null), err('is-directory')]),
  },
  {
    name: 'wasi:filesystem/types#descriptor.sync-data',
    steps: [...FILE, on('$file', 'syncData'), ...GONE, on('$gone', 'syncData')],
    last: err('no-entry'),
  },
  {
    name: 'wasi:filesystem/types#descriptor.sync',
    steps: [...FILE, on('$file', 'sync'), ...GONE, on('$gone', 'sync')],
    last: err('no-entry'),
  },
  {
    name: 'wasi:filesystem/types#descriptor.get-flags',
    steps: [...FILE, on('$file', 'getFlags')],
    check: (said) => {
      const { read, write, mutateDirectory } = answered<Record<string, boolean>>(said, -1);
      assert.deepEqual([read, write, mutateDirectory ?? false], [true, true, false]);
    },
  },
  {
    name: 'wasi:filesystem/types#descriptor.get-type',
    steps: [...FILE, on('$file', 'getType')],
    last: ok('regular-file'),
  },
  {
    name: 'wasi:filesystem/types#descriptor.set-size',
    steps: [...FILE, on('$file', 'setSize', [3]), CONTENT],
    last: holds('012'),
  },
  {
    name: 'wasi:filesystem/types#descriptor.set-times',
    steps: [...FILE, on('$file', 'setTimes', [{ tag: 'no-change' }, AT]), on('$file', 'stat')],
    check: isAt,
  },
  {
    name: 'wasi:filesystem/types#descriptor.read',
    steps: [...FILE, on('$file', 'read', [3, 4])],
    last: ok([text('456'), false]),
  },
  {
    name: 'wasi:filesystem/types#descriptor.write',
    steps: [...FILE, on('$file', 'write', [{ bytes: 'abc' }, 4]), CONTENT],
    check: (said) => assert.deepEqual(said.slice(-2), [ok(3), holds('0123abc789')]),
  },
  {
    name: 'wasi:filesystem/types#descriptor.stat',
    steps: [...FILE, on('$file', 'stat')],
    check: (said) => {
      const { type, size, linkCount } = answered<Record<string, unknown>>(said, -1);
      assert.deepEqual([type, size, linkCount], ['regular-file', 10, 1]);
      assert.ok(written(said) > 1_700_000_000);
    },
  },
  {
    name: 'wasi:filesystem/types#descriptor.is-same-object',
    steps: [...FILE, open('var/file', {}, { read: true }, 'again'), on('$file', 'isSameObject', ['$again'])],
    last: ok(true),
  },
  {
    name: 'wasi:filesystem/types#descriptor.metadata-hash',
    steps: [...FILE, on('$file', 'metadataHash')],
    check: hashed,
  },
];

const directories: readonly Row[] = [
  { name: 'wasi:filesystem/preopens#get-directories', steps: [DIRS], last: ok([['object', '/']]) },
  {
    name: 'wasi:filesystem/types#descriptor.read-directory',
    steps: [
      ...FILE,
      on(ROOT, 'createDirectoryAt', ['etc/one']),
      open('etc', { directory: true }, { read: true }, 'etc'),
      on('$etc', 'readDirectory', [], 'entries'),
      on('$entries', 'readDirectoryEntry'),
    ],
    last: ok({ type: 'directory', name: 'one' }),
  },
  {
    name: 'wasi:filesystem/types#directory-entry-stream.read-directory-entry',
    steps: [
      DIRS,
      on(ROOT, 'readDirectory', [], 'entries'),
      on('$entries', 'readDirectoryEntry'),
      on('$entries', 'readDirectoryEntry'),
    ],
    check: (said) =>
      assert.deepEqual(said.slice(-2), [
        ok({ type: 'directory', name: 'etc' }),
        ok({ type: 'directory', name: 'tmp' }),
      ]),
  },
  {
    name: 'wasi:filesystem/types#descriptor.create-directory-at',
    steps: [
      ...VAR,
      on('$var', 'createDirectoryAt', ['new']),
      on('$var', 'statAt', [{}, 'new/']),
      on('$var', 'removeDirectoryAt', ['new']),
    ],
    check: (said) => assert.equal(answered<{ type: string }>(said, -2).type, 'directory'),
  },
  {
    name: 'wasi:filesystem/types#descriptor.stat-at',
    steps: [...FILE, ...VAR, on('$var', 'statAt', [{}, './file'])],
    check: (said) => assert.equal(answered<{ size: number }>(said, -1).size, 10),
  },
  {
    name: 'wasi:filesystem/types#descriptor.set-times-at',
    steps: [...FILE, on(ROOT, 'setTimesAt', [{}, 'var/file', { tag: 'now' }, AT]), on('$file', 'stat')],
    check: isAt,
  },
  {
    name: 'wasi:filesystem/types#descriptor.link-at',
    steps: [...FILE, on(ROOT, 'linkAt', [{}, 'var/file', ROOT, 'var/second'])],
    last: err('not-permitted'),
  },
  {
    name: 'wasi:filesystem/types#descriptor.open-at',
    steps: [...FILE, open('var/file', {}, { read: true }, 'again'), on('$again', 'read', [2, 0])],
    last: ok([text('01'), false]),
  },
  {
    name: 'wasi:filesystem/types#descriptor.readlink-at',
    steps: [...FILE, on(ROOT, 'readlinkAt', ['var/file'])],
    last: err('invalid'),
  },
  {
    name: 'wasi:filesystem/types#descriptor.remove-directory-at',
    steps: [
      ...VAR,
      on('$var', 'createDirectoryAt', ['old']),
      on('$var', 'removeDirectoryAt', ['old']),
      on('$var', 'statAt', [{}, 'old']),
    ],
    last: err('no-entry'),
  },
  {
    name: 'wasi:filesystem/types#descriptor.rename-at',
    steps: [
      ...FILE,
      ...VAR,
      on(ROOT, 'renameAt', ['var/file', '$var', 'moved']),
      on('$var', 'statAt', [{}, 'moved']),
      on(ROOT, 'renameAt', ['var/moved', '$var', 'file']),
    ],
    check: (said) => assert.equal(answered<{ size: number }>(said, -2).size, 10),
  },
  {
    name: 'wasi:filesystem/types#descriptor.symlink-at',
    steps: [DIRS, on(ROOT, 'symlinkAt', ['../../secret', 'var/link'])],
    last: err('not-permitted'),
  },
  {
    name: 'wasi:filesystem/types#descriptor.unlink-file-at',
    steps: [...FILE, on(ROOT, 'unlinkFileAt', ['var/file']), on(ROOT, 'statAt', [{}, 'var/file']), CONTENT],
    check: (said) => assert.deepEqual(said.slice(-2), [err('no-entry'), holds('0123456789')]),
  },
  {
    name: 'wasi:filesystem/types#descriptor.metadata-hash-at',
    steps: [...FILE, on(ROOT, 'metadataHashAt', [{}, 'var/file'])],
    check: hashed,
  },
  {
    name: 'wasi:filesystem/types#filesystem-error-code',
    steps: [
      ...FILE,
      on('$file', 'writeViaStream', [10_000_000], 'out'),
      on('$out', 'blockingWriteAndFlush', [{ bytes: 'x' }], 'failure'),
      run('wasi:filesystem/types.filesystemErrorCode', ['$failure.val']),
    ],
    last: ok('insufficient-space'),
  },
];

export const fileRows: readonly Row[] = [...streams, ...files, ...directories];
