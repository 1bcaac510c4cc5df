/**
 * Every function of WASI but those of files.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { answered, err, ok, on, type Row, run, type Said } from './rows.ts';

const NONE_THERE = 'there is no terminal, so none is all that it ever says';

const number = (said: Said | undefined): number => {
  const value = said?.ok;
  assert.equal(typeof value, 'number');
  return value as number;
};

const STDOUT = run('wasi:cli/stdout.getStdout', [], 'out');
/** A stream over `0123456789`. */
const DIGITS = [
  run('wasi:filesystem/preopens.getDirectories', [], 'dirs'),
  on(
    '$dirs.0.0',
    'openAt',
    [{}, 'var/digits', { create: true, truncate: true }, { read: true, write: true }],
    'file',
  ),
  on('$file', 'write', [{ bytes: '0123456789' }, 0]),
  on('$file', 'readViaStream', [2], 'in'),
];
/** A stream that can be written. */
const SINK = [...DIGITS, on('$file', 'writeViaStream', [4], 'sink')];
const CONTENT = on('$file', 'read', [100, 0]);
/** A stream whose last write failed for want of room, and what the failure says. */
const FAILED = [
  ...DIGITS,
  on('$file', 'writeViaStream', [10_000_000], 'sink'),
  on('$sink', 'blockingWriteAndFlush', [{ bytes: 'x' }], 'failure'),
];
const text = (value: string) => ({ bytes: value, length: value.length });
const content = (value: string) => [text(value), true];
const CLOSED = err({ tag: 'closed' });

const cli: readonly Row[] = [
  {
    name: 'wasi:cli/environment#get-environment',
    steps: [run('wasi:cli/environment.getEnvironment')],
    last: ok([
      ['MODE', 'live'],
      ['HERMES_APP', 'app'],
      ['HERMES_MODULE', 'm'],
    ]),
  },
  {
    name: 'wasi:cli/environment#get-arguments',
    steps: [run('wasi:cli/environment.getArguments')],
    last: ok(['m', '--fast']),
  },
  {
    name: 'wasi:cli/environment#initial-cwd',
    steps: [run('wasi:cli/environment.initialCwd')],
    last: ok('/'),
  },
  {
    name: 'wasi:cli/exit#exit',
    steps: [run('wasi:cli/exit.exit', [{ tag: 'ok' }])],
    ends: { code: 'WASI_EXIT', detail: { by: 'exit', status: 0 } },
  },
  {
    name: 'wasi:cli/exit#exit-with-code',
    steps: [run('wasi:cli/exit.exitWithCode', [42])],
    ends: { code: 'WASI_EXIT', detail: { by: 'exit-with-code', status: 42 } },
  },
  {
    name: 'wasi:cli/stdin#get-stdin',
    steps: [run('wasi:cli/stdin.getStdin', [], 'in'), on('$in', 'blockingRead', [10])],
    last: CLOSED,
  },
  {
    name: 'wasi:cli/stdout#get-stdout',
    steps: [STDOUT, on('$out', 'blockingWriteAndFlush', [{ bytes: 'to stdout\n' }])],
    logged: ['stdout to stdout'],
  },
  {
    name: 'wasi:cli/stderr#get-stderr',
    steps: [run('wasi:cli/stderr.getStderr', [], 'out'), on('$out', 'write', [{ bytes: 'to stderr\n' }])],
    logged: ['stderr to stderr'],
  },
  ...['stdin', 'stdout', 'stderr'].map((name) => ({
    name: `wasi:cli/terminal-${name}#get-terminal-${name}`,
    steps: [run(`wasi:cli/terminal-${name}.getTerminal${name.charAt(0).toUpperCase()}${name.slice(1)}`)],
    last: ok(null),
    zero: NONE_THERE,
  })),
];

const NOW = run('wasi:clocks/monotonic-clock.now');
const WINTER = { seconds: 1_767_225_600, nanoseconds: 0 };

