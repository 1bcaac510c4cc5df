import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from '../../src/engine/extension.ts';
import type { AnswerRemote, GuestRequest, Pool } from '../../src/engine/pool.ts';
import { allExtensions } from '../../src/extensions/all.ts';
import { createClock } from '../../src/lib/clock.ts';
import { isCoded } from '../../src/lib/errors.ts';
import { createGate, rogueComponent } from '../../src/pool/fixtures/gate.ts';
import { createInlinePool } from '../../src/pool/inline.ts';
import { createThreadedPool } from '../../src/pool/threads.ts';
import { createCollector } from '../../src/telemetry/collector.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { ManualClock } from '../../src/testkit/index.ts';
import { createMemoryVfs } from '../../src/vfs/memory.ts';
import { count } from '../count.ts';
import { guest } from '../guests/build.ts';

const REPLY = 'hermes:http-gateway/event#reply';
const GUESTS = count(1_000, 200);
const serde = await guest('rust-serde');
const turn = () => new Promise(setImmediate);

interface Limits {
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** Questions that a thread may leave without an answer, ten in a second. */
  readonly misses: number;
}

/** Half of the instances are for one application. */
async function create(
  workers: number,
  { clock = createClock(), deadlineMs = 30_000, misses = 40 }: Partial<Limits> = {},
): Promise<Pool> {
  const deps = { clock, metrics: createMetrics(), log: createCollector() };
  const halves = [...allExtensions(), createGate().extension()];
  if (workers === 0) return createInlinePool({ halves, instances: 2 * GUESTS, deadlineMs }, deps);
  const instances = (2 * GUESTS) / workers;
  const watch = { everyMs: 100, misses };
  return createThreadedPool({ halves, workers, instances, deadlineMs, watch }, deps);
}

