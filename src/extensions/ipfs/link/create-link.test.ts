import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCoded } from '../../../lib/errors.ts';
import { startThread } from '../../../lib/thread.ts';
import { type Collector, createCollector } from '../../../telemetry/collector.ts';
import { until } from '../fixtures/until.ts';
import type { News } from '../node/part.ts';
import { type CreatedLink, createLink, type LinkOptions } from './create-link.ts';
import type { FromNode, ToNode } from './protocol.ts';

const script = new URL('./fixtures/harmful-thread.ts', import.meta.url);

interface Linked {
  readonly link: CreatedLink;
  readonly log: Collector;
  /** Threads started so far. */
  readonly started: () => number;
  readonly restarted: () => number;
}

/** `failures`: so many threads cannot start, in this way. */
function linked(
  options: Partial<LinkOptions> = {},
  failures = 0,
  failure: object = { failure: 'Told not to start' },
): Linked {
  const log = createCollector();
  let started = 0;
  let restarted = 0;
  const link = createLink(
    { enabled: true, deadlineMs: 30_000, calls: 4, restartMs: 1, ...options },
    {
      start: (listener) =>
        startThread<ToNode, FromNode>(
          script,
          { name: 'test', data: started++ < failures ? failure : {}, heapMb: 16 },
          listener,
        ),
      log,
      count: () => undefined,
      restarted: () => void restarted++,
    },
  );
  return { link, log, started: () => started, restarted: () => restarted };
}

const unavailable = { code: 'IPFS_UNAVAILABLE' };

test('the first call starts the node, and its answers come back', { timeout: 30_000 }, async () => {
  const { link, log } = linked();
  await using _ = link;
  assert.equal(link.state, 'off');
  const answers = await Promise.all([
    link.call('test.echo', [1, new Uint8Array(2)], { app: 'shop' }),
    link.call('test.echo', ['b']),
  ]);
  assert.deepEqual(answers, [
    { args: [1, new Uint8Array(2)], app: 'shop' },
    { args: ['b'], app: undefined },
  ]);
  assert.equal(link.state, 'running');
  assert.equal(log.find('IPFS node is running').length, 1);
  await assert.rejects(link.call('test.refuse', []), { name: 'RangeError', message: 'Not so' });
  await until(() => link.gauges.peers === 3);
});

test('a node that begins later begins with the first call all the same', { timeout: 30_000 }, async () => {
  const { link, started } = linked();
  await using _ = link;
  link.begin(3_600_000);
  assert.deepEqual([link.state, started()], ['starting', 0]);
  await link.call('test.echo', []);
  assert.deepEqual([link.state, started()], ['running', 1]);
  link.begin(1);
  assert.deepEqual([link.state, started()], ['running', 1]);
});

test('a node begins when it was said last, and not at all when it is stopped before', {
  timeout: 30_000,
}, async () => {
  const { link, started } = linked();
  link.begin(3_600_000);
  link.begin(1);
  await until(() => link.state === 'running');
  await link[Symbol.asyncDispose]();
  assert.equal(started(), 1);
  const other = linked();
  other.link.begin(3_600_000);
  await other.link[Symbol.asyncDispose]();
  assert.deepEqual([other.link.state, other.started()], ['off', 0]);
});

test('large arguments move, if they are all of their buffers', { timeout: 30_000 }, async () => {
  const { link } = linked();
  await using _ = link;
  const [whole, part, copied] = [new Uint8Array(8), new Uint8Array(8).subarray(0, 4), new Uint8Array(8)];
  const { args } = (await link.call('test.echo', [whole, part, copied], { moved: [whole, part] })) as {
    readonly args: readonly Uint8Array[];
  };
  assert.deepEqual(
    args.map(({ length }) => length),
    [8, 4, 8],
  );
  assert.deepEqual([whole.length, part.length, copied.length], [0, 4, 8]);
});

test('a node that may not run is not started', async () => {
  const { link, started } = linked({ enabled: false });
  await using _ = link;
  link.begin();
  await assert.rejects(link.call('test.echo', []), unavailable);
  assert.deepEqual([link.state, started()], ['off', 0]);
});

test('a call ends with its event or its deadline, and the node hears so', { timeout: 30_000 }, async () => {
  const { link } = linked({ deadlineMs: 200 });
  await using _ = link;
  link.begin();
  await until(() => link.state === 'running');
  const event = new AbortController();
  const call = link.call('test.unanswered', [], { signal: event.signal });
  event.abort(new Error('The event ended'));
  await assert.rejects(call, { message: 'The event ended' });
  await assert.rejects(link.call('test.unanswered', []), {
    code: 'IPFS_TIMEOUT',
    detail: { method: 'test.unanswered', seconds: 0.2 },
  });
  const over = AbortSignal.abort(new Error('Over before'));
  await assert.rejects(link.call('test.echo', [], { signal: over }), { message: 'Over before' });
  const heard = (await link.call('test.cancelled', [])) as readonly number[];
  assert.equal(heard.length, 2);
});

