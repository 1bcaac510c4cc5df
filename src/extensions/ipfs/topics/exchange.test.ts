import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../lib/errors.ts';
import type { Collector } from '../../../telemetry/collector.ts';
import {
  type FakeApp,
  type FakeContextOptions,
  fakeApp,
  fakeCaller,
  fakeContext,
} from '../../../testkit/index.ts';
import type { NodeLink } from '../link/node-link.ts';
import type { News } from '../node/part.ts';
import { parsePermissions } from '../permissions.ts';
import { bindTopics, type TopicsService } from './binding.ts';
import { topicExport, verdictExport } from './events.ts';

interface Scene extends Disposable {
  readonly topics: TopicsService;
  /** Calls of the node that wait for an answer, in order. */
  readonly asked: {
    readonly method: string;
    readonly args: readonly unknown[];
    answer(error?: unknown): void;
  }[];
  readonly sent: readonly { readonly app: string }[];
  readonly log: Collector;
  state: NodeLink['state'];
  tell(news: News): void;
  start(): Promise<void>;
}

function scene(options: FakeContextOptions = {}): Scene {
  const context = fakeContext(options);
  const asked: Scene['asked'] = [];
  let hear: (news: News) => void = () => {};
  let again: () => Promise<void> = async () => {};
  const nothing = { [Symbol.dispose]() {} };
  const link = {
    state: 'running' as NodeLink['state'],
    call(method: string, args: readonly unknown[]) {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      asked.push({
        method,
        args,
        answer: (error) => (error === undefined ? resolve(undefined) : reject(error)),
      });
      return promise;
    },
    on(_part: string, listener: (news: News) => void) {
      hear = listener;
      return nothing;
    },
    onStart(start: () => Promise<void>) {
      again = start;
      return nothing;
    },
  };
  const limits = { messageBytes: 100, inbox: 10, subscriptions: 3 };
  const topics = bindTopics({ link, limits }, { ...context, dropped() {} });
  return {
    topics,
    asked,
    sent: context.sent,
    log: context.log,
    get state() {
      return link.state;
    },
    set state(state) {
      link.state = state;
    },
    tell: (news) => hear(news),
    start: () => again(),
    [Symbol.dispose]: () => topics[Symbol.dispose](),
  };
}

const shop = (modules: readonly string[] = ['api']): FakeApp =>
  fakeApp({
    name: 'shop',
    modules: modules.map((name) => ({ name, exports: new Set([topicExport, verdictExport]) })),
  });

const anything = parsePermissions({ topics: ['*'] });
const unavailable = new CodedError('IPFS_UNAVAILABLE', { blame: 'host', text: 'Cannot ask' });
const by = (module: string) => fakeCaller({ module });

test('whoever subscribes while the node is told waits for the same answer', async () => {
  using all = scene();
  const { calls } = all.topics.attach(shop(['api', 'worker']), anything);
  const both = [calls.pubsubSubscribe(by('api'), 'board'), calls.pubsubSubscribe(by('worker'), 'board')];
  const outcomes = Promise.allSettled(both);
  assert.deepEqual(
    all.asked.map(({ args }) => args),
    [['board', [{ app: 'shop', verdict: false }]]],
  );
  all.asked[0]?.answer(unavailable);
  for (const each of await outcomes)
    assert.deepEqual(each, { status: 'rejected', reason: { payload: 'service-unavailable' } });
  assert.equal(calls.pubsubUnsubscribe(by('worker'), 'board'), false);
  assert.deepEqual(all.asked.at(-1)?.args, ['board', []], 'the node is told that nobody listens');
  const again = calls.pubsubSubscribe(by('api'), 'board');
  all.asked.at(-1)?.answer();
  assert.equal(await again, true);
});