/** A store whose first answer to each event waits until the test says so. */
function slowStore() {
  const counts = new Map<string, number>();
  const asked = new Set<number>();
  const waiting: (() => void)[] = [];
  const answer: AnswerRemote = async (_, method, { event }, [key, value]) => {
    if (!asked.has(event.id)) {
      asked.add(event.id);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    const name = String(key);
    if (method !== 'kvAdd') return { tag: 'kv-u64', val: BigInt(counts.get(name) ?? 0) };
    const count = (counts.get(name) ?? 0) + Number((value as { val: bigint }).val);
    counts.set(name, count);
    return { tag: 'kv-u64', val: BigInt(count) };
  };
  return { waiting, answer };
}

function request(id: number, path: string): GuestRequest {
  const event = { id, depth: 0, name: REPLY };
  return { module: 0, event, counter: id, args: [new Uint8Array(), [], path, 'GET'] };
}

const loadOf = (name: string, bytes: Uint8Array<ArrayBuffer>, answer: AnswerRemote) => ({
  app: { name, version: '1.0.0' },
  modules: [{ name: 'api', id: `id-${name}`, bytes }],
  vfs: createMemoryVfs({}),
  log: createCollector(),
  answer,
});

/** As many instructions as time allows: it is the thread that has to go. */
const endless = { limits: { fuel: Number.MAX_SAFE_INTEGER, memoryBytes: 2 ** 28 } };

for (const workers of [0, 2])
  describe(`guests of rust-serde with ${workers} workers`, () => {
    it(`${GUESTS} wait at the same time and all answer`, { timeout: 120_000 }, async (t) => {
      await using pool = await create(workers);
      const { waiting, answer } = slowStore();
      await using app = await pool.load(loadOf('serde', serde, answer));
      const before = process.memoryUsage.rss();
      const calls = Array.from({ length: GUESTS }, (_, id) => app.call(request(id, '/api/count')));
      const all = Promise.all(calls);
      while (waiting.length < GUESTS) await turn();
      const each = (process.memoryUsage.rss() - before) / GUESTS / 1024;
      t.diagnostic(`${each.toFixed(0)} KiB for each waiting guest`);
      for (const go of waiting) go();
      const answers = (await all) as { readonly val: { readonly code: number; readonly body: Uint8Array } }[];
      assert.ok(
        answers.every(
          ({ val }) => val.code === 200 && JSON.parse(Buffer.from(val.body).toString()).count > 0,
        ),
      );
    });
  });

describe('guests that do harm', () => {
  it(`cost what they ask for; ${GUESTS} others answer or are named`, { timeout: 120_000 }, async () => {
    await using pool = await create(2, { misses: 20 });
    const { waiting, answer } = slowStore();
    await using shop = await pool.load(loadOf('shop', serde, answer));
    const never: AnswerRemote = () => new Promise(() => {});
    await using rogue = await pool.load({ ...loadOf('rogue', await rogueComponent(), never), ...endless });
    const harm = (id: number, on: string) =>
      rogue.call({
        module: 0,
        event: { id, depth: 0, name: `hermes:gate/event#${on}` },
        counter: id,
        args: [id],
      });
    const half = GUESTS / 2;
    const early = Array.from({ length: half }, (_, id) => shop.call(request(id, '/api/count')));
    while (waiting.length < half) await turn();
    const harmful = [harm(5_001, 'on-loop'), harm(5_002, 'on-recurse'), harm(5_003, 'on-wait')];
    const late = Array.from({ length: half }, (_, n) => shop.call(request(half + n, '/api/ping')));
    const outcomes = Promise.allSettled([...early, ...late]);
    const ends = Promise.allSettled(harmful.slice(0, 2));
    let over = false;
    void outcomes.then(() => {
      over = true;
    });
    while (!over) {
      waiting.shift()?.();
      await turn();
    }
    for (const one of await outcomes) {
      if (one.status === 'rejected') assert.ok(isCoded(one.reason) && one.reason.code === 'WORKER_LOST');
    }
    assert.ok(
      (await outcomes).slice(half).every(({ status }) => status === 'fulfilled'),
      'who had not begun runs',
    );
    const codes = (await ends).map((one) =>
      one.status === 'rejected' ? (one.reason as { code: string }).code : '',
    );
    assert.deepEqual(codes, ['DEADLINE', 'TRAP_GUEST']);
    const asleep = assert.rejects(harmful[2] ?? assert.fail(), (error) => isCoded(error));
    await rogue[Symbol.asyncDispose]();
    await asleep;
  });

  for (const workers of [0, 2])
    it(`end within their limit and a second while ${GUESTS} others wait and answer, ${workers} workers`, {
      timeout: 120_000,
    }, async () => {
      const clock = new ManualClock();
      await using pool = await create(workers, { clock, deadlineMs: 5_000, misses: 1_000_000 });
      const { waiting, answer } = slowStore();
      let asleep = 0;
      const never: AnswerRemote = () => {
        asleep++;
        return new Promise(() => {});
      };
      await using shop = await pool.load(loadOf('shop', serde, answer));
      await using rogue = await pool.load({ ...loadOf('rogue', await rogueComponent(), never), ...endless });
      // Nobody can stop a guest that runs in the thread of the one who would.
      const kinds = workers === 0 ? ['on-recurse', 'on-wait'] : ['on-recurse', 'on-wait', 'on-loop'];
      const harmful = kinds.map((on, id) => {
        const event = { id: 5_000 + id, depth: 0, name: `hermes:gate/event#${on}` };
        return rogue.call({ module: 0, event, counter: id, args: [id] });
      });
      const ends = Promise.allSettled(harmful);
      while (asleep === 0) await turn();
      await clock.advance({ seconds: 3 });
      const others = Array.from({ length: GUESTS }, (_, id) => shop.call(request(id, '/api/count')));
      const answered = Promise.allSettled(others);
      while (waiting.length < GUESTS) await turn();
      await clock.advance({ milliseconds: 2_900 });
      const codes = (await ends).map(
        (one) => one.status === 'rejected' && (one.reason as { code: string }).code,
      );
      assert.deepEqual(codes, ['TRAP_GUEST', 'DEADLINE', 'DEADLINE'].slice(0, kinds.length));
      for (const go of waiting) go();
      const found = (await answered).map((one) =>
        one.status === 'fulfilled'
          ? (one.value as { readonly val: { readonly code: number } }).val.code
          : one.reason,
      );
      assert.deepEqual([found.length, new Set(found)], [GUESTS, new Set([200])]);
    });
});
