import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../test/count.ts';
import { isCoded } from '../lib/errors.ts';
import { gateComponent } from '../pool/fixtures/gate.ts';
import { type PoolKind, pools } from '../pool/fixtures/pools.ts';
import { shop, type World, worldOf } from '../pool/fixtures/world.ts';

const bytes = await gateComponent();
const turn = () => new Promise(setImmediate);
const apps = ['shop', 'books'];

type Kind = 'load' | 'reload' | 'unload' | 'emit' | 'start' | 'trap' | 'answer' | 'fail' | 'done' | 'turn';

interface Step {
  readonly kind: Kind;
  readonly app: number;
  readonly n: number;
}

interface Life {
  readonly steps: readonly Step[];
  readonly end: 'drain' | 'dispose' | 'both';
}

const lives: fc.Arbitrary<Life> = fc.record({
  steps: fc.array(
    fc.record({
      kind: fc.constantFrom<Kind>(
        'load',
        'load',
        'reload',
        'reload',
        'unload',
        'emit',
        'emit',
        'emit',
        'start',
        'trap',
        'answer',
        'fail',
        'done',
        'turn',
      ),
      app: fc.nat(1),
      n: fc.nat(3),
    }),
    { minLength: 1, maxLength: 40 },
  ),
  end: fc.constantFrom('drain', 'dispose', 'both'),
});

/** What a step may answer to whoever asked for it; anything else is a fault of the engine. */
const EXPECTED = new Set(['APP_EXISTS', 'APP_GONE', 'STOPPING', 'APP_UNLOADED', 'ENGINE_DISPOSED']);

/** Plays a life and sees that every promise settles and nothing is left. */
async function play(kind: PoolKind, { steps, end }: Life): Promise<void> {
  const bindings = { made: 0, disposed: 0 };
  const starts: (() => Promise<unknown>)[] = [];
  const all: Promise<unknown>[] = [];
  const the: World = await worldOf(kind, {
    binding: (app) => {
      bindings.made++;
      let open = true;
      return {
        // Some applications wait for an event of their own before they have started.
        start: async () => void (await starts.pop()?.()),
        async [Symbol.asyncDispose]() {
          assert.ok(open, `a binding of ${app.name} is disposed once`);
          open = false;
          bindings.disposed++;
        },
      };
    },
  });
  const { engine, gate, context, metrics } = the;
  const expected = (error: unknown): void => {
    assert.ok(isCoded(error) && EXPECTED.has(error.code), String(error));
  };
  const keep = (promise: Promise<unknown>): void => void all.push(promise.then(undefined, expected));

  function take({ kind, app, n }: Step): void {
    const name = apps[app] ?? '';
    if (kind === 'load') keep(engine.load(shop(bytes, ['a', 'b'].slice(0, 1 + (n % 2)), name)));
    if (kind === 'reload') keep(engine.reload(shop(bytes, ['a', 'b'].slice(0, 1 + (n % 2)), name)));
    if (kind === 'unload') keep(engine.unload(name));
    if (kind === 'emit') keep(the.emit('on-wait', [n], { app: name, reply: n === 0 ? 'first' : 'all' }));
    if (kind === 'start') starts.push(() => the.emit('on-wait', [9], { app: name, duringStart: true }));
    if (kind === 'trap') keep(the.emit('on-trap', [], { app: name }));
    if (kind === 'answer') gate.waiting[n % Math.max(1, gate.waiting.length)]?.answer(n);
    if (kind === 'fail') gate.waiting[0]?.fail(new Error('no'));
    if (kind === 'done') context.done(name, n);
  }
  for (const step of steps) {
    take(step);
    if (step.kind === 'turn') await turn();
  }
  let over = false;
  const ended = (async () => {
    if (end !== 'dispose') await engine.drain();
    await engine[Symbol.asyncDispose]();
  })();
  if (end === 'both') await engine[Symbol.asyncDispose]();
  void ended.finally(() => {
    over = true;
  });
  while (!over) {
    gate.waiting[0]?.answer(0);
    await turn();
  }
  await ended;
  await Promise.all(all);
  assert.equal(bindings.disposed, bindings.made);
  for (const name of ['hermes_instances', 'hermes_components', 'hermes_events_queued', 'hermes_apps']) {
    assert.equal(metrics.value(name), 0, name);
  }
  assert.equal(typeof (await engine.done), 'number');
}

for (const kind of pools)
  describe(`the life of an engine with the ${kind.name} pool`, () => {
    it('ends clean, whatever happened in it', { timeout: 600_000 }, async () => {
      // Threads take their time to start.
      const numRuns = count(kind.name === 'inline' ? 10_000 : 1_000);
      await fc.assert(
        fc.asyncProperty(lives, (life) => play(kind, life)),
        { numRuns, seed },
      );
    });
  });
