import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { count, seed } from '../../test/count.ts';
import { createEngine } from '../engine/engine.ts';
import type { Caller, ExtensionContext, Reply, RuntimeExtension } from '../engine/extension.ts';
import { createClock } from '../lib/clock.ts';
import { isCoded } from '../lib/errors.ts';
import { createCollector } from '../telemetry/collector.ts';
import { createMetrics, type MetricsRegistry } from '../telemetry/metrics.ts';
import { createGate, rogueComponent } from './fixtures/gate.ts';
import { shop } from './fixtures/world.ts';
import { createThreadedPool, type ThreadedPool } from './threads.ts';

const bytes = await rogueComponent();
const turn = () => new Promise(setImmediate);

// Plans kill hundreds of threads; with this, others start in a third of the time.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../../node_modules/.cache/v8', import.meta.url));

/** Long enough for a thread that is there to answer, as a rule; nothing depends on it. */
async function atMostSomeTurns(wanted: Promise<unknown>): Promise<void> {
  let isThere = false;
  void wanted.finally(() => {
    isThere = true;
  });
  for (let n = 0; n < 2_000 && !isThere; n++) await turn();
}

/** One pool for all plans with so many threads: those that were killed come again while another plan is played. */
class PoolsBySize implements AsyncDisposable {
  readonly #extensions: readonly RuntimeExtension[];
  readonly #pools = new Map<number, { readonly pool: ThreadedPool; readonly metrics: MetricsRegistry }>();

  constructor(extensions: readonly RuntimeExtension[]) {
    this.#extensions = extensions;
  }

