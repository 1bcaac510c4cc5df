import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EventRef, HostEvent } from '../../engine/extension.ts';
import { failures } from '../../lib/errors.ts';
import type { createCollector } from '../../telemetry/collector.ts';
import { type FakeApp, fakeApp, fakeContext } from '../../testkit/index.ts';
import { updateExport } from './events.ts';
import { createUpdates, type Updates } from './updates.ts';
import type { KvValue } from './value.ts';

const outside: EventRef = { id: 7, depth: 0 };
const value = (n: number): KvValue => ({ tag: 'kv-u64', val: BigInt(n) });
const listening = (name: string) => ({ name, exports: new Set([updateExport]) });

interface Rig {
  readonly app: FakeApp;
  readonly updates: Updates;
  readonly sent: readonly HostEvent[];
}

function rig({ limit = 10 }: { readonly limit?: number } = {}): Rig {
  const context = fakeContext();
  const app = fakeApp({ name: 'shop', modules: [listening('a'), listening('b'), 'deaf'] });
  return { app, updates: createUpdates(app, { emit: context.emit, limit }), sent: context.sent };
}

test('every subscribed module is told, one event each, ordered by application and key', () => {
  const { updates, sent } = rig();
  updates.subscribe('a', 'k');
  updates.subscribe('b', 'k');
  updates.subscribe('b', 'other');
  updates.send('k', value(1), outside);
  assert.deepEqual(
    sent.map((event) => event.modules),
    [['a'], ['b']],
  );
  for (const event of sent) {
    assert.equal(event.name, 'hermes:kv-store/event#kv-update');
    assert.deepEqual(event.source, ['kv-store', 'shop', 'k']);
    assert.deepEqual(event.args, ['k', value(1)]);
    assert.deepEqual(event.cause, outside);
    assert.deepEqual(event.renew?.(), ['k', value(1)]);
  }
});

test('the newest value takes the place of the one that waits; what runs is left alone', () => {
  const { updates, sent } = rig();
  updates.subscribe('a', 'k');
  updates.send('k', value(1), outside);
  updates.send('k', value(2), outside);
  assert.equal(sent.length, 1);
  assert.deepEqual(sent[0]?.renew?.(), ['k', value(2)]);
  updates.send('k', value(3), outside);
  assert.equal(sent.length, 2);
  assert.deepEqual(sent[1]?.renew?.(), ['k', value(3)]);
});

test('unsubscribing drops the update that waits, subscribing again does not bring it back', () => {
  const { updates, sent } = rig();
  updates.subscribe('a', 'k');
  updates.send('k', value(1), outside);
  updates.unsubscribe('a', 'k');
  updates.subscribe('a', 'k');
  assert.equal(sent[0]?.renew?.(), undefined);
  updates.unsubscribe('a', 'k');
  updates.unsubscribe('a', 'k');
  updates.send('k', value(2), outside);
  assert.equal(sent.length, 1);
});

test('a module without the export is not told, and its operator hears of it', () => {
  const { app, updates, sent } = rig();
  updates.subscribe('deaf', 'k');
  updates.send('k', value(1), outside);
  assert.equal(sent.length, 0);
  assert.equal(log(app).find('Module subscribes to a key but has no export to be told by').length, 1);
});

test('subscriptions are bounded, a second one of the same module and key is no more', () => {
  const { updates } = rig({ limit: 2 });
  updates.subscribe('a', 'k');
  updates.subscribe('a', 'k');
  updates.subscribe('b', 'k');
  assert.throws(() => updates.subscribe('a', 'other'), {
    code: 'LIMIT_KV',
    blame: 'guest',
    detail: { limit: 'subscriptions', max: 2, found: 3 },
  });
  updates.unsubscribe('b', 'k');
  updates.subscribe('a', 'other');
});

test('a refused event is logged and fails no write; later ones are sent again', () => {
  const fail = failures({
    CAUSE_DEPTH: { blame: 'guest', text: 'Cannot queue event: the chain is too long' },
  });
  const app = fakeApp({ modules: [listening('a')] });
  let refuse = true;
  const sent: HostEvent[] = [];
  const updates = createUpdates(app, {
    emit(event) {
      if (refuse) throw fail('CAUSE_DEPTH');
      sent.push(event);
      return { queued: true, event: { id: 1, depth: 0 }, done: Promise.resolve([]) };
    },
    limit: 10,
  });
  updates.subscribe('a', 'k');
  for (let n = 0; n < 1_000; n++) updates.send('k', value(n), { id: n, depth: 32 });
  const lines = log(app).find('Update of a key dropped, the event was refused');
  assert.deepEqual(
    lines.map((line) => line.fields['lost']),
    [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
  );
  assert.equal(lines[0]?.fields['code'], 'CAUSE_DEPTH');
  refuse = false;
  updates.send('k', value(1), outside);
  assert.equal(sent.length, 1);
});

test('in any series at most one update per module and key waits, and the last one brings the newest value', () => {
  const step = fc.record({
    action: fc.constantFrom('send', 'send', 'run', 'subscribe', 'unsubscribe'),
    module: fc.constantFrom('a', 'b'),
    key: fc.constantFrom('k', 'l'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { updates, sent } = rig();
      const subscribed = new Set<string>();
      /** The newest value, and which event is to bring it: one that a subscription of before has sent brings nothing. */
      const due = new Map<string, { readonly newest: KvValue; readonly by: HostEvent | undefined }>();
      let next = 0;
      const run = (): void => {
        const event = sent[next];
        if (!event) return;
        next += 1;
        const at = `${event.modules[0]} ${event.args[0]}`;
        const expected = due.get(at);
        const brings = expected?.by === event;
        assert.deepEqual(event.renew?.(), brings ? [event.args[0], expected.newest] : undefined);
        if (brings) due.delete(at);
      };
      for (const [n, { action, module, key }] of steps.entries()) {
        if (action === 'run') run();
        if (action === 'subscribe') {
          updates.subscribe(module, key);
          subscribed.add(`${module} ${key}`);
        }
        if (action === 'unsubscribe') {
          updates.unsubscribe(module, key);
          subscribed.delete(`${module} ${key}`);
          due.delete(`${module} ${key}`);
        }
        if (action !== 'send') continue;
        const before = sent.length;
        updates.send(key, value(n), outside);
        for (const at of subscribed) {
          if (!at.endsWith(` ${key}`)) continue;
          const fresh = sent.slice(before).find(({ modules }) => modules[0] === at.split(' ')[0]);
          due.set(at, { newest: value(n), by: due.get(at)?.by ?? fresh });
        }
      }
      while (next < sent.length) run();
      assert.equal(due.size, 0, 'no newest value is lost');
    }),
  );
});

function log(app: FakeApp): ReturnType<typeof createCollector> {
  return app.log as ReturnType<typeof createCollector>;
}
