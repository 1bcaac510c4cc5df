/** WASI under a C program that knows only its libc, on the real runtime and pool. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, type InstancePre } from '../../src/component/index.ts';
import type { CodedError } from '../../src/lib/errors.ts';
import { createGuestRunner, type GuestRunner, type GuestTaskHost } from '../../src/pool/guest-runner.ts';
import { type Collector, createCollector } from '../../src/telemetry/collector.ts';
import { ManualClock } from '../../src/testkit/clock.ts';
import { createMemoryVfs } from '../../src/vfs/memory.ts';
import type { Vfs } from '../../src/vfs/vfs.ts';
import { wasiImports } from '../../src/wasi/index.ts';
import { guest } from '../guests/build.ts';

interface Machine {
  readonly runner: GuestRunner;
  readonly pre: InstancePre;
  readonly clock: ManualClock;
}

/** A guest that does what the path of its request says: see test/guests/wasi. */
async function boot(): Promise<Machine> {
  const clock = new ManualClock();
  const types = { name: 'types', guest: new URL(`data:text/javascript,${encodeURIComponent(TYPES)}`) };
  const runner = await createGuestRunner({ halves: [types], imports: wasiImports() }, { clock });
  return { runner, clock, pre: runner.link(await compile(await guest('c-wasi'))) };
}

/** Interfaces that only hold types. */
const TYPES = `export const guest = { imports: () => ({ 'hermes:binary/api': {}, 'hermes:http-gateway/api': {} }) };`;

const files = createMemoryVfs(
  {
    '/www/index.html': '<h1>Hello</h1>',
    '/www/sub/empty': '',
    '/share/digits': '0123456789',
    '/share/big': new Uint8Array(3_000_000).fill(0x41),
  },
  { modified: Temporal.Instant.from('2026-02-03T04:05:06Z') },
);

/** Who hears how a call ended. */
function hostOf(returned: (value: unknown) => void, threw: (error: unknown) => void): GuestTaskHost {
  return { ask: () => assert.fail('nothing is remote'), returned, threw };
}

/** Runs one command and answers what the guest said of it. */
async function ask(
  machine: Machine,
  command: string,
  options: { log?: Collector; vfs?: Vfs } = {},
): Promise<string> {
  const { log = createCollector(), vfs = files } = options;
  const event = { id: 1, depth: 0, name: 'hermes:http-gateway/event#reply' };
  const facts = {
    app: { name: 'a', version: 'V1.0.0' },
    module: { id: 'x', name: 'm' },
    event,
    counter: 0,
    vfs,
    log,
  };
  const args = [new Uint8Array(), [], command, 'GET'];
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  machine.runner.run({ pre: machine.pre, facts, args, host: hostOf(resolve, reject) });
  const answer = (await promise) as { readonly val: { readonly body: Uint8Array } };
  return new TextDecoder().decode(answer.val.body);
}

test('a C program reads files', async () => {
  const machine = await boot();
  assert.equal(await ask(machine, '/cat /www/index.html'), '<h1>Hello</h1>');
  assert.equal(await ask(machine, '/cat share/digits'), '0123456789');
  assert.equal(await ask(machine, '/cat /www/sub/../.././share//digits'), '0123456789');
  assert.equal(await ask(machine, '/cat /www/sub/empty'), '');
  assert.equal((await ask(machine, '/cat /share/big')).length, 3_000_000);
  assert.equal(await ask(machine, '/part /share/digits'), '345 789 0');
  assert.equal(await ask(machine, '/cat /none'), 'errno: No such file or directory');
  assert.equal(await ask(machine, '/cat /www/index.html/x'), 'errno: Not a directory');
  assert.equal(await ask(machine, '/cat /../../etc/passwd'), 'errno: Operation not permitted');
  assert.equal(await ask(machine, `/cat /${'x'.repeat(300)}`), 'errno: Filename too long');
});

test('a C program lists directories and asks what files are', async () => {
  const machine = await boot();
  assert.equal(await ask(machine, '/list /'), './ ../ share/ www/ ');
  assert.equal(await ask(machine, '/list /www'), './ ../ index.html sub/ ');
  assert.equal(await ask(machine, '/list /www/index.html'), 'errno: Not a directory');
  const mtime = Date.parse('2026-02-03T04:05:06Z') / 1000;
  assert.equal(await ask(machine, '/stat /share/digits'), `file size=10 mtime=${mtime} links=1 ino=set`);
  assert.equal(await ask(machine, '/stat /www/sub/'), `directory size=0 mtime=${mtime} links=1 ino=set`);
  assert.equal(await ask(machine, '/stat /share/digits/'), 'errno: Not a directory');
});

