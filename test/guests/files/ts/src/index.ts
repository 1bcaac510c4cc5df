// What a program does with its files, by WASI itself; the answer says how each step went. See ../../README.md.
import { text } from 'hermes:guest';
import type { Reply } from 'hermes:http-gateway/event';
import { getDirectories } from 'wasi:filesystem/preopens@0.2.6';
import type { Descriptor } from 'wasi:filesystem/types@0.2.6';

/** What C libraries call the codes that are met here. */
const ERRNO: Readonly<Record<string, number>> = {
  exist: 20,
  'insufficient-space': 51,
  'no-entry': 44,
  'not-empty': 55,
  'not-permitted': 63,
  'read-only': 69,
};

const root = (): Descriptor => {
  const [first] = getDirectories();
  if (!first) throw new Error('There are no directories');
  return first[0];
};
const at = (path: string): string => path.slice(1);
const READ = { read: true };
const WRITE = { write: true };

function attempt(step: string, work: () => unknown): string {
  try {
    return `${step} ${String(work() ?? 'ok')}`;
  } catch (error) {
    const { payload } = error as { payload?: unknown };
    if (typeof payload !== 'string') throw error;
    return `${step} errno ${ERRNO[payload] ?? payload}`;
  }
}

function open(path: string, open: object, flags: object): Descriptor {
  return root().openAt({}, at(path), open, flags);
}

function put(path: string, content: string, options: object): undefined {
  open(path, options, WRITE).write(new TextEncoder().encode(content), 0n);
}

function get(path: string): string {
  const [bytes] = open(path, {}, READ).read(10_000n, 0n);
  return new TextDecoder().decode(bytes).replaceAll('\n', '|');
}

function append(path: string, content: string): undefined {
  const stream = open(path, {}, WRITE).appendViaStream();
  stream.blockingWriteAndFlush(new TextEncoder().encode(content));
}

function part(path: string): string {
  const file = open(path, {}, READ);
  const [middle] = file.read(3n, 6n);
  const { size } = file.stat();
  const rest = file.readViaStream(size - 2n).blockingRead(100n);
  return new TextDecoder().decode(middle) + new TextDecoder().decode(rest).trimEnd();
}

function change(path: string): undefined {
  const file = open(path, {}, WRITE);
  const stream = file.writeViaStream(0n);
  stream.blockingWriteAndFlush(new TextEncoder().encode('J'));
  file.write(new TextEncoder().encode('y'), 4n);
  file.sync();
}

function list(path: string): string {
  const entries = open(path, { directory: true }, READ).readDirectory();
  const names: string[] = [];
  for (;;) {
    const entry = entries.readDirectoryEntry();
    if (!entry) return names.sort().join(' ');
    names.push(entry.name + (entry.type === 'directory' ? '/' : ''));
  }
}

function about(path: string): string {
  const { type, size, dataModificationTimestamp } = root().statAt({}, at(path));
  const kind = type === 'directory' ? 'directory' : 'file';
  return `${kind} ${size} ${(dataModificationTimestamp?.seconds ?? 0n) > 0n}`;
}

function fill(path: string): string {
  const file = open(path, { create: true, truncate: true }, WRITE);
  let pieces = 0;
  return attempt('fill', () => {
    for (; ; pieces++) file.write(new Uint8Array(1024), BigInt(pieces * 1024));
  }).replace('fill', `fill ${pieces} then`);
}

const EXCLUSIVE = { create: true, exclusive: true };
const MAKE = { create: true, truncate: true };

export const reply: Reply = () => {
  const here = root();
  const steps = [
    attempt('mkdir', () => here.createDirectoryAt('var/notes')),
    attempt('mkdir again', () => here.createDirectoryAt('var/notes')),
    attempt('write', () => put('/var/notes/a', 'hello\n', MAKE)),
    attempt('append', () => append('/var/notes/a', 'world\n')),
    attempt('exclusive', () => put('/var/notes/a', '', EXCLUSIVE)),
    attempt('read', () => get('/var/notes/a')),
    attempt('seek', () => part('/var/notes/a')),
    attempt('change', () => change('/var/notes/a')),
    attempt('read', () => get('/var/notes/a')),
    attempt('write', () => put('/var/notes/b', 'other', MAKE)),
    attempt('mkdir', () => here.createDirectoryAt('var/notes/sub')),
    attempt('list', () => list('/var/notes')),
    attempt('rename', () => here.renameAt('var/notes/a', here, 'var/notes/b')),
    attempt('list', () => list('/var/notes')),
    attempt('truncate', () => open('/var/notes/b', {}, WRITE).setSize(4n)),
    attempt('read', () => get('/var/notes/b')),
    attempt('stat', () => about('/var/notes/b')),
    attempt('stat', () => about('/var/notes')),
    attempt('rmdir', () => here.removeDirectoryAt('var/notes')),
    attempt('read-only', () => put('/www/new', 'x', MAKE)),
    attempt('read-only', () => here.unlinkFileAt('www/page')),
    attempt('outside', () => get('/../secret')),
    attempt('outside', () => get('/var/../../other/var/secret')),
    fill('/tmp/full'),
    attempt('unlink', () => here.unlinkFileAt('tmp/full')),
    attempt('unlink', () => here.unlinkFileAt('var/notes/b')),
    attempt('unlink again', () => here.unlinkFileAt('var/notes/b')),
    attempt('rmdir', () => here.removeDirectoryAt('var/notes/sub')),
    attempt('rmdir', () => here.removeDirectoryAt('var/notes')),
    attempt('list', () => list('/var')),
  ];
  return text(steps.join('\n'));
};
