import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { count, long, seed } from '../../test/count.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createEventQueue } from './event-queue.ts';
import type { HostEvent, Reply } from './extension.ts';
import { createReactor } from './reactor.ts';

const turn = () => new Promise(setImmediate);
const name = 'hermes:test/event#on-test';

interface Step {
  readonly app: number;
  readonly source: number;
  /** How many events are queued before somebody may finish. */
  readonly burst: number;
  readonly reply: HostEvent['reply'];
}

interface Plan {
  readonly concurrency: number;
  /** Modules of each application; the last one does not export the function. */
  readonly modules: readonly number[];
  readonly steps: readonly Step[];
  /** Which of the running modules ends next, and how. */
  readonly ends: readonly { readonly pick: number; readonly fails: boolean; readonly answers: boolean }[];
}

const plans: fc.Arbitrary<Plan> = fc.record({
  concurrency: fc.integer({ min: 1, max: 12 }),
  modules: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }),
  steps: fc.array(
    fc.record({
      app: fc.nat(3),
      source: fc.nat(5),
      burst: fc.integer({ min: 1, max: 6 }),
      reply: fc.constantFrom('all', 'first'),
    }),
    { minLength: 1, maxLength: 40 },
  ),
  ends: fc.array(fc.record({ pick: fc.nat(1_000), fails: fc.boolean(), answers: fc.boolean() }), {
    minLength: 20,
    maxLength: 20,
  }),
});

interface Inside {
  readonly app: string;
  readonly source: string;
  readonly number: number;
  readonly module: string;
  readonly end: (fails: boolean, answer: number | undefined) => void;
}

/** A queue over modules that answer when the test says so, with a record of what was where at which time. */
function world({ concurrency, modules }: Pick<Plan, 'concurrency' | 'modules'>) {
  const queue = createEventQueue(
    { concurrency, limits: { events: 1e6, eventsPerSource: 1e6 } },
    { metrics: createMetrics() },
  );
  const inside: Inside[] = [];
  const running = new Map<string, number>();
  const lastStarted = new Map<string, number>();
  const perApp = new Map<string, number>();
  const delivered = new Set<string>();
  for (const [index, exporting] of modules.entries()) {
    const app = `app-${index}`;
    const parts = Array.from({ length: exporting + 1 }, (_, n) => ({
      name: `m${n}`,
      exports: new Set(n === exporting ? [] : [name]),
    }));
    const reactor = createReactor(parts, (module, event, { id }) => {
      const source = `${app} ${event.source.join()}`;
      assert.equal(running.get(source), id, 'a module runs only while its event has its source');
      const key = `${id} ${module.name}`;
      assert.ok(!delivered.has(key), `${key} was delivered twice`);
      delivered.add(key);
      return new Promise((resolve, reject) => {
        const entry: Inside = {
          app,
          source,
          number: Number(event.args[0]),
          module: module.name,
          end(fails, answer) {
            inside.splice(inside.indexOf(entry), 1);
            if (fails) reject(new Error('trap'));
            else resolve(answer);
          },
        };
        inside.push(entry);
      });
    });
    queue
      .add(app, {
        refuse: reactor.refuse,
        async run(event, ref) {
          const source = `${app} ${event.source.join()}`;
          assert.ok(!running.has(source), `two events of ${source} overlap`);
          assert.equal(
            lastStarted.get(source) ?? 0,
            Number(event.args[0]) - 1,
            `events of ${source} swapped`,
          );
          lastStarted.set(source, Number(event.args[0]));
          running.set(source, ref.id);
          perApp.set(app, (perApp.get(app) ?? 0) + 1);
          try {
            return await reactor.run(event, ref);
          } finally {
            running.delete(source);
            perApp.set(app, (perApp.get(app) ?? 0) - 1);
          }
        },
      })
      .open();
  }
  return { queue, inside, running, perApp, delivered };
}

function checkReplies(replies: readonly Reply[], reply: HostEvent['reply'], asked: number): void {
  const order = replies.map(({ module }) => Number(module.slice(1)));
  assert.deepEqual(order, [...order.keys()], 'replies come in manifest order, each module once');
  if (reply === 'all') {
    assert.equal(replies.length, asked);
    return;
  }
  const declined = replies.slice(0, -1);
  assert.ok(
    declined.every((each) => each.ok && each.value === undefined),
    'one that answers is the last one asked',
  );
  const last = replies.at(-1);
  if (last?.ok && last.value === undefined)
    assert.equal(replies.length, asked, 'all were asked when none answered');
}