test('one application cannot have more calls under way than it may', { timeout: 30_000 }, async () => {
  const { link } = linked({ calls: 2 });
  await using _ = link;
  await link.call('test.echo', []);
  const end = new AbortController();
  const options = { app: 'shop', signal: end.signal };
  const open = [1, 2].map(() => link.call('test.unanswered', [], options));
  await assert.rejects(link.call('test.echo', [], options), { code: 'IPFS_BUSY' });
  assert.ok(await link.call('test.echo', [], { app: 'bank' }));
  end.abort(new Error('Over'));
  await Promise.allSettled(open);
  assert.ok(await link.call('test.echo', [], { app: 'shop' }), 'places are free again');
});

for (const method of ['test.throw', 'test.exit', 'test.eat']) {
  test(`a node lost by ${method} is replaced, its calls end`, { timeout: 60_000 }, async () => {
    const { link, log, restarted } = linked();
    await using _ = link;
    let told = 0;
    using _starter = link.onStart(async () => void told++);
    await link.call('test.echo', []);
    const waiting = link.call('test.unanswered', []);
    const [lost, other] = await Promise.allSettled([link.call(method, []), waiting]);
    assert.equal(lost.status === 'rejected' && lost.reason.code, 'IPFS_UNAVAILABLE');
    assert.equal(other.status === 'rejected' && other.reason.code, 'IPFS_UNAVAILABLE');
    await until(() => link.state === 'running');
    assert.deepEqual(await link.call('test.echo', [1]), { args: [1], app: undefined });
    assert.deepEqual([told, restarted()], [2, 1]);
    assert.equal(log.find('IPFS node was lost, it starts again').length, 1);
  });
}

test('a node that answers no ping is replaced', { timeout: 60_000 }, async () => {
  const { link, log } = linked({ pingMs: 20 });
  await using _ = link;
  await link.call('test.echo', []);
  await assert.rejects(link.call('test.hang', []), unavailable);
  await until(() => link.state === 'running');
  const [line] = log.find('IPFS node was lost, it starts again');
  assert.equal(isCoded(line?.error) && line.error.code, 'IPFS_SILENT');
});

test('a node that cannot start is tried again; meanwhile calls are answered', {
  timeout: 30_000,
}, async () => {
  const { link, log, started } = linked({}, 2);
  await using _ = link;
  await assert.rejects(link.call('test.echo', []), unavailable);
  await until(() => link.state === 'running');
  assert.ok(await link.call('test.echo', []));
  assert.equal(started(), 3);
  const lines = log.find('IPFS node cannot start, it is tried again: see why, and correct that');
  assert.deepEqual(
    lines.map(({ error }) => (error as Error).message),
    ['Told not to start', 'Told not to start'],
  );
});

test('a node that never says that it runs is replaced', { timeout: 30_000 }, async () => {
  const { link, log, started } = linked({ startMs: 2_000 }, 1, { silent: true });
  await using _ = link;
  await assert.rejects(link.call('test.echo', []), unavailable);
  // The next may need more than that on a machine that is busy.
  await until(() => link.state === 'running');
  assert.ok(started() >= 2);
  const [line] = log.find('IPFS node cannot start, it is tried again: see why, and correct that');
  assert.equal(isCoded(line?.error) && line.error.code, 'IPFS_SILENT');
});

test('news reach those who listen to their part', { timeout: 30_000 }, async () => {
  const { link } = linked();
  await using _ = link;
  const heard: News[] = [];
  const other: News[] = [];
  const listening = link.on('test', (news) => void heard.push(news));
  using _other = link.on('another', (news) => void other.push(news));
  const end = new AbortController();
  const told = link.call('test.tell', ['a'], { signal: end.signal });
  await until(() => heard.length === 1);
  listening[Symbol.dispose]();
  const again = link.call('test.tell', ['b'], { signal: end.signal });
  await link.call('test.echo', []);
  assert.deepEqual(heard, [{ part: 'test', kind: 'told', word: 'a' }]);
  assert.deepEqual(other, []);
  end.abort(new Error('Over'));
  await Promise.allSettled([told, again]);
});

test('stopping ends calls, in every state, once or twice', { timeout: 30_000 }, async () => {
  const idle = linked();
  await idle.link[Symbol.asyncDispose]();
  await assert.rejects(idle.link.call('test.echo', []), unavailable);
  const starting = linked();
  const first = starting.link.call('test.echo', []);
  await Promise.all([starting.link[Symbol.asyncDispose](), assert.rejects(first, unavailable)]);
  const running = linked();
  await running.link.call('test.echo', []);
  const call = running.link.call('test.unanswered', []);
  await Promise.all([running.link[Symbol.asyncDispose](), assert.rejects(call, unavailable)]);
  await running.link[Symbol.asyncDispose]();
  assert.equal(running.link.state, 'off');
  const hanging = linked({ stopMs: 50 });
  await hanging.link.call('test.echo', []);
  const hung = hanging.link.call('test.hang', []);
  await Promise.all([hanging.link[Symbol.asyncDispose](), assert.rejects(hung, unavailable)]);
});