test('a subscription that its event gives up is none, unless another call waits for it', async () => {
  using all = scene();
  const { calls } = all.topics.attach(shop(), anything);
  const end = new AbortController();
  const given = calls.pubsubSubscribe(fakeCaller({ module: 'api', signal: end.signal }), 'board');
  end.abort(new Error('the event is over'));
  await assert.rejects(given, { message: 'the event is over' });
  assert.equal(calls.pubsubUnsubscribe(by('api'), 'board'), false);
  assert.deepEqual(
    all.asked.map(({ args: [, audiences] }) => audiences),
    [[{ app: 'shop', verdict: false }], []],
    'the node was told, and told otherwise',
  );
  for (const { answer } of all.asked) answer();
  const other = new AbortController();
  const first = calls.pubsubSubscribe(fakeCaller({ module: 'api', signal: other.signal }), 'board');
  const second = calls.pubsubSubscribe(by('api'), 'board');
  other.abort(new Error('the event is over'));
  await assert.rejects(first, { message: 'the event is over' });
  all.asked.at(-1)?.answer();
  assert.equal(await second, true);
  assert.equal(calls.pubsubUnsubscribe(by('api'), 'board'), true);
});

test('a subscription that was given outlives a later call for it that fails', async () => {
  using all = scene();
  const { calls } = all.topics.attach(shop(), anything);
  const other = all.topics.attach(fakeApp({ name: 'other', modules: ['api'] }), anything);
  const given = calls.pubsubSubscribe(by('api'), 'board');
  all.asked.at(-1)?.answer();
  assert.equal(await given, true);
  const late = other.calls.pubsubSubscribe(by('api'), 'board');
  all.asked.at(-1)?.answer(unavailable);
  await assert.rejects(late);
  const mine = [{ app: 'shop', verdict: false }];
  assert.deepEqual(all.asked.at(-1)?.args, ['board', mine], 'the node is told who is left');
  const again = calls.pubsubSubscribe(by('api'), 'board');
  all.asked.at(-1)?.answer(unavailable);
  await assert.rejects(again);
  assert.deepEqual(all.asked.at(-1)?.args, ['board', mine], 'what it does not know it is told again');
  all.asked.at(-1)?.answer();
  const payload = Uint8Array.of(1);
  const message = { topic: 'board', apps: ['shop'], publisher: '12D3KooWA', payload };
  all.tell({ part: 'topics', kind: 'messages', batch: 1, messages: [message] });
  assert.deepEqual(
    all.sent.map(({ app }) => app),
    ['shop'],
  );
  assert.equal(calls.pubsubUnsubscribe(by('api'), 'board'), true);
});

test('one that was ended while the node was asked does not take the next with it', async () => {
  using all = scene();
  const { calls } = all.topics.attach(shop(), anything);
  const first = calls.pubsubSubscribe(by('api'), 'board');
  assert.equal(calls.pubsubUnsubscribe(by('api'), 'board'), true);
  const second = calls.pubsubSubscribe(by('api'), 'board');
  all.asked[0]?.answer(unavailable);
  await assert.rejects(first);
  for (const { answer } of all.asked) answer();
  assert.equal(await second, true);
  assert.equal(calls.pubsubUnsubscribe(by('api'), 'board'), true);
});

test('a node that was not told that nobody listens is told again', async () => {
  using all = scene();
  const { calls } = all.topics.attach(shop(), anything);
  const given = calls.pubsubSubscribe(by('api'), 'board');
  all.asked.at(-1)?.answer();
  await given;
  assert.equal(calls.pubsubUnsubscribe(by('api'), 'board'), true);
  all.asked.at(-1)?.answer(unavailable);
  await new Promise(setImmediate);
  const told = all.asked.length;
  // Nobody listens before and after, so that there is nothing to tell one who knows that.
  async function comeAndGo(): Promise<void> {
    all.state = 'lost';
    assert.equal(await calls.pubsubSubscribe(by('api'), 'board'), true);
    all.state = 'running';
    assert.equal(calls.pubsubUnsubscribe(by('api'), 'board'), true);
  }
  await comeAndGo();
  assert.equal(all.asked.length, told + 1);
  assert.deepEqual(all.asked.at(-1)?.args, ['board', []]);
  all.asked.at(-1)?.answer();
  await new Promise(setImmediate);
  await comeAndGo();
  assert.equal(all.asked.length, told + 1);
});