/** Runs a plan to its end and says whether two sources were ever inside at once. */
async function play({ concurrency, modules, steps, ends }: Plan): Promise<boolean> {
  const { queue, inside, running, perApp, delivered } = world({ concurrency, modules });
  const queued: { readonly step: Step; readonly done: Promise<readonly Reply[]> }[] = [];
  const numbers = new Map<string, number>();
  const waiting = (source: string) => (numbers.get(source) ?? 0) > 0;
  let overlapped = false;
  let tick = 0;

  /** Nobody waits without need: a source that stands still has no place, in all or for its application. */
  function checkBusy(): void {
    const share = Math.max(1, Math.floor(concurrency / 2));
    if (running.size < concurrency) {
      for (const source of left.keys()) {
        const app = source.split(' ')[0] ?? '';
        const idle = !running.has(source) && (left.get(source) ?? 0) > 0;
        assert.ok(!idle || (perApp.get(app) ?? 0) >= share, `${source} waits although there is room`);
      }
    }
    overlapped ||= running.size > 1;
  }
  const left = new Map<string, number>();
  async function endOne(): Promise<void> {
    const end = ends[tick++ % ends.length];
    const chosen = inside[(end?.pick ?? 0) % inside.length];
    chosen?.end(end?.fails ?? false, end?.answers ? tick : undefined);
    await settled();
  }
  /** Events of applications without a module are over at once, a few in a turn: waits until nothing moves. */
  async function settled(): Promise<void> {
    let before = -1;
    for (let still = 0; still < 2; ) {
      await turn();
      still = queue.size === before ? still + 1 : 0;
      before = queue.size;
    }
  }
  for (const step of steps) {
    const app = step.app % modules.length;
    const source = `app-${app} test,${step.source}`;
    for (let n = 0; n < step.burst; n++) {
      const number = (numbers.get(source) ?? 0) + 1;
      numbers.set(source, number);
      left.set(source, (left.get(source) ?? 0) + 1);
      const { done } = queue.emit({
        name,
        source: ['test', `${step.source}`],
        app: `app-${app}`,
        modules: 'exporting',
        reply: step.reply,
        args: [number],
      });
      void done.then(() => left.set(source, (left.get(source) ?? 0) - 1));
      queued.push({ step, done });
    }
    await settled();
    checkBusy();
    if (inside.length > 0) await endOne();
  }
  while (inside.length > 0 || queue.size > 0) {
    await endOne();
    checkBusy();
  }
  let expected = 0;
  for (const { step, done } of queued) {
    const replies = await done;
    checkReplies(replies, step.reply, modules[step.app % modules.length] ?? 0);
    expected += replies.length;
  }
  assert.equal(delivered.size, expected, 'what was delivered was answered, once');
  assert.ok([...numbers.keys()].every(waiting));
  return overlapped;
}

describe('order per source', () => {
  it('holds for any sources, ends, failures and module counts', { timeout: 600_000 }, async () => {
    let overlaps = 0;
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        if (await play(plan)) overlaps++;
      }),
      { numRuns: count(10_000), seed },
    );
    assert.ok(overlaps > 10, 'events of different sources run at the same time');
  });

  it('holds with thousands of sources', { timeout: 600_000 }, async () => {
    const sources = long ? 20_000 : 2_000;
    const { queue, inside, running, delivered } = world({ concurrency: 64, modules: [2, 1] });
    const numbers = new Map<string, number>();
    const all: Promise<readonly Reply[]>[] = [];
    let state = seed % 2_147_483_648;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return (state >>> 12) % below;
    };
    for (let n = 0; n < sources * 3; n++) {
      const app = `app-${random(2)}`;
      const source = `${random(sources)}`;
      const number = (numbers.get(`${app} ${source}`) ?? 0) + 1;
      numbers.set(`${app} ${source}`, number);
      const { done } = queue.emit({
        name,
        source: ['test', source],
        app,
        modules: 'exporting',
        reply: 'all',
        args: [number],
      });
      all.push(done);
    }
    for (let n = 0; n < 20; n++) await turn();
    assert.equal(running.size, 64, 'as many sources run at once as there is room for');
    while (queue.size > 0) {
      await turn();
      for (let n = random(20); n >= 0 && inside.length > 0; n--) {
        inside[random(inside.length)]?.end(random(10) === 0, 1);
      }
    }
    const replies = (await Promise.all(all)).flat();
    assert.equal(replies.length, delivered.size);
  });
});
