import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { AppBinding, ExtensionService, HostEvent } from '../../engine/extension.ts';
import { complies, type FakeContext, fakeApp, fakeCaller, fakeContext } from '../../testkit/index.ts';
import { until } from './fixtures/until.ts';
import { ipfs } from './index.ts';
import type { NodeThread } from './link/create-link.ts';
import { startNodeThread } from './link/start-thread.ts';
import { startIpfs } from './service.ts';

complies(ipfs, { config: { start: 'never' } });

const API = new Set(['hermes:ipfs/api']);
const LISTENER = { name: 'api', imports: API, exports: new Set(['hermes:ipfs/event#on-topic']) };

interface Engine extends AsyncDisposable {
  readonly service: ExtensionService;
  readonly context: FakeContext;
  readonly binding: AppBinding;
  readonly address: string;
  readonly peer: string;
}

type Call = (...args: readonly unknown[]) => Promise<unknown>;

function caller(binding: AppBinding, name: string): Call {
  return async (...args) => binding.calls[name]?.(fakeCaller(), ...args);
}

/** A service with one application. */
async function engine(
  app: string,
  bootstrap: readonly string[] = [],
  startThread: typeof startNodeThread = startNodeThread,
): Promise<Engine> {
  await using stack = new AsyncDisposableStack();
  const config = { bootstrap, retrySeconds: 1 };
  const context = stack.use(fakeContext({ config }));
  const service = stack.use(await startIpfs(context, { startThread }));
  const permissions = { ipfs: { topics: ['board'] } };
  const attached = fakeApp({ name: app, modules: [LISTENER], permissions });
  const binding = stack.use(await service.attach(attached));
  binding.ready?.();
  const peer = (await caller(binding, 'getPeerId')()) as string;
  const [line] = context.log.find('IPFS node is running');
  const [address = ''] = (line?.fields['addresses'] ?? []) as readonly string[];
  const running = stack.move();
  return { service, context, binding, address, peer, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

test('applications of two engines share messages, records and files', { timeout: 60_000 }, async () => {
  await using a = await engine('shop');
  await using b = await engine('bank', [a.address]);
  await until(() => b.context.log.find('Connected to bootstrap node').length === 1);
  for (const { binding } of [a, b]) assert.equal(await caller(binding, 'pubsubSubscribe')('board'), true);
  const heard = (event: HostEvent): string =>
    String(Buffer.from((event.args[0] as { message: Uint8Array }).message));
  await until(async () => {
    await caller(a.binding, 'pubsubPublish')('board', Buffer.from('hello'));
    return b.context.sent.some((event) => heard(event) === 'hello');
  });
  const [event] = b.context.sent;
  assert.deepEqual(event?.source, ['ipfs', 'bank', 'board', a.peer]);
  assert.deepEqual(a.context.sent, [], 'an application does not hear itself');

  const file = Buffer.alloc(600_000, 7);
  // What is added is the node’s: a copy.
  const added = (await caller(b.binding, 'fileAdd')(new Uint8Array(file))) as { readonly filePath: string };
  assert.ok(file.equals((await caller(a.binding, 'fileGet')(added.filePath)) as Uint8Array));

  const key = Buffer.from('greeting');
  assert.equal(await caller(a.binding, 'dhtPut')(key, Buffer.from('hi')), true);
  await assert.rejects(
    caller(b.binding, 'dhtGet')(key),
    { payload: 'dht-get-error' },
    'of another namespace',
  );
  assert.equal(await caller(b.binding, 'ipfsContentValidate')({ tag: 'pubsub', val: ['votes', key] }), false);
  assert.equal(await caller(b.binding, 'ipfsContentValidate')({ tag: 'dht', val: [key, key] }), true);
});

test('a node that is lost comes back with its subscriptions', { timeout: 60_000 }, async () => {
  const threads: NodeThread[] = [];
  await using a = await engine('shop');
  await using b = await engine('bank', [a.address], (data, listener) => {
    const thread = startNodeThread(data, listener);
    threads.push(thread);
    return thread;
  });
  assert.equal(await caller(b.binding, 'pubsubSubscribe')('board'), true);
  const publishUntilHeard = async (): Promise<void> => {
    const before = b.context.sent.length;
    await until(async () => {
      await caller(a.binding, 'pubsubPublish')('board', Buffer.from('hello'));
      return b.context.sent.length > before;
    });
  };
  await publishUntilHeard();
  await threads[0]?.[Symbol.asyncDispose]();
  await assert.rejects(caller(b.binding, 'getPeerId')(), { payload: 'service-unavailable' });
  await until(() => threads.length === 2);
  assert.equal(await caller(b.binding, 'getPeerId')(), b.peer);
  await publishUntilHeard();
  assert.equal(b.context.metrics.value('hermes_ipfs_restarts_total'), 1);
});

test('an engine that stops hears no more messages, and its handlers still reach the node', {
  timeout: 60_000,
}, async () => {
  await using a = await engine('shop');
  await using b = await engine('bank', [a.address]);
  assert.equal(await caller(b.binding, 'pubsubSubscribe')('board'), true);
  const publish = (): Promise<unknown> => caller(a.binding, 'pubsubPublish')('board', Buffer.from('hello'));
  await until(async () => {
    await publish();
    return b.context.sent.length > 0;
  });
  await b.service.close?.();
  const before = b.context.sent.length;
  await publish();
  // What is asked after it is answered after it.
  const path = '/ipfs/bafkqabtimvwgy3yk';
  assert.equal(String(Buffer.from((await caller(b.binding, 'fileGet')(path)) as Uint8Array)), 'hello\n');
  await caller(b.binding, 'pubsubPublish')('board', Buffer.from('bye'));
  assert.equal(b.context.sent.length, before);
});

const LOADS = `
  import { registerHooks } from 'node:module';
  const loaded = new Set();
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      loaded.add(/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(found.url)?.[1]);
      return found;
    },
  });
  const { ipfs } = await import(process.argv[1] + '/index.ts');
  const { fakeApp, fakeContext } = await import(process.argv[1] + '/../../testkit/index.ts');
  await using context = fakeContext();
  await using service = await ipfs().start(context);
  await using binding = await service.attach(fakeApp({ modules: ['api'] }));
  console.log(JSON.stringify([...loaded].filter((name) => name !== undefined)));
`;

test('an engine whose applications do not use the node loads nothing of it', {
  timeout: 60_000,
}, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    LOADS,
    import.meta.dirname,
  ]);
  assert.deepEqual(JSON.parse(stdout), []);
});
