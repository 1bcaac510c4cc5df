import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeCall } from '../testkit/call.ts';
import { ManualClock } from '../testkit/clock.ts';
import { wasiImports } from './index.ts';
import { Pollable, poll } from './poll.ts';
import { MAX_RANDOM_BYTES } from './random.ts';

/** A function of `wasiImports()`. */
function find(name: string, key: string): (...args: any[]) => any {
  const value = wasiImports()[`${name}@0.2.0`]?.[key];
  assert.equal(typeof value, 'function', `${name} ${key}`);
  return value as (...args: any[]) => any;
}

const wait = poll.run as (...args: any[]) => Promise<Uint32Array>;

test('imports are functions of version 0.2, which serves every 0.2.x', () => {
  for (const [name, functions] of Object.entries(wasiImports())) {
    assert.match(name, /^wasi:[a-z]+\/[a-z-]+@0\.2\.0(-draft|-rc\.1)?$/);
    assert.ok(Object.keys(functions).length > 0, name);
  }
});

test('environment names application and module, and there is no terminal', () => {
  using call = fakeCall();
  assert.deepEqual(find('wasi:cli/environment', 'getEnvironment')(call), [
    ['HERMES_APP', call.app.name],
    ['HERMES_MODULE', 'api'],
  ]);
  assert.deepEqual(find('wasi:cli/environment', 'getArguments')(call), ['api']);
  assert.equal(find('wasi:cli/environment', 'initialCwd')(call), '/');
  assert.equal(find('wasi:cli/terminal-stdout', 'getTerminalStdout')(call), undefined);
});

test('stdin is at its end, stdout and stderr take all they are given', () => {
  using call = fakeCall();
  const stdin = find('wasi:cli/stdin', 'getStdin')(call);
  assert.throws(
    () => stdin.blockingRead(call, 10n),
    (error: unknown) => (error as { tag: string }).tag === 'closed',
  );
  const stderr = find('wasi:cli/stderr', 'getStderr')(call);
  assert.ok(stderr.checkWrite(call) > 0n);
  stderr.write(call, new TextEncoder().encode('one\n'));
  stderr.blockingFlush(call);
  assert.deepEqual(call.log.lines[0]?.fields, { text: 'one', stream: 'stderr' });
  assert.equal(stderr.subscribe(call).ready(call), true);
});

test('exit ends the call with its status', () => {
  using call = fakeCall();
  const exit = find('wasi:cli/exit', 'exit');
  assert.throws(() => exit(call, { tag: 'ok' }), {
    code: 'WASI_EXIT',
    blame: 'guest',
    detail: { by: 'exit', status: 0 },
  });
  assert.throws(() => exit(call, { tag: 'err' }), { code: 'WASI_EXIT', detail: { by: 'exit', status: 1 } });
  const withCode = find('wasi:cli/exit', 'exitWithCode');
  assert.throws(() => withCode(call, 42), { detail: { by: 'exit-with-code', status: 42 } });
});

test('clocks are those of the call', async () => {
  const clock = new ManualClock(Temporal.Instant.from('1970-01-01T00:00:01.5Z'));
  using call = fakeCall({ clock });
  const wall = find('wasi:clocks/wall-clock', 'now');
  assert.deepEqual(wall(call), { seconds: 1n, nanoseconds: 500_000_000 });
  await clock.advance({ seconds: 2 });
  assert.deepEqual(wall(call), { seconds: 3n, nanoseconds: 500_000_000 });
  assert.equal(find('wasi:clocks/monotonic-clock', 'now')(call), 2_000_000_000n);
  const early = fakeCall({ clock: new ManualClock(Temporal.Instant.from('1969-01-01T00:00Z')) });
  assert.deepEqual(wall(early), { seconds: 0n, nanoseconds: 0 });
  early[Symbol.dispose]();
});

test('poll answers what is ready, as soon as one is', async () => {
  const clock = new ManualClock();
  using call = fakeCall({ clock });
  const after = (ns: bigint): Pollable => find('wasi:clocks/monotonic-clock', 'subscribeDuration')(call, ns);
  const list = [after(3_000_000_000n), new Pollable(call), after(0n), after(1_000_000_000n)];
  assert.deepEqual([...(await wait(call, list))], [1, 2]);
  const waiting = wait(call, [list[0], list[3], list[3]]);
  await clock.advance({ seconds: 1 });
  assert.deepEqual([...(await waiting)], [1, 2]);
  const last = wait(call, [list[0]]);
  await clock.advance({ milliseconds: 1999 });
  assert.equal(clock.sleeping, 1);
  await clock.advance({ milliseconds: 1 });
  assert.deepEqual([...(await last)], [0]);
});

test('poll for ever ends with the call, and none of nothing is a fault of the guest', async () => {
  const call = fakeCall();
  await assert.rejects(wait(call, []), { code: 'WASI_POLL' });
  const never = wait(call, [find('wasi:clocks/monotonic-clock', 'subscribeInstant')(call, 2n ** 64n - 1n)]);
  call[Symbol.dispose]();
  await assert.rejects(never, /The event ended/);
});

const getRandomBytes = find('wasi:random/random', 'getRandomBytes');
const getRandomU64 = find('wasi:random/random', 'getRandomU64');

test('random bytes are as many as asked for, up to a limit', () => {
  using call = fakeCall();
  assert.equal(getRandomBytes(call, 0n).length, 0);
  assert.equal(getRandomBytes(call, 100_000n).length, 100_000);
  assert.notDeepEqual(getRandomBytes(call, 32n), getRandomBytes(call, 32n));
  assert.throws(() => getRandomBytes(call, BigInt(MAX_RANDOM_BYTES) + 1n), { code: 'WASI_LIMIT' });
  assert.throws(() => getRandomBytes(call, 2n ** 64n - 1n), { code: 'WASI_LIMIT' });
  assert.notEqual(getRandomU64(call), getRandomU64(call));
});
