import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failures, isCoded } from '../lib/errors.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createEventQueue, type EventQueue, type EventQueueOptions } from './event-queue.ts';
import type { HostEvent, Reply, Source } from './extension.ts';
import type { QueuedApp } from './queued-app.ts';

const turn = () => new Promise(setImmediate);
const gone = failures({ GONE: { blame: 'host', text: 'Gone' } })('GONE');

interface Running {
  readonly label: unknown;
  readonly end: () => Promise<unknown>;
}

/** A queue whose events run until the test ends them. */
function gated(options: Partial<EventQueueOptions> = {}): {
  queue: EventQueue;
  running: Running[];
  add(name: string, open?: boolean): QueuedApp;
  emit(app: string, source: string, label?: unknown, more?: Partial<HostEvent>): Promise<readonly Reply[]>;
} {
  const queue = createEventQueue({ concurrency: 100, ...options }, { metrics: createMetrics() });
  const running: Running[] = [];
  return {
    queue,
    running,
    add(name, open = true) {
      const app = queue.add(name, {
        run(event) {
          const gate = Promise.withResolvers<readonly Reply[]>();
          const entry: Running = {
            label: event.args[0],
            end: () => {
              running.splice(running.indexOf(entry), 1);
              gate.resolve([{ module: 'm', ok: true, value: event.args[0] }]);
              return turn();
            },
          };
          running.push(entry);
          return gate.promise;
        },
        refuse: (_event, error) => [{ module: 'm', ok: false, error }],
      });
      if (open) app.open();
      return app;
    },
    emit: (app, source, label, more) => queue.emit(event(app, ['test', source], label, more)).done,
  };
}

function event(app: string, source: Source, label: unknown, more: Partial<HostEvent> = {}): HostEvent {
  const name = 'hermes:test/event#on-test';
  return { name, source, app, modules: 'exporting', reply: 'all', args: [label], ...more };
}

const full = (bound: string | undefined) => (error: unknown) =>
  isCoded(error) && error.code === 'QUEUE_FULL' && error.detail['bound'] === bound;

const labels = (running: readonly Running[]) => running.map(({ label }) => label);

describe('createEventQueue()', () => {
  it('keeps the order of one source and lets two sources overlap', async () => {
    const { add, emit, running, queue } = gated();
    add('a');
    for (const label of ['x1', 'x2', 'y1']) void emit('a', label.slice(0, 1), label);
    await turn();
    assert.deepEqual(labels(running), ['x1', 'y1']);
    await running[0]?.end();
    assert.deepEqual(labels(running), ['y1', 'x2']);
    for (const { end } of [...running]) await end();
    assert.equal(queue.size, 0);
  });

  it('starts nothing inside emit', async () => {
    const { add, emit, running } = gated();
    add('a');
    void emit('a', 'x');
    assert.equal(running.length, 0);
    await turn();
    assert.equal(running.length, 1);
  });

  it('lets one source of two applications overlap', async () => {
    const { add, emit, running } = gated();
    add('a');
    add('b');
    void emit('a', 'x', 1);
    void emit('b', 'x', 2);
    await turn();
    assert.deepEqual(labels(running), [1, 2]);
  });

  it('holds events until the application is opened, except those of its start', async () => {
    const { add, emit, running } = gated();
    const app = add('a', false);
    void emit('a', 'x', 'waits');
    void emit('a', 'x', 'start', { duringStart: true });
    void emit('a', 'x', 'start too', { duringStart: true });
    await turn();
    assert.deepEqual(labels(running), ['start']);
    await running[0]?.end();
    assert.deepEqual(labels(running), ['start too']);
    app.open();
    await turn();
    assert.deepEqual(labels(running), ['start too', 'waits']);
  });

  it('renews or drops an event as it leaves the queue', async () => {
    const { add, emit, running } = gated();
    add('a');
    let newest = 'older';
    let asked = 0;
    void emit('a', 'x', 'first');
    void emit('a', 'x', 'older', {
      renew: () => {
        asked++;
        return [newest];
      },
    });
    const dropped = emit('a', 'x', 'gone', { renew: () => undefined });
    void emit('a', 'x', 'last');
    await turn();
    newest = 'newer';
    assert.equal(asked, 0);
    await running[0]?.end();
    assert.deepEqual([labels(running), asked], [['newer'], 1]);
    await running[0]?.end();
    assert.deepEqual([labels(running), await dropped], [['last'], []]);
  });

  it('serves applications in turns', async () => {
    const { add, emit, running } = gated({ concurrency: 2 });
    for (const name of ['a', 'b', 'c']) add(name);
    for (let n = 0; n < 3; n++) void emit('a', `${n}`, `a${n}`);
    await turn();
    for (const name of ['b', 'c']) void emit(name, '', name);
    await turn();
    assert.deepEqual(labels(running), ['a0', 'b'], 'half of the places at most for one application');
    await running[1]?.end();
    assert.deepEqual(labels(running), ['a0', 'c']);
    await running[0]?.end();
    assert.deepEqual(labels(running), ['c', 'a1']);
  });

  it('gives the loop a turn between many short events', async () => {
    const queue = createEventQueue({ concurrency: 1_000 }, { metrics: createMetrics() });
    let handled = 0;
    const run = async () => {
      handled++;
      return [];
    };
    queue.add('a', { run, refuse: () => [] }).open();
    for (let n = 0; n < 1_000; n++) queue.emit(event('a', ['test', `${n}`], n));
    await turn();
    assert.ok(handled < 100, `${handled} ran in one turn`);
    while (queue.size > 0) await turn();
    assert.equal(handled, 1_000);
  });
});