test('a module that starts does not wait for the node, which is told when it has started', async () => {
  using all = scene();
  all.state = 'starting';
  const { calls } = all.topics.attach(shop(), anything);
  for (const topic of ['a', 'b', 'c']) assert.equal(await calls.pubsubSubscribe(by('api'), topic), true);
  await assert.rejects(calls.pubsubSubscribe(by('api'), 'd'), { payload: 'pubsub-subscribe-error' });
  assert.equal(calls.pubsubUnsubscribe(by('api'), 'b'), true);
  assert.equal(all.asked.length, 0);
  all.state = 'running';
  const told = all.start();
  // What cannot be had does not keep the others from theirs.
  all.asked[0]?.answer(unavailable);
  await new Promise(setImmediate);
  all.asked[1]?.answer();
  await told;
  assert.deepEqual(
    all.asked.map(({ args: [topic] }) => topic),
    ['a', 'c'],
  );
});

test('a module that cannot be told is subscribed all the same, and the log says so', async () => {
  using all = scene();
  all.state = 'starting';
  const app = fakeApp({ name: 'shop', modules: ['api'] });
  const { calls } = all.topics.attach(app, anything);
  assert.equal(await calls.pubsubSubscribe(by('api'), 'board'), true);
  assert.equal(calls.pubsubUnsubscribe(by('api'), 'board'), true);
  const { log } = app as unknown as { log: { find(message: string): readonly unknown[] } };
  assert.equal(log.find('Module subscribes to a topic but has no export to be told by').length, 1);
});

test('a verdict that nobody is there to give is a no, and messages are acknowledged', async () => {
  using all = scene();
  const message = { topic: 'board', publisher: '12D3KooWA', payload: Uint8Array.of(1) };
  all.tell({ part: 'topics', kind: 'question', question: 7, app: 'shop', message });
  all.tell({ part: 'topics', kind: 'messages', batch: 3, messages: [{ ...message, apps: ['shop'] }] });
  assert.deepEqual(
    all.asked.map(({ method, args }) => [method, args]),
    [
      ['topics.answer', [7, false]],
      ['topics.acknowledge', [3]],
    ],
  );
  for (const { answer } of all.asked) answer(unavailable);
  await new Promise(setImmediate);
  assert.deepEqual(all.sent, []);
});

test('a message that cannot be given costs no other, and its batch is acknowledged', async () => {
  let given = 0;
  using all = scene({
    replies() {
      given += 1;
      if (given === 1) throw new TypeError('A fault of the engine');
      return [];
    },
  });
  all.state = 'starting';
  const { calls } = all.topics.attach(shop(['api', 'worker']), anything);
  for (const module of ['api', 'worker']) await calls.pubsubSubscribe(by(module), 'board');
  const message = { topic: 'board', apps: ['shop'], publisher: '12D3KooWA', payload: Uint8Array.of(1) };
  all.tell({ part: 'topics', kind: 'messages', batch: 3, messages: [message, message] });
  assert.equal(all.sent.length, 3, 'of two messages for two modules one was lost');
  assert.deepEqual(
    all.asked.map(({ method, args }) => [method, args]),
    [['topics.acknowledge', [3]]],
  );
  assert.equal(all.log.find('Message could not be given to a module: it is lost').length, 1);
});

test('the memory of a large payload is given back when every module has had it, and not before', async () => {
  const waiting: (() => void)[] = [];
  using all = scene({
    replies: () => {
      const { promise, resolve } = Promise.withResolvers<[]>();
      waiting.push(() => resolve([]));
      return promise;
    },
  });
  const { calls } = all.topics.attach(shop(['api', 'worker']), anything);
  const both = ['api', 'worker'].map((module) => calls.pubsubSubscribe(by(module), 'board'));
  for (const { answer } of all.asked) answer();
  await new Promise((resolve) => setImmediate(resolve));
  for (const { answer } of all.asked) answer();
  await Promise.all(both);
  const [large, small] = [new Uint8Array(8_192), new Uint8Array(8)];
  const messages = [large, small].map((payload) => ({
    topic: 'board',
    publisher: '12D3KooWA',
    payload,
    apps: ['shop'],
  }));
  all.tell({ part: 'topics', kind: 'messages', batch: 1, messages });
  assert.equal(waiting.length, 4);
  waiting[0]?.();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(large.length, 8_192, 'the other module has not');
  for (const answer of waiting) answer();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([large.length, small.length], [0, 8]);
});
