import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCoded } from '../lib/errors.ts';
import { gateComponent } from '../pool/fixtures/gate.ts';
import { pools } from '../pool/fixtures/pools.ts';
import { shop as shopOf, worldOf } from '../pool/fixtures/world.ts';
import type { AppBinding, AttachedApp } from './extension.ts';

const bytes = await gateComponent();
const turn = () => new Promise(setImmediate);
const coded = (code: string) => (error: unknown) => isCoded(error) && error.code === code;
const version = (of: string) => ({ ...shopOf(bytes), version: of });

for (const kind of pools)
  describe(`reload() with the pool ${kind.name}`, () => {
    it('takes over in one moment: the old load finishes what it has, the new one gets the rest', async () => {
      const the = await worldOf(kind);
      await using _ = the.engine;
      const { engine, gate, emit } = the;
      const old = await engine.load(version('1.0.0'));
      const waiting = () => gate.waiting.length;
      const first = emit('on-wait', [1]);
      const second = emit('on-wait', [1]);
      while (waiting() < 1) await turn();
      const now = await engine.reload(version('2.0.0'));
      assert.equal(engine.apps.get('shop'), now);
      assert.deepEqual([old.state, now.state, now.version], ['replaced', 'running', '2.0.0']);
      const third = emit('on-wait', [1]);
      const other = emit('on-wait', [2]);
      while (waiting() < 2) await turn();
      assert.equal(waiting(), 2, 'another source does not wait, the same one does');
      gate.waiting[1]?.answer(20);
      assert.deepEqual(await other, [{ module: 'api', ok: true, value: 20 }]);
      for (const [promise, value] of [
        [first, 1],
        [second, 2],
        [third, 3],
      ] as const) {
        while (waiting() === 0) await turn();
        assert.equal(waiting(), 1);
        gate.waiting[0]?.answer(value);
        assert.deepEqual(await promise, [{ module: 'api', ok: true, value }]);
      }
      assert.throws(() => the.context.emit(eventTo(old)), coded('APP_GONE'));
      await engine.unload('shop');
      assert.equal(the.metrics.value('hermes_components'), 0);
    });

    it('leaves the old load as it was when the new one is refused, whatever refuses it', async () => {
      let breaks: 'attach' | 'start' | 'ready' | undefined;
      const seen: string[] = [];
      const fails = (when: typeof breaks): void => {
        if (breaks === when) throw new Error(`no ${when}`);
      };
      const the = await worldOf(kind, {
        attach: () => fails('attach'),
        binding: (app): Partial<AppBinding> => ({
          start: async () => fails('start'),
          ready: () => fails('ready'),
          [Symbol.asyncDispose]: async () => void seen.push(`${app.version} ${app.state}`),
        }),
      });
      await using _ = the.engine;
      const { engine, emit } = the;
      const old = await engine.load(version('1.0.0'));
      for (breaks of ['attach', 'start', 'ready'] as const) {
        await assert.rejects(engine.reload(version('2.0.0')), { message: `no ${breaks}` });
      }
      breaks = undefined;
      const broken = { ...version('2.0.0'), modules: [{ name: 'api', bytes: new Uint8Array(8), config: 0 }] };
      await assert.rejects(engine.reload(broken), coded('MODULE_INVALID'));
      assert.equal(engine.apps.get('shop'), old);
      assert.equal(old.state, 'running');
      assert.deepEqual(seen, ['2.0.0 stopping', '2.0.0 stopping']);
      assert.deepEqual(await emit('on-count'), [{ module: 'api', ok: true, value: 1 }]);
    });

    it('attaches and starts the new load before the old one goes', async () => {
      const seen: string[] = [];
      const note = (what: string, { version: of, state }: AttachedApp) =>
        void seen.push(`${what} ${of} ${state}`);
      const the = await worldOf(kind, {
        attach: (app) => note('attach', app),
        binding: (app) => ({
          start: async () => note('start', app),
          ready: () => note('ready', app),
          [Symbol.asyncDispose]: async () => note('dispose', app),
        }),
      });
      await using _ = the.engine;
      await the.engine.load(version('1'));
      await the.engine.reload(version('2'));
      await the.engine.unload('shop');
      assert.deepEqual(seen, [
        'attach 1 starting',
        'start 1 starting',
        'ready 1 running',
        'attach 2 starting',
        'start 2 starting',
        'ready 2 running',
        ...seen.slice(6).toSorted(),
      ]);
      assert.deepEqual(seen.slice(6).toSorted(), ['dispose 1 replaced', 'dispose 2 stopping']);
    });

    it('sends events of the start to the load that starts, others to the one that serves', async () => {
      const answers: unknown[] = [];
      let emit: (name: string, args?: readonly unknown[], more?: object) => Promise<unknown> = assert.fail;
      const the = await worldOf(kind, {
        binding: (app) => ({
          async start() {
            answers.push(await emit('on-count', [], { duringStart: true }));
            if (app.version === '2') answers.push(await emit('on-count'));
          },
        }),
      });
      await using _ = the.engine;
      emit = the.emit;
      await the.engine.load(version('1'));
      await the.engine.reload(version('2'));
      assert.equal(answers.length, 3);
    });

    it('is refused for what does not run, and while the engine stops; ends with the application', async () => {
      const gone = Promise.withResolvers<void>();
      let starts = 0;
      const the = await worldOf(kind, {
        binding: () => ({ start: async () => (++starts > 1 ? gone.promise : undefined) }),
      });
      await using _ = the.engine;
      const { engine } = the;
      await assert.rejects(engine.reload(version('1')), coded('APP_GONE'));
      await assert.rejects(engine.reload({ ...version('1'), name: 'A' }), coded('APP_NAME'));
      await engine.load(version('1'));
      const reload = engine.reload(version('2'));
      const later = engine.reload(version('3'));
      while (starts < 2) await turn();
      const unload = engine.unload('shop');
      gone.resolve();
      await assert.rejects(reload, coded('APP_UNLOADED'));
      await unload;
      await assert.rejects(later, coded('APP_GONE'));
      assert.equal(engine.apps.size, 0);
      await engine.drain();
      await assert.rejects(engine.reload(version('1')), coded('STOPPING'));
    });

    it('loses nothing and refuses nothing under load', async () => {
      const the = await worldOf(kind);
      await using _ = the.engine;
      const { engine, emit } = the;
      await engine.load(version('0'));
      const all: Promise<unknown>[] = [];
      for (let round = 1; round <= 5; round++) {
        const reload = engine.reload(version(String(round)));
        for (let n = 0; n < 40; n++) {
          all.push(emit('on-count', [], { source: ['gate', String(n % 7)] }));
          if (n % 10 === 0) await turn();
        }
        await reload;
      }
      assert.equal(all.length, 200);
      for (const reply of await Promise.all(all)) {
        assert.deepEqual(reply, [{ module: 'api', ok: true, value: 1 }]);
      }
      await engine.drain();
      assert.equal(the.metrics.value('hermes_events_queued'), 0);
    });
  });

function eventTo(to: AttachedApp) {
  const name = 'hermes:gate/event#on-count';
  return { name, source: ['gate'], app: 'shop', to, modules: 'exporting', reply: 'all', args: [] } as const;
}
