/** WASI where it is more than one function: settings, chance, ends of calls, lost threads, what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { outcomeOf } from '../../src/engine/status.ts';
import type { CodedError } from '../../src/lib/errors.ts';
import { countFolders } from '../../src/vfs/disk-count.ts';
import { Store } from '../../src/vfs/store.ts';
import { guest } from '../guests/build.ts';
import { moduleGuest } from '../guests/module.ts';
import { createWorld, type TestApp } from './wasi-world.ts';
import { on, run, type Said, type Step } from './wit-table/rows.ts';

const operator = {
  environment: { MODE: 'live' },
  arguments: ['--fast', 'x y'],
  settings: { limit: '9' },
  secrets: { token: 's3cret-never-shown' },
  timeZone: 'UTC',
};

async function said(app: TestApp, ...steps: readonly Step[]): Promise<readonly unknown[]> {
  const answers = JSON.parse(await app.ask('/', JSON.stringify(steps))) as readonly Said[];
  return answers.map(({ ok, err }) => ok ?? err);
}

/** What a call ended with. */
async function endOf(app: TestApp, path: string): Promise<CodedError> {
  return app.ask(path).then(
    () => assert.fail('it answered'),
    (error: CodedError) => error,
  );
}

function exitOf({ cause }: CodedError): Pick<CodedError, 'code' | 'blame' | 'detail'> {
  const { code, blame, detail } = cause as CodedError;
  return { code, blame, detail };
}