test('a C program changes nothing', async () => {
  const machine = await boot();
  const names = [
    'create',
    'append',
    'mkdir',
    'unlink',
    'rmdir',
    'rename',
    'link',
    'symlink',
    'write',
    'truncate',
  ];
  const refused = names.map(
    (name) => `${name}=${name === 'mkdir' ? 'File exists' : 'Read-only file system'}`,
  );
  assert.equal(await ask(machine, '/change /share/digits'), refused.join(' '));
  const missing = names
    .slice(0, 8)
    .map((name) => `${name}=${name === 'link' ? 'No such file or directory' : 'Read-only file system'} `);
  assert.equal(await ask(machine, '/change /new'), missing.join(''));
});

test('a C program without files at hand finds none', async () => {
  const machine = await boot();
  const { sync: _, ...far } = files;
  assert.match(await ask(machine, '/cat /www/index.html', { vfs: far }), /^errno: /);
});

test('a C program has the clocks of its call, and sleeps without holding the thread', async () => {
  const machine = await boot();
  const at = Date.parse('2026-01-01T00:00Z') / 1000;
  assert.equal(await ask(machine, '/clocks'), `${at}.000000000 0.000000000`);
  const sleeper = ask(machine, '/sleep 1500');
  while (machine.clock.sleeping === 0) await new Promise(setImmediate);
  assert.equal(await ask(machine, '/stat /none'), 'errno: No such file or directory');
  await machine.clock.advance({ milliseconds: 1499 });
  assert.equal(machine.clock.sleeping, 1);
  await machine.clock.advance({ milliseconds: 1 });
  assert.equal(await sleeper, '0');
  assert.equal(await ask(machine, '/clocks'), `${at + 1}.500000000 1.500000000`);
});

test('a C program that sleeps for ever can be ended', async () => {
  const { runner, pre, clock } = await boot();
  const log = createCollector();
  const event = { id: 1, depth: 0, name: 'hermes:http-gateway/event#reply' };
  const facts = {
    app: { name: 'a', version: '1' },
    module: { id: 'x', name: 'm' },
    event,
    counter: 0,
    vfs: files,
    log,
  };
  const args = [new Uint8Array(), [], '/sleep 3600000', 'GET'];
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const run = runner.run({ pre, facts, args, host: hostOf(resolve, reject) });
  while (clock.sleeping === 0) await new Promise(setImmediate);
  const reason = new Error('the engine stops');
  run.end(reason as CodedError);
  await assert.rejects(promise, reason);
  await new Promise(setImmediate);
  assert.equal(clock.sleeping, 0);
});

test('a C program gets different random bytes each time', async () => {
  const machine = await boot();
  const drawn = await Promise.all([1, 2, 3].map(() => ask(machine, '/random 32')));
  for (const bytes of drawn) assert.match(bytes, /^[0-9a-f]{64}$/);
  assert.equal(new Set(drawn).size, 3);
});

test('a C program writes lines to the log and has nobody to talk to', async () => {
  const machine = await boot();
  const log = createCollector();
  assert.equal(await ask(machine, '/talk hello', { log }), 'tty=000 stdin=-1');
  const said = log.lines.map(({ level, fields }) => [
    level,
    fields['stream'],
    fields['text'],
    fields['module'],
  ]);
  assert.deepEqual(said, [
    ['info', 'stdout', 'out: hello', 'm'],
    ['info', 'stderr', 'err: hello', 'm'],
    ['info', 'stdout', 'no end', 'm'],
  ]);
  assert.equal(await ask(machine, '/environment'), 'variables=2 cwd=/');
});

test('a C program that exits has failed, whatever its status', async () => {
  const machine = await boot();
  for (const [command, status] of [
    ['/exit 0', 0],
    ['/exit 3', 1],
  ] as const) {
    const error: CodedError = await ask(machine, command).then(
      () => assert.fail('it answered'),
      (error: CodedError) => error,
    );
    assert.equal(error.blame, 'guest');
    const cause = error.code === 'WASI_EXIT' ? error : (error.cause as CodedError);
    assert.equal(cause.code, 'WASI_EXIT');
    assert.equal(cause.detail['status'], status);
  }
});

test('a C program that leaves files open leaves none behind', async () => {
  const machine = await boot();
  let open = 0;
  const counting: Vfs = {
    ...files,
    sync: {
      ...files.sync!,
      open(path) {
        const file = files.sync!.open(path);
        open += 1;
        const close = (): void => {
          open -= 1;
        };
        return { ...file, [Symbol.dispose]: close };
      },
    },
  };
  assert.match(await ask(machine, '/many /share/digits', { vfs: counting }), /after 1[0-9][0-9]$/);
  assert.equal(open, 0);
});

test('a component that wants more of WASI than there is, is refused by name', async () => {
  const { runner } = await boot();
  const { parse } = await import('@bytecodealliance/jco-transpile/wasm-tools');
  const text = `(component (import "wasi:sockets/tcp@0.2.3" (instance (export "f" (func)))))`;
  const component = await compile(new Uint8Array(await parse(text)));
  assert.throws(
    () => runner.link(component),
    (error: CodedError) =>
      error.code === 'LINK' && JSON.stringify(error.detail).includes('wasi:sockets/tcp@0.2.3#f'),
  );
});