const clocks: readonly Row[] = [
  {
    name: 'wasi:clocks/monotonic-clock#now',
    steps: [NOW, NOW],
    check: ([first, second]) => assert.ok(number(first) > 0 && number(second) >= number(first)),
  },
  {
    name: 'wasi:clocks/monotonic-clock#resolution',
    steps: [run('wasi:clocks/monotonic-clock.resolution')],
    last: ok(1),
  },
  {
    name: 'wasi:clocks/monotonic-clock#subscribe-instant',
    steps: [run('wasi:clocks/monotonic-clock.subscribeInstant', [1], 'past'), on('$past', 'ready')],
    last: ok(true),
  },
  {
    name: 'wasi:clocks/monotonic-clock#subscribe-duration',
    steps: [run('wasi:clocks/monotonic-clock.subscribeDuration', [0], 'soon'), on('$soon', 'ready')],
    last: ok(true),
  },
  {
    name: 'wasi:clocks/timezone#display',
    steps: [run('wasi:clocks/timezone.display', [WINTER])],
    last: ok({ utcOffset: 3600, name: 'GMT+1', inDaylightSavingTime: false }),
  },
  {
    name: 'wasi:clocks/timezone#utc-offset',
    steps: [run('wasi:clocks/timezone.utcOffset', [{ seconds: 1_782_864_000, nanoseconds: 0 }])],
    last: ok(7200),
  },
  {
    name: 'wasi:clocks/wall-clock#now',
    steps: [run('wasi:clocks/wall-clock.now')],
    check: (said) => assert.ok(answered<{ seconds: number }>(said).seconds > 1_700_000_000),
  },
  {
    name: 'wasi:clocks/wall-clock#resolution',
    steps: [run('wasi:clocks/wall-clock.resolution')],
    last: ok({ seconds: 0, nanoseconds: 1_000_000 }),
  },
];

const config: readonly Row[] = [
  { name: 'wasi:config/store#get', steps: [run('wasi:config/store.get', ['token'])], last: ok('s3cret') },
  {
    name: 'wasi:config/store#get-all',
    steps: [run('wasi:config/store.getAll')],
    last: ok([
      ['size', '3'],
      ['greeting', 'hello'],
      ['token', 's3cret'],
    ]),
  },
];