for (const workers of [0, 1]) {
  const where = workers === 0 ? 'in the same thread' : 'in a thread of its own';

  test(`a Rust program has its environment and arguments, ${where}`, async () => {
    await using world = await createWorld({ workers });
    const app = await world.load(await guest('rust-files'), { name: 'shop', operator });
    assert.equal(await app.ask('/environment'), 'MODE=live HERMES_APP=shop HERMES_MODULE=m m --fast x y');
  });

  test(`exit, its code and a trap are told apart, ${where}`, async () => {
    await using world = await createWorld({ workers });
    const rust = await world.load(await guest('rust-files'));
    const exit = await endOf(rust, '/exit');
    // The adapter between WASI 0.1 and 0.2 knows only success and failure.
    assert.deepEqual(exitOf(exit), { code: 'WASI_EXIT', blame: 'guest', detail: { by: 'exit', status: 1 } });
    assert.equal(outcomeOf(exit), 'WASI_EXIT');
    const panic = await endOf(rust, '/panic');
    assert.deepEqual([panic.code, panic.detail['reason']], ['TRAP_GUEST', 'unreachable']);
    const spoken = world.log.lines.map(({ fields }) => String(fields['text']));
    assert.ok(spoken.some((text) => text.includes('on purpose')));
    const calls = await world.load(await moduleGuest('wasi/ts'), { name: 'other' });
    const coded = await said(calls, run('wasi:cli/exit.exitWithCode', [7])).then(
      () => assert.fail('it answered'),
      (error: CodedError) => error,
    );
    assert.deepEqual(exitOf(coded).detail, { by: 'exit-with-code', status: 7 });
  });

  test(`a seed makes what a call draws repeatable, and each call draws something else, ${where}`, async () => {
    const bytes = await moduleGuest('wasi/ts');
    const draw = async (seed: string): Promise<readonly unknown[]> => {
      await using world = await createWorld({ workers, seed });
      const app = await world.load(bytes);
      const steps = [
        run('wasi:random/random.getRandomBytes', [8]),
        run('wasi:random/insecure.getInsecureRandomU64'),
        run('wasi:random/insecure-seed.insecureSeed'),
      ];
      return [await said(app, ...steps), await said(app, ...steps)];
    };
    const [first, second] = [await draw('a'), await draw('a')];
    assert.deepEqual(first, second);
    assert.notDeepEqual(first[0], first[1]);
    assert.notDeepEqual(first, await draw('b'));
  });

  test(`configuration is what module and operator say, and no secret is logged, ${where}`, async () => {
    await using world = await createWorld({ workers });
    const config = { limit: 3, greeting: 'hello', token: 'example' };
    const app = await world.load(await moduleGuest('wasi/ts'), { config, operator });
    const get = (key: string): Step => run('wasi:config/store.get', [key]);
    assert.deepEqual(await said(app, get('limit'), get('greeting'), get('token')), [
      '9',
      'hello',
      's3cret-never-shown',
    ]);
    const answer = JSON.parse(await app.ask('/', JSON.stringify([get('none')])));
    assert.deepEqual(answer, [{ ok: null }]);
    await endOf(app, '/');
    assert.ok(!JSON.stringify(world.log.lines).includes('s3cret'));
  });

  test(`a module that wants sockets is refused with advice, ${where}`, async () => {
    await using world = await createWorld({ workers });
    const text = `(component
      (import "wasi:sockets/tcp@0.2.3" (instance (export "f" (func))))
      (import "wasi:http/outgoing-handler@0.2.0" (instance (export "g" (func)))))`;
    await assert.rejects(world.load(new Uint8Array(await parse(text))), (error: CodedError) => {
      assert.equal(error.code, 'IMPORTS_MISSING');
      const { missing, advice } = error.detail as { missing: string[]; advice: string[] };
      assert.deepEqual(missing, ['m: wasi:sockets/tcp@0.2.3#f', 'm: wasi:http/outgoing-handler@0.2.0#g']);
      assert.match(advice[0] ?? '', /^wasi:sockets is not offered.*without networking.*hermes:http-gateway/);
      assert.match(advice[1] ?? '', /^wasi:http is not offered/);
      return true;
    });
  });

  test(`objects and lists that a guest holds are bounded, ${where}`, async () => {
    await using world = await createWorld({ workers });
    const app = await world.load(await moduleGuest('wasi/ts'));
    const dirs = run('wasi:filesystem/preopens.getDirectories', [], 'dirs');
    const many = (step: (index: number) => Step, count: number): Step[] =>
      Array.from({ length: count }, (_, index) => step(index));
    const pollable = (index: number): Step =>
      run('wasi:clocks/monotonic-clock.subscribeDuration', [0], `p${index}`);
    assert.equal((await said(app, ...many(pollable, 1024))).length, 1024);
    const limits = (error: CodedError): boolean => (error.cause as CodedError).code === 'WASI_LIMIT';
    await assert.rejects(said(app, ...many(pollable, 1025)), { code: 'LIMIT_HANDLES', blame: 'guest' });
    const list = (index: number): Step => on('$dirs.0.0', 'readDirectory', [], `l${index}`);
    await assert.rejects(said(app, dirs, ...many(list, 65)), limits);
    await assert.rejects(said(app, run('wasi:random/random.getRandomBytes', [2 ** 20 + 1])), limits);
    const file = [
      dirs,
      on('$dirs.0.0', 'openAt', [{}, 'tmp/a', { create: true }, { write: true }], 'file'),
      on('$file', 'writeViaStream', [0], 'out'),
    ];
    await assert.rejects(said(app, ...file, on('$out', 'writeZeroes', [2 ** 20 + 1])), limits);
  });
}

test('what a guest had open without a name is given back when its thread is lost', async () => {
  await using world = await createWorld({ workers: 1 });
  const app = await world.load(await moduleGuest('wasi/ts'));
  const { recipe } = app.vfs;
  const store = recipe?.mounts.flatMap((mount) => ('store' in mount && mount.store ? [mount.store] : []))[0];
  assert.ok(store);
  const books = new Store(store, () => countFolders(store.folders));
  const held = said(
    app,
    run('wasi:filesystem/preopens.getDirectories', [], 'dirs'),
    on('$dirs.0.0', 'openAt', [{}, 'tmp/a', { create: true }, { write: true }], 'file'),
    on('$file', 'setSize', [50_000]),
    on('$dirs.0.0', 'unlinkFileAt', ['tmp/a']),
    run('wasi:clocks/monotonic-clock.subscribeDuration', [3.6e12], 'late'),
    on('$late', 'block'),
  );
  const lost = assert.rejects(held, { code: 'WORKER_LOST' });
  while (books.usage().bytes === 0 || books.usage().files > 0) await new Promise(setImmediate);
  assert.deepEqual(books.usage(), { bytes: 50_000, files: 0 });
  await world.threads[0]?.terminate();
  await lost;
  assert.deepEqual(books.usage(), { bytes: 0, files: 0 });
});