  async get(workers: number): Promise<{ readonly pool: ThreadedPool; readonly metrics: MetricsRegistry }> {
    const known = this.#pools.get(workers);
    if (known) return known;
    const metrics = createMetrics();
    const deps = { clock: createClock(), metrics, log: createCollector() };
    const pool = await createThreadedPool({ halves: this.#extensions, workers, instances: 64 }, deps);
    this.#pools.set(workers, { pool, metrics });
    return { pool, metrics };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { pool } of this.#pools.values()) await pool[Symbol.asyncDispose]();
  }
}

interface Step {
  /** `reach` waits until a guest waits; only for plans in which one will. */
  readonly kind: 'emit' | 'answer' | 'fail' | 'kill' | 'turn' | 'reach';
  readonly app: number;
  readonly source: number;
  readonly n: number;
}

interface Plan {
  readonly workers: number;
  readonly steps: readonly Step[];
}

const plans: fc.Arbitrary<Plan> = fc.record({
  workers: fc.integer({ min: 1, max: 4 }),
  steps: fc.array(
    fc.record({
      kind: fc.constantFrom<Step['kind']>(
        ...(['emit', 'emit', 'emit', 'emit', 'answer', 'answer', 'answer', 'fail', 'turn', 'turn'] as const),
        'kill',
      ),
      app: fc.nat(1),
      source: fc.nat(3),
      n: fc.nat(20),
    }),
    { minLength: 20, maxLength: 120 },
  ),
});

/** In this one a thread has a guest when it is killed, however busy the machine is. */
const certain: Plan = {
  workers: 2,
  steps: (['emit', 'reach', 'kill'] as const).map((kind) => ({ kind, app: 0, source: 0, n: 0 })),
};

/** What a checker sees of one source: which event is with its modules, and which were before. */
class Watched {
  readonly name: string;
  #last = 0;
  #open: number | undefined;
  readonly #asked = new Set<string>();
  /** Event and module of everything that was delivered. */
  readonly delivered = new Set<string>();

  constructor(name: string) {
    this.name = name;
  }

  asked(event: number, module: string): void {
    const key = `${event} ${module}`;
    assert.ok(!this.#asked.has(key), `${this.name}: ${key} was delivered twice`);
    this.#asked.add(key);
    assert.ok(event >= this.#last, `${this.name}: ${event} runs after ${this.#last}`);
    if (event !== this.#last)
      assert.equal(this.#open, undefined, `${this.name}: ${event} runs beside ${this.#open}`);
    this.#last = event;
    this.#open = event;
  }

  over(event: number, replies: readonly Reply[]): void {
    if (this.#open === event) this.#open = undefined;
    assert.ok(event >= this.#last, `${this.name}: ${event} ends after ${this.#last} began`);
    for (const reply of replies) {
      const entered = this.#asked.has(`${event} ${reply.module}`);
      if (reply.ok) assert.ok(entered, `${this.name}: ${event} answered without having run`);
      else
        assert.ok(
          isCoded(reply.error) && ['WORKER_LOST', 'TRAP_HOST'].includes(reply.error.code),
          `${this.name}: ${event} failed by ${reply.error}`,
        );
    }
  }
}

async function play({ workers, steps }: Plan, pools: PoolsBySize): Promise<number> {
  const gate = createGate();
  const watched = new Map<number, Watched>();
  const contexts: ExtensionContext[] = [];
  const wait = (caller: Caller, n: number): Promise<unknown> => {
    watched.get(n)?.asked(caller.event.id, caller.module.name);
    return gate.wait(caller, n);
  };
  const extensions = [
    gate.extension({ start: (context) => void contexts.push(context), binding: () => ({ calls: { wait } }) }),
  ];
  const deps = { clock: createClock(), metrics: createMetrics(), log: createCollector() };
  const { pool, metrics } = await pools.get(workers);
  const folder = async (): Promise<string> => '/nowhere';
  await using engine = await createEngine({ extensions }, { ...deps, pool, folder });
  for (const app of ['app-0', 'app-1']) await engine.load(shop(bytes, ['a', 'b'], app));
  const [context] = contexts;
  const events: Promise<void>[] = [];
  const kills: Promise<void>[] = [];
  let lost = 0;

  function emit({ app, source, n }: Step): void {
    // A number for each source of each application; the guest hands it to its host function.
    const key = app * 10 + source;
    const watch = watched.getOrInsertComputed(key, () => new Watched(`app-${app} source ${source}`));
    const { event, done } =
      context?.emit({
        name: 'hermes:gate/event#on-wait',
        source: ['gate', `${source}`],
        app: `app-${app}`,
        modules: n % 3 === 0 ? ['a'] : 'exporting',
        reply: 'all',
        args: [key],
      }) ?? assert.fail();
    const over = done.then((replies) => {
      assert.equal(replies.length, n % 3 === 0 ? 1 : 2);
      lost += replies.filter(
        (reply) => !reply.ok && isCoded(reply.error) && reply.error.code === 'WORKER_LOST',
      ).length;
      watch.over(event.id, replies);
    });
    events.push(over);
  }
  let killed = 0;
  for (const step of steps) {
    const held = gate.waiting[step.n % Math.max(1, gate.waiting.length)];
    if (step.kind === 'emit') emit(step);
    else if (step.kind === 'answer') held?.answer(step.n);
    else if (step.kind === 'fail') held?.fail(new Error('no'));
    // Two in a plan: an application that costs more threads than that is stopped, as it should be.
    else if (step.kind === 'kill' && killed++ < 2) {
      const busy = pool.threads.filter(({ inFlight }) => inFlight > 0);
      const among = step.n % 2 === 0 && busy.length > 0 ? busy : pool.threads;
      const thread = among[step.n % Math.max(1, among.length)];
      if (thread) kills.push(thread.terminate());
    } else if (step.kind === 'reach') await gate.reached(1);
    else await atMostSomeTurns(Promise.race([gate.reached(1 + (step.n % 4)), Promise.all(events)]));
  }
  let over = false;
  const all = Promise.all([...events, ...kills]).finally(() => {
    over = true;
  });
  while (!over) {
    await Promise.race([gate.reached(1), all]);
    gate.waiting[0]?.answer(0);
  }
  await all;
  for (const [of, name] of [
    [metrics, 'hermes_instances'],
    [deps.metrics, 'hermes_events_queued'],
  ] as const)
    assert.equal(of.value(name), 0, name);
  return lost;
}

describe('order per source with threads that are killed', () => {
  it('holds; nothing is delivered twice, what was lost is named', { timeout: 900_000 }, async () => {
    let lost = 0;
    await using pools = new PoolsBySize([createGate().extension()]);
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        lost += await play(plan, pools);
      }),
      { numRuns: count(300, 6), seed, examples: [[certain]] },
    );
    assert.ok(lost > 0, 'some threads had guests when they were killed');
  });
});
