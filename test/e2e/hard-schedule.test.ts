import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { ExtensionContext, Reply } from '../../src/engine/extension.ts';
import type { Pool } from '../../src/engine/pool.ts';
import { isCoded } from '../../src/lib/errors.ts';
import { createGate, type Gate, rogueComponent } from '../../src/pool/fixtures/gate.ts';
import { shop } from '../../src/pool/fixtures/world.ts';
import { createInlinePool } from '../../src/pool/inline.ts';
import { createThreadedPool, type ThreadedPool } from '../../src/pool/threads.ts';
import { createMetrics, type MetricsRegistry } from '../../src/telemetry/metrics.ts';
import { createLogger } from '../../src/telemetry/pino-logger.ts';
import { ManualClock } from '../../src/testkit/index.ts';
import { checkLog } from '../conformance/check-log.ts';
import { long, seed } from '../count.ts';

const bytes = await rogueComponent();
const turn = () => new Promise(setImmediate);

type Kind = 'emit' | 'spin' | 'answer' | 'fail' | 'reload' | 'unload' | 'load' | 'kill' | 'late' | 'turns';

interface Step {
  readonly kind: Kind;
  readonly app: number;
  readonly source: number;
  readonly n: number;
}

interface Plan {
  readonly steps: readonly Step[];
  readonly end: 'drain' | 'dispose' | 'both';
}

const often: readonly Kind[] = [
  'emit',
  'emit',
  'emit',
  'emit',
  'spin',
  'answer',
  'answer',
  'answer',
  'turns',
];
const plans: fc.Arbitrary<Plan> = fc.record({
  steps: fc.array(
    fc.record({
      kind: fc.constantFrom<Kind>(
        ...often,
        ...often,
        'fail',
        'reload',
        'reload',
        'unload',
        'load',
        'late',
        'kill',
      ),
      app: fc.nat(1),
      source: fc.nat(3),
      n: fc.nat(20),
    }),
    { minLength: 20, maxLength: 150 },
  ),
  end: fc.constantFrom('drain', 'dispose', 'both'),
});

/** What may become of an event here, other than an answer. */
const ENDS: ReadonlySet<string> = new Set([
  'WORKER_LOST',
  'DEADLINE',
  'TRAP_HOST',
  'APP_GONE',
  'APP_UNLOADED',
  'ENGINE_DISPOSED',
  'WORKER_TWICE',
]);
/** Why something is refused at once. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...['APP_GONE', 'APP_EXISTS', 'STOPPING', 'APP_UNLOADED', 'ENGINE_DISPOSED', 'WORKER_TWICE'],
]);

/** One engine on which a plan is played. */
class Stage implements AsyncDisposable {
  readonly #gate: Gate = createGate();
  readonly #clock = new ManualClock();
  readonly #contexts: ExtensionContext[] = [];
  readonly #events: Promise<readonly Reply[]>[] = [];
  readonly #tasks: Promise<unknown>[] = [];
  readonly #stack = new AsyncDisposableStack();
  readonly metrics: MetricsRegistry = createMetrics();
  readonly lines: string[] = [];
  #engine: Engine | undefined;
  #threads: ThreadedPool | undefined;
  #kills = 0;

