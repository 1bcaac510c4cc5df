import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../test/count.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createEventQueue } from './event-queue.ts';
import type { QueuedApp } from './queued-app.ts';

const turn = () => new Promise(setImmediate);

interface Plan {
  readonly concurrency: number;
  readonly steps: readonly {
    readonly kind: 'emit' | 'emit' | 'own' | 'add' | 'swap' | 'refuse' | 'end' | 'turn';
    readonly source: number;
    readonly pick: number;
  }[];
}

const plans: fc.Arbitrary<Plan> = fc.record({
  concurrency: fc.integer({ min: 1, max: 8 }),
  steps: fc.array(
    fc.record({
      kind: fc.constantFrom('emit', 'emit', 'emit', 'own', 'add', 'swap', 'refuse', 'end', 'turn'),
      source: fc.nat(2),
      pick: fc.nat(1_000),
    }),
    { minLength: 1, maxLength: 60 },
  ),
});

interface Running {
  readonly load: number;
  readonly source: string;
  readonly end: () => void;
}

/** Plays emissions and replacements; every event says which load it must meet, and whether nothing overtook it. */
async function play({ concurrency, steps }: Plan): Promise<void> {
  const queue = createEventQueue({ concurrency }, { metrics: createMetrics() });
  const running: Running[] = [];
  const newest = new Map<string, number>();
  const lastOf = new Map<string, number>();
  const places: QueuedApp[] = [];
  const waiting: Promise<unknown>[] = [];
  let answered = 0;
  let number = 0;
  let serving = 0;

  function add(): void {
    const load = places.length;
    places.push(
      queue.add('shop', {
        refuse: () => [],
        run(event) {
          const source = event.source.join();
          const [wanted, order] = event.args as [number, number];
          assert.equal(load, wanted, 'an event meets the load that served when it was queued');
          assert.ok(!running.some((other) => other.source === source), `two events of ${source} overlap`);
          assert.ok(load >= (newest.get(source) ?? 0), `an older load answers ${source} after a newer one`);
          newest.set(source, load);
          const lane = `${load} ${source}`;
          assert.ok(order > (lastOf.get(lane) ?? -1), `events of ${source} swapped`);
          lastOf.set(lane, order);
          return new Promise((resolve) => {
            const entry: Running = {
              load,
              source,
              end() {
                running.splice(running.indexOf(entry), 1);
                answered++;
                resolve([]);
              },
            };
            running.push(entry);
          });
        },
      }),
    );
  }
  function emit(by: QueuedApp['emit'], load: number, source: number): void {
    const name = 'hermes:test/event#on-test';
    const event = { name, source: ['test', String(source)], app: 'shop', modules: 'exporting' } as const;
    waiting.push(by({ ...event, reply: 'all', args: [load, number++] }).done);
  }
  add();
  places[0]?.open();
  /** The load that is on its way to serve. */
  let next: number | undefined;
  for (const { kind, source, pick } of steps) {
    const place = next === undefined ? undefined : places[next];
    if (kind === 'emit') emit(queue.emit, serving, source);
    if (kind === 'add' && next === undefined) {
      add();
      next = places.length - 1;
    }
    if (kind === 'own' && place && next !== undefined) emit(place.emit, next, source);
    if (kind === 'swap' && place && next !== undefined) {
      place.open();
      const old = places[serving];
      assert.throws(() => emit(old?.emit ?? assert.fail(), serving, source), { code: 'APP_GONE' });
      serving = next;
      next = undefined;
    }
    if (kind === 'refuse' && place) {
      answered += place.status().waiting;
      place.remove(new Error('refused') as never);
      next = undefined;
    }
    if (kind === 'end') running[pick % Math.max(1, running.length)]?.end();
    if (kind === 'turn') await turn();
  }
  if (next !== undefined) {
    answered += places[next]?.status().waiting ?? 0;
    places[next]?.remove(new Error('refused') as never);
  }
  while (answered < waiting.length) {
    const before = answered;
    for (const entry of [...running]) entry.end();
    await turn();
    await turn();
    assert.ok(answered > before || running.length > 0, 'what waits is delivered when all others have ended');
  }
  await Promise.all(waiting);
  await Promise.all(places.map((place) => place.idle()));
  assert.equal(queue.size, 0);
}

describe('loads of one application that replace each other', () => {
  it('never answer one source in turns, and lose nothing', { timeout: 600_000 }, async () => {
    await fc.assert(fc.asyncProperty(plans, play), { numRuns: count(20_000), seed });
  });
});