const io: readonly Row[] = [
  {
    name: 'wasi:io/error#error.to-debug-string',
    steps: [...FAILED, on('$failure.val', 'toDebugString')],
    last: ok('file system: insufficient-space'),
  },
  {
    name: 'wasi:io/poll#pollable.ready',
    steps: [run('wasi:clocks/monotonic-clock.subscribeInstant', [1], 'past'), on('$past', 'ready')],
    last: ok(true),
  },
  {
    name: 'wasi:io/poll#pollable.block',
    steps: [
      NOW,
      run('wasi:clocks/monotonic-clock.subscribeDuration', [3.6e12], 'soon'),
      on('$soon', 'block'),
      NOW,
    ],
    check: (said) => assert.ok(number(said[3]) - number(said[0]) >= 3.6e12),
  },
  {
    name: 'wasi:io/poll#poll',
    steps: [
      run('wasi:clocks/monotonic-clock.subscribeDuration', [1e15], 'late'),
      run('wasi:clocks/monotonic-clock.subscribeDuration', [0], 'soon'),
      run('wasi:io/poll.poll', [['$late', '$soon', '$soon']]),
    ],
    last: ok([1, 2]),
  },
  {
    name: 'wasi:io/streams#input-stream.read',
    steps: [...DIGITS, on('$in', 'read', [3])],
    last: ok(text('234')),
  },
  {
    name: 'wasi:io/streams#input-stream.blocking-read',
    steps: [...DIGITS, on('$in', 'blockingRead', [100])],
    last: ok(text('23456789')),
  },
  { name: 'wasi:io/streams#input-stream.skip', steps: [...DIGITS, on('$in', 'skip', [3])], last: ok(3) },
  {
    name: 'wasi:io/streams#input-stream.blocking-skip',
    steps: [...DIGITS, on('$in', 'blockingSkip', [100])],
    last: ok(8),
  },
  {
    name: 'wasi:io/streams#input-stream.subscribe',
    steps: [...DIGITS, on('$in', 'subscribe', [], 'some'), on('$some', 'ready')],
    last: ok(true),
  },
  {
    name: 'wasi:io/streams#output-stream.check-write',
    steps: [...SINK, on('$sink', 'checkWrite')],
    last: ok(1024 * 1024),
  },
  {
    name: 'wasi:io/streams#output-stream.write',
    steps: [...SINK, on('$sink', 'write', [{ bytes: 'abc' }]), CONTENT],
    last: ok(content('0123abc789')),
  },
  {
    name: 'wasi:io/streams#output-stream.blocking-write-and-flush',
    steps: [...SINK, on('$sink', 'blockingWriteAndFlush', [{ bytes: 'abc' }]), CONTENT],
    last: ok(content('0123abc789')),
  },
  { name: 'wasi:io/streams#output-stream.flush', steps: [...FAILED, on('$sink', 'flush')], last: CLOSED },
  {
    name: 'wasi:io/streams#output-stream.blocking-flush',
    steps: [...FAILED, on('$sink', 'blockingFlush')],
    last: CLOSED,
  },
  {
    name: 'wasi:io/streams#output-stream.subscribe',
    steps: [...SINK, on('$sink', 'subscribe', [], 'room'), on('$room', 'ready')],
    last: ok(true),
  },
  {
    name: 'wasi:io/streams#output-stream.write-zeroes',
    steps: [...SINK, on('$sink', 'writeZeroes', [2]), CONTENT],
    last: ok(content('0123\0\x006789')),
  },
  {
    name: 'wasi:io/streams#output-stream.blocking-write-zeroes-and-flush',
    steps: [...SINK, on('$sink', 'blockingWriteZeroesAndFlush', [2]), CONTENT],
    last: ok(content('0123\0\x006789')),
  },
  {
    name: 'wasi:io/streams#output-stream.splice',
    steps: [...SINK, on('$sink', 'splice', ['$in', 3]), CONTENT],
    check: (said) => assert.deepEqual(said.slice(-2), [ok(3), ok(content('0123234789'))]),
  },
  {
    name: 'wasi:io/streams#output-stream.blocking-splice',
    steps: [...SINK, on('$sink', 'blockingSplice', ['$in', 3]), CONTENT],
    check: (said) => assert.deepEqual(said.slice(-2), [ok(3), ok(content('0123234789'))]),
  },
];

const bytesOf = (length: number) => (said: readonly Said[]) =>
  assert.ok(answered<{ length: number }>(said, -1).length >= length);
const positive = (said: readonly Said[]): void => assert.ok(number(said.at(-1)) > 0);

const random: readonly Row[] = [
  {
    name: 'wasi:random/random#get-random-bytes',
    steps: [run('wasi:random/random.getRandomBytes', [16])],
    check: bytesOf(16),
  },
  {
    name: 'wasi:random/random#get-random-u64',
    steps: [run('wasi:random/random.getRandomU64')],
    check: positive,
  },
  {
    name: 'wasi:random/insecure#get-insecure-random-bytes',
    steps: [run('wasi:random/insecure.getInsecureRandomBytes', [16])],
    check: bytesOf(16),
  },
  {
    name: 'wasi:random/insecure#get-insecure-random-u64',
    steps: [run('wasi:random/insecure.getInsecureRandomU64')],
    check: positive,
  },
  {
    name: 'wasi:random/insecure-seed#insecure-seed',
    steps: [run('wasi:random/insecure-seed.insecureSeed')],
    check: (said) => assert.ok(answered<number[]>(said).every((half) => half > 0)),
  },
];

export const wasiRows: readonly Row[] = [...cli, ...clocks, ...config, ...io, ...random];
