import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCoded } from '../lib/errors.ts';
import { type GateHooks, gateComponent } from '../pool/fixtures/gate.ts';
import { pools } from '../pool/fixtures/pools.ts';
import { shop as shopOf, type World, worldOf } from '../pool/fixtures/world.ts';

const bytes = await gateComponent();
const turn = () => new Promise(setImmediate);
const coded = (code: string) => (error: unknown) => isCoded(error) && error.code === code;

const shop = (modules?: readonly string[], name?: string) => shopOf(bytes, modules, name);

for (const kind of pools)
  describe(`with the ${kind.name} pool`, () => {
    const world = (hooks?: GateHooks, more?: readonly GateHooks[]) => worldOf(kind, hooks, more);

    /** What an extension that fails at some stage leaves behind: everything that happened, in order. */
    async function refused(breaks: 'attach' | 'start' | 'ready'): Promise<readonly string[]> {
      const seen: string[] = [];
      const noted = (name: string, fails = false): GateHooks => ({
        name,
        attach: (app) => {
          if (fails && breaks === 'attach') throw new Error('no');
          seen.push(`+${name} ${app.state}`);
        },
        binding: (app) => ({
          async start() {
            if (fails && breaks === 'start') throw new Error('no');
            seen.push(`start ${name}`);
          },
          ready() {
            if (fails && breaks === 'ready') throw new Error('no');
            seen.push(`ready ${name}`);
          },
          async [Symbol.asyncDispose]() {
            seen.push(`-${name} ${app.state}`);
          },
        }),
      });
      const { engine, metrics } = await world(noted('gate'), [noted('second', true), noted('third')]);
      await using _ = engine;
      await assert.rejects(engine.load(shop()), { message: 'no' });
      assert.deepEqual([engine.apps.size, metrics.value('hermes_components')], [0, 0]);
      return seen;
    }

    describe('createEngine() loading', () => {
      it('shows extensions the application, and its modules in manifest order', async () => {
        const { engine, context } = await world();
        await using _ = engine;
        const app = await engine.load(shop(['b', 'a']));
        assert.deepEqual([app.name, app.version, app.state], ['shop', '1.0.0', 'running']);
        assert.deepEqual(
          app.modules.map(({ name, config }) => [name, config]),
          [
            ['b', { of: 'b' }],
            ['a', { of: 'a' }],
          ],
        );
        assert.ok(app.modules.every(({ id, exports }) => /^[0-9A-Z]{26}$/.test(id) && exports.size === 4));
        assert.equal(engine.apps.get('shop'), app);
        assert.equal(await context.folder(), '/nowhere/gate');
      });

      it('undoes in reverse what was done before a refusal', async () => {
        assert.deepEqual(await refused('attach'), ['+gate starting', '-gate stopping']);
        const attached = ['+gate starting', '+second starting', '+third starting'];
        const undone = ['-third stopping', '-second stopping', '-gate stopping'];
        assert.deepEqual(await refused('start'), [...attached, 'start gate', ...undone]);
        const started = ['start gate', 'start second', 'start third'];
        assert.deepEqual(await refused('ready'), [...attached, ...started, 'ready gate', ...undone]);
      });

      it('runs events of the start before any other', async () => {
        let world1: World | undefined;
        const order: string[] = [];
        const start = async (): Promise<void> => {
          void world1?.emit('on-count').then(() => order.push('other'));
          await world1?.emit('on-count', [], { duringStart: true });
          order.push('start');
        };
        world1 = await world({ binding: () => ({ start }) });
        await using engine = world1.engine;
        await engine.load(shop());
        while (order.length < 2) await turn();
        assert.deepEqual(order, ['start', 'other']);
      });

      it('refuses names out of form, given twice, or in use', async () => {
        const { engine } = await world();
        await using _ = engine;
        for (const name of ['', 'Shop', '-a', 'a-', 'a.b', 'a/b', '../a', 'a'.repeat(64), 'é']) {
          await assert.rejects(engine.load(shop([], name)), coded('APP_NAME'));
          await assert.rejects(engine.load(shop([name])), coded('APP_NAME'));
        }
        await assert.rejects(engine.load(shop(['a', 'a'])), coded('APP_NAME'));
        const first = engine.load(shop());
        await assert.rejects(engine.load(shop()), coded('APP_EXISTS'));
        await first;
        await assert.rejects(engine.load(shop()), coded('APP_EXISTS'));
      });

      it('can load again what it refused or unloaded', async () => {
        let refuse = true;
        const { engine, emit } = await world({
          attach: () => {
            if (refuse) throw new Error('not yet');
          },
        });
        await using _ = engine;
        await assert.rejects(engine.load(shop()), { message: 'not yet' });
        refuse = false;
        const { id } = (await engine.load(shop())).modules[0] ?? assert.fail();
        await engine.unload('shop');
        await assert.rejects(emit('on-count'), coded('APP_GONE'));
        await assert.rejects(engine.unload('shop'), coded('APP_GONE'));
        assert.notEqual((await engine.load(shop())).modules[0]?.id, id);
        assert.deepEqual(await emit('on-count'), [{ module: 'api', ok: true, value: 1 }]);
      });
    });

    describe('createEngine() events', () => {
      it('delivers to the modules that were asked for, failures beside answers', async () => {
        const { engine, emit, log } = await world();
        await using _ = engine;
        await engine.load(shop(['a', 'b', 'c']));
        const named = await emit('on-count', [], { modules: ['c', 'a', 'gone'] });
        assert.deepEqual(
          named.map(({ module }) => module),
          ['a', 'c'],
        );
        const trapped = await emit('on-trap');
        assert.deepEqual(
          trapped.map(({ ok }) => ok),
          [false, false, false],
        );
        assert.equal(log.find('Module failed to handle event').length, 3);
        assert.deepEqual(await emit('on-nothing'), []);
      });

      it('counts the calls of each module', async () => {
        const { engine, emit, gate } = await world();
        await using _ = engine;
        await engine.load(shop(['a', 'b']));
        await emit('on-count', [], { modules: ['a'] });
        const done = emit('on-wait', [1]);
        await gate.reached(2);
        assert.deepEqual(
          // Which module reaches the gate first is nobody's promise.
          new Map(gate.waiting.map(({ caller }) => [caller.module.name, caller.counter])),
          new Map([
            ['a', 1],
            ['b', 0],
          ]),
        );
        for (const each of [...gate.waiting]) each.answer(0);
        await done;
      });

      it('refuses a remote call that the extension does not answer', async () => {
        const { engine, emit } = await world({
          binding: () => ({ calls: Object.create({ wait: () => 1 }) }),
        });
        await using _ = engine;
        await engine.load(shop());
        const [reply] = await emit('on-wait', [1]);
        assert.ok(reply?.ok === false && isCoded(reply.error));
        assert.ok(isCoded(reply.error.cause) && reply.error.cause.code === 'REMOTE_UNKNOWN');
      });
    });

    describe('createEngine() stopping', () => {
      it('drains: running events finish, caused ones run, new ones and new loads are refused', async () => {
        const closed: string[] = [];
        const { engine, emit, gate, context } = await world({ close: async () => void closed.push('gate') });
        await engine.load(shop());
        const running = [1, 2].map((n) => emit('on-wait', [n]));
        const queued = emit('on-wait', [2]);
        await gate.reached(2);
        const drained = engine.drain();
        assert.equal(context.signal.aborted, true);
        assert.equal(engine.apps.get('shop')?.state, 'stopping');
        await assert.rejects(emit('on-count'), coded('APP_GONE'));
        await assert.rejects(engine.load(shop([], 'late')), coded('STOPPING'));
        const cause = gate.waiting[0]?.caller.event ?? assert.fail();
        const caused = emit('on-count', [], { cause });
        while ((await Promise.race([drained.then(() => 'drained'), turn()])) !== 'drained')
          gate.waiting[0]?.answer(5);
        const ok = (value: number) => [{ module: 'api', ok: true, value }];
        assert.deepEqual(await Promise.all([...running, queued, caused]), [ok(5), ok(5), ok(5), ok(1)]);
        assert.deepEqual(closed, ['gate']);
        await engine[Symbol.asyncDispose]();
        assert.equal(await engine.done, 0);
      });

      it('drains what one application causes another to do, which had nothing left before', async () => {
        const { engine, emit, gate } = await world();
        await using _ = engine;
        for (const name of ['shop', 'books']) await engine.load(shop(['api'], name));
        const first = emit('on-wait', [1]);
        await gate.reached(1);
        let over = false;
        const drained = engine.drain().then(() => {
          over = true;
        });
        await turn();
        const cause = gate.waiting[0]?.caller.event ?? assert.fail();
        const caused = emit('on-wait', [2], { app: 'books', cause });
        gate.waiting.find(({ n }) => n === 1)?.answer(1);
        await first;
        while (!gate.waiting.some(({ n }) => n === 2)) await turn();
        await turn();
        assert.equal(over, false);
        gate.waiting[0]?.answer(2);
        assert.deepEqual(await caused, [{ module: 'api', ok: true, value: 2 }]);
        await drained;
      });

      it('gives up draining when its time is over; disposal then ends what runs', async () => {
        const { engine, emit, gate, metrics } = await world();
        await engine.load(shop());
        const running = emit('on-wait', [1]);
        const waiting = emit('on-wait', [1]);
        await gate.reached(1);
        const stop = new AbortController();
        const drained = engine.drain({ signal: stop.signal });
        const reason = new Error('enough');
        stop.abort(reason);
        await assert.rejects(drained, reason);
        await engine[Symbol.asyncDispose]();
        const [[first] = [], [second] = []] = await Promise.all([running, waiting]);
        assert.ok(first?.ok === false && second?.ok === false);
        assert.ok(isCoded(second.error) && second.error.code === 'APP_GONE');
        assert.deepEqual([metrics.value('hermes_instances'), metrics.value('hermes_events_queued')], [0, 0]);
      });

      it('disposes at once while it drains, and twice', async () => {
        const { engine, emit, gate } = await world();
        await engine.load(shop());
        const running = emit('on-wait', [1]);
        await gate.reached(1);
        const drained = engine.drain();
        await Promise.all([engine[Symbol.asyncDispose](), engine[Symbol.asyncDispose]()]);
        await drained;
        assert.equal((await running)[0]?.ok, false);
        await engine[Symbol.asyncDispose]();
        await assert.rejects(emit('on-count'), coded('APP_GONE'));
      });

      it('ends an application that is still starting, and disposes what it had', async () => {
        const seen: string[] = [];
        let emitted: World['emit'] | undefined;
        const { engine, emit, gate } = await world({
          binding: () => ({
            async start() {
              const [reply] = (await emitted?.('on-wait', [1], { duringStart: true })) ?? [];
              seen.push(`answered ${reply?.ok}`);
            },
            async [Symbol.asyncDispose]() {
              seen.push('disposed');
            },
          }),
        });
        emitted = emit;
        const loading = assert.rejects(engine.load(shop()), coded('STOPPING'));
        await gate.reached(1);
        await engine[Symbol.asyncDispose]();
        await loading;
        assert.deepEqual(seen, ['answered false', 'disposed']);
      });

      it('disposes bindings when no event runs any more, then services in reverse', async () => {
        const seen: string[] = [];
        const noted = (name: string): GateHooks => ({
          name,
          binding: () => ({
            async [Symbol.asyncDispose]() {
              seen.push(`binding ${name}`);
            },
          }),
          stop: () => void seen.push(`service ${name}`),
        });
        const { engine, emit, gate } = await world(noted('gate'), [noted('second')]);
        await engine.load(shop());
        const running = emit('on-wait', [1]).then(() => seen.push('event'));
        await gate.reached(1);
        await engine[Symbol.asyncDispose]();
        await running;
        assert.deepEqual(seen, ['event', 'binding second', 'binding gate', 'service second', 'service gate']);
      });

      it('ends with the code of its only application', async () => {
        const { engine, context } = await world();
        await using _ = engine;
        await engine.load(shop());
        context.done('gone', 1);
        context.done('shop', 7);
        context.done('shop', 8);
        assert.equal(await engine.done, 7);
      });

      it('unloads one of several applications that asks for its end, once its events are over', async () => {
        const { engine, context, emit, gate } = await world();
        await using _ = engine;
        await engine.load(shop());
        await engine.load(shop(['api'], 'other'));
        const running = emit('on-wait', [1]);
        await gate.reached(1);
        context.done('shop', 7);
        await assert.rejects(emit('on-count'), coded('APP_GONE'));
        gate.waiting[0]?.answer(3);
        assert.deepEqual(await running, [{ module: 'api', ok: true, value: 3 }]);
        while (engine.apps.has('shop')) await turn();
        assert.deepEqual([...engine.apps.keys()], ['other']);
      });
    });

    describe('createEngine() starting', () => {
      it('stops what had started when an extension refuses', async () => {
        const stopped: string[] = [];
        const breaks = () => {
          throw new Error('no port');
        };
        const starting = world({ stop: () => void stopped.push('gate') }, [
          { name: 'second', start: breaks },
        ]);
        await assert.rejects(starting, { message: 'no port' });
        assert.deepEqual(stopped, ['gate']);
      });

      it('runs two engines in one process that know nothing of each other', async () => {
        const [one, two] = [await world(), await world()];
        await using first = one.engine;
        await using second = two.engine;
        await first.load(shop());
        await assert.rejects(two.emit('on-count'), coded('APP_GONE'));
        await second.load(shop());
        const waiting = one.emit('on-wait', [1]);
        await one.gate.reached(1);
        assert.equal(two.gate.waiting.length, 0);
        one.gate.waiting[0]?.answer(1);
        await waiting;
      });
    });
  });