  async start(workers: number): Promise<void> {
    const stream = { write: (line: string) => void this.lines.push(line) };
    const log = createLogger({ level: 'trace', pretty: false, stream });
    const halves = [this.#gate.extension({ start: (context) => void this.#contexts.push(context) })];
    const deps = { clock: this.#clock, metrics: this.metrics, log };
    const limits = { halves, deadlineMs: 5_000 };
    if (workers > 0) {
      const watch = { everyMs: 1_000, misses: 1_000 };
      const options = { ...limits, workers, instances: 32, graceMs: 2_000, watch };
      this.#threads = this.#stack.use(await createThreadedPool(options, deps));
    }
    const pool: Pool =
      this.#threads ?? this.#stack.use(await createInlinePool({ ...limits, instances: 64 }, deps));
    const folder = async (): Promise<string> => '/nowhere';
    this.#engine = this.#stack.use(await createEngine({ extensions: halves }, { ...deps, pool, folder }));
    for (const app of ['app-0', 'app-1']) await this.#engine.load(shop(bytes, ['a', 'b'], app));
  }

  get engine(): Engine {
    return this.#engine ?? assert.fail('The stage was not started');
  }

  async play({ kind, app, source, n }: Step): Promise<void> {
    const name = `app-${app}`;
    const held = this.#gate.waiting[n % Math.max(1, this.#gate.waiting.length)];
    const { engine } = this;
    switch (kind) {
      case 'emit':
        return this.#emit('on-wait', { app: name, source, n });
      case 'spin':
        return this.#emit('on-spin', { app: name, source, n });
      case 'answer':
        return held?.answer(n);
      case 'fail':
        return held?.fail(new Error('no'));
      case 'reload':
        return this.#task(engine.reload(shop(bytes, n % 2 ? ['a', 'b'] : ['b'], name)));
      case 'load':
        return this.#task(engine.load(shop(bytes, ['a', 'b'], name)));
      case 'unload':
        // Its events have to end: what waits is answered below.
        return this.#task(
          engine.unload(name, n % 2 ? {} : { signal: AbortSignal.abort(new Error('at once')) }),
        );
      case 'late':
        return this.#clock.advance({ seconds: 6 });
      case 'kill': {
        // Twice: an application that costs more threads is stopped, as it should be.
        const thread = this.#threads?.threads[n % Math.max(1, this.#threads.threads.length)];
        if (thread && this.#kills++ < 2) this.#tasks.push(thread.terminate());
        return;
      }
      case 'turns':
        for (let turns = 0; turns < 20 * n; turns++) await turn();
    }
  }

  #emit(
    on: string,
    { app, source, n }: { readonly app: string; readonly source: number; readonly n: number },
  ): void {
    const [context] = this.#contexts;
    try {
      const { done } = (context ?? assert.fail()).emit({
        name: `hermes:gate/event#${on}`,
        source: ['gate', String(source)],
        app,
        modules: n % 3 === 0 ? ['a'] : 'exporting',
        reply: n % 5 === 0 ? 'first' : 'all',
        args: [n],
      });
      this.#events.push(done);
    } catch (error) {
      assert.ok(isCoded(error) && REFUSALS.has(error.code), String(error));
    }
  }

  #task(task: Promise<unknown>): void {
    const named = (error: unknown): void => {
      const abort = Error.isError(error) && error.message === 'at once';
      assert.ok(abort || (isCoded(error) && REFUSALS.has(error.code)), String(error));
    };
    this.#tasks.push(task.then(() => undefined, named));
  }

  /** Answers whoever waits until this is over. */
  async #answering(task: PromiseLike<unknown>): Promise<void> {
    let over = false;
    const ended = Promise.resolve(task).finally(() => {
      over = true;
    });
    while (!over) {
      this.#gate.waiting[0]?.answer(0);
      await turn();
    }
    await ended;
  }

  async finish(end: Plan['end']): Promise<void> {
    const { engine } = this;
    if (end === 'drain') await this.#answering(engine.drain());
    else if (end === 'both') {
      const drained = engine.drain();
      for (let turns = 0; turns < 20; turns++) await turn();
      await Promise.allSettled([engine[Symbol.asyncDispose](), this.#answering(drained)]);
    }
    await this.#answering(engine[Symbol.asyncDispose]());
    await this.#answering(Promise.all(this.#tasks));
    for (const reply of (await Promise.all(this.#events)).flat()) {
      if (!reply.ok) assert.ok(isCoded(reply.error) && ENDS.has(reply.error.code), String(reply.error));
    }
    for (const gauge of [
      'hermes_events_queued',
      'hermes_events_queued_bytes',
      'hermes_instances',
      'hermes_apps',
    ])
      assert.equal(this.metrics.value(gauge), 0, gauge);
    await this.#stack.disposeAsync();
    assert.equal(this.#clock.sleeping, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

for (const workers of [0, 2]) {
  describe(`a random schedule, ${workers === 0 ? 'in one thread' : `${workers} workers`}`, () => {
    const times = workers === 0 ? (long ? 3_000 : 12) : long ? 500 : 4;
    test('keeps the order that the log shows, and every event has an end', {
      timeout: 1_800_000,
    }, async () => {
      let calls = 0;
      const property = fc.asyncProperty(plans, async ({ steps, end }) => {
        const stage = new Stage();
        await using _ = stage;
        await stage.start(workers);
        for (const step of steps) await stage.play(step);
        await stage.finish(end);
        const report = await checkLog(stage.lines);
        assert.deepEqual([report.faults, report.open], [[], []]);
        calls += report.calls;
      });
      await fc.assert(property, { numRuns: times, seed });
      assert.ok(calls > times, `${calls} calls`);
    });
  });
}
