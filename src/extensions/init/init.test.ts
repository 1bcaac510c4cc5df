import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCoded } from '../../lib/errors.ts';
import {
  complies,
  type FakeContext,
  fakeApp,
  fakeCaller,
  fakeContext,
  type Replies,
} from '../../testkit/index.ts';
import { init } from './index.ts';

complies(init);

const exporting = (name: string) => ({ name, exports: new Set(['hermes:init/event#init']) });
const modules = [exporting('b'), 'silent', exporting('a'), exporting('c')];

async function start(context: FakeContext, app = fakeApp({ name: 'shop', modules })): Promise<void> {
  await using service = await init().start(context);
  await using binding = await service.attach(app);
  await binding.start?.();
}

const all =
  (value: unknown): Replies =>
  ({ modules: [module] }) => [{ module: String(module), ok: true, value }];

test('init asks the exporting modules in manifest order, while the application starts', async () => {
  await using context = fakeContext({ replies: all(true) });
  await start(context);
  assert.deepEqual(
    context.sent.map((event) => event.modules),
    [['b'], ['a'], ['c']],
  );
  for (const event of context.sent) {
    assert.equal(event.name, 'hermes:init/event#init');
    assert.deepEqual(event.source, ['init', 'shop']);
    assert.equal(event.duringStart, true);
  }
});

test('init asks the next module only when the previous one has answered', async () => {
  const gates = new Map([...'bac'].map((name) => [name, Promise.withResolvers<void>()]));
  const asked = Promise.withResolvers<void>();
  await using context = fakeContext({
    async replies({ modules: [name] }) {
      asked.resolve();
      await gates.get(String(name))?.promise;
      return [{ module: String(name), ok: true, value: true }];
    },
  });
  const started = start(context);
  await asked.promise;
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  assert.equal(context.sent.length, 1);
  for (const gate of gates.values()) gate.resolve();
  await started;
  assert.equal(context.sent.length, 3);
});

test('false refuses the application, and later modules are not asked', async () => {
  await using context = fakeContext({
    replies: ({ modules: [name] }) => [{ module: String(name), ok: true, value: name !== 'a' }],
  });
  const app = fakeApp({ name: 'shop', modules });
  await assert.rejects(start(context, app), (error) => {
    assert.ok(isCoded(error));
    assert.equal(error.code, 'INIT_REFUSED');
    assert.equal(error.blame, 'guest');
    assert.deepEqual(error.detail, { app: 'shop', module: 'a' });
    assert.match(error.message, /WASM component init function returned false/);
    return true;
  });
  assert.equal(context.sent.length, 2);
});

test('a trap refuses the application and is the cause; no answer at all refuses it too', async () => {
  const trap = new Error('unreachable');
  await using trapping = fakeContext({ replies: () => [{ module: 'b', ok: false, error: trap }] });
  await assert.rejects(start(trapping), { code: 'INIT_FAILED', cause: trap });
  await using silent = fakeContext();
  await assert.rejects(start(silent), { code: 'INIT_FAILED' });
});

test('an application none of whose modules exports init starts', async () => {
  await using context = fakeContext();
  await start(context, fakeApp({ modules: ['api'] }));
  assert.deepEqual(context.sent, []);
});

test('done ends the application once, with its first code', async () => {
  await using context = fakeContext();
  await using service = await init().start(context);
  await using shop = await service.attach(fakeApp({ name: 'shop' }));
  await using bank = await service.attach(fakeApp({ name: 'bank' }));
  shop.calls['done']?.(fakeCaller(), 7);
  shop.calls['done']?.(fakeCaller({ module: 'other' }), 0);
  bank.calls['done']?.(fakeCaller(), 0);
  assert.deepEqual(context.ended, [
    { app: 'shop', code: 7 },
    { app: 'bank', code: 0 },
  ]);
});