describe('createEventQueue() bounds', () => {
  const cases: readonly [string, Partial<EventQueueOptions['limits'] & object>, number][] = [
    ['eventsPerSource', { eventsPerSource: 3 }, 3],
    ['eventsPerApp', { events: 8 }, 4],
    ['bytesPerApp', { bytesPerApp: 50 }, 5],
    ['bytesPerApp', { bytes: 120 }, 6],
  ];
  for (const [bound, limits, taken] of cases) {
    it(`refuses past ${bound} with ${JSON.stringify(limits)}, at once`, async () => {
      const { add, emit } = gated({ limits });
      add('a');
      for (let n = 0; n < taken; n++) void emit('a', 'x', n, { bytes: 10 });
      assert.throws(() => emit('a', 'x', 'late', { bytes: 10 }), full(bound));
    });
  }

  it('refuses past the bounds of all applications', async () => {
    for (const limits of [{ events: 4 }, { bytes: 40 }]) {
      const { add, emit } = gated({ limits });
      for (const name of ['a', 'b', 'c']) add(name);
      for (const name of ['a', 'a', 'b', 'b']) void emit(name, '', '', { bytes: 10 });
      const bound = Object.keys(limits)[0];
      assert.throws(() => emit('c', '', '', { bytes: 10 }), full(bound));
    }
  });

  it('counts what runs, and takes more once something has been handled', async () => {
    const { add, emit, running } = gated({ limits: { eventsPerSource: 1 } });
    add('a');
    void emit('a', 'x');
    await turn();
    assert.throws(() => emit('a', 'x'), { code: 'QUEUE_FULL' });
    await running[0]?.end();
    void emit('a', 'x');
  });

  it('refuses an application that is not there', () => {
    const { emit } = gated();
    assert.throws(() => emit('a', 'x'), { code: 'APP_GONE' });
  });

  it('refuses a chain of more than 32 causes', () => {
    const { add, queue } = gated();
    add('a');
    let cause = queue.emit(event('a', ['test'], 0)).event;
    for (let depth = 1; depth <= 32; depth++) {
      cause = queue.emit(event('a', ['test'], depth, { cause })).event;
      assert.equal(cause.depth, depth);
    }
    assert.throws(() => queue.emit(event('a', ['test'], 33, { cause })), { code: 'CAUSE_DEPTH' });
  });
});

describe('createEventQueue() stopping', () => {
  it('drains: runs what waits and what that causes, refuses the outside', async () => {
    const { add, emit, running, queue } = gated();
    const app = add('a');
    void emit('a', 'x', 1);
    const second = emit('a', 'x', 2);
    await turn();
    app.close();
    const idle = app.idle();
    assert.throws(() => emit('a', 'x'), { code: 'APP_GONE' });
    const caused = emit('a', 'y', 'caused', { cause: { id: 1, depth: 0 } });
    await turn();
    while (running.length > 0) await running[0]?.end();
    await idle;
    assert.deepEqual(await Promise.all([second, caused]), [
      [{ module: 'm', ok: true, value: 2 }],
      [{ module: 'm', ok: true, value: 'caused' }],
    ]);
    assert.equal(queue.size, 0);
  });

  it('on removal answers what waits, lets the running event end and refuses more', async () => {
    const { add, emit, running, queue } = gated();
    const app = add('a');
    const first = emit('a', 'x', 1);
    const waiting = emit('a', 'x', 2);
    await turn();
    app.remove(gone);
    assert.deepEqual(await waiting, [{ module: 'm', ok: false, error: gone }]);
    assert.throws(() => emit('a', 'x'), { code: 'APP_GONE' });
    await running[0]?.end();
    assert.deepEqual(await first, [{ module: 'm', ok: true, value: 1 }]);
    await app.idle();
    assert.equal(queue.size, 0);
  });

  it('keeps an old load and a new one of the same name apart', async () => {
    const { add, emit, running } = gated();
    const old = add('a');
    void emit('a', 'x', 'old');
    await turn();
    old.remove(gone);
    add('a');
    void emit('a', 'x', 'new');
    await turn();
    assert.deepEqual(labels(running), ['old', 'new']);
    old.remove(gone);
    void emit('a', 'y', 'newer');
  });
});
