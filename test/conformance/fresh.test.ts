/** Every instance starts from what the binary says, whatever those before it did and however they ended. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { compile, type Instance, Suspending } from '../../src/component/index.ts';
import { count, seed } from '../count.ts';
import { type GuestName, guest } from '../guests/build.ts';
import { linkWith, testHost } from './host.ts';

type Step = readonly [what: string, a: number, b: number];

/** One event: an instance does a few things and ends. */
async function live(instance: Instance, steps: readonly Step[]): Promise<void> {
  for (const [what, a, b] of steps) {
    try {
      const args = what === 'soil' ? [a % 30, b * 13, a * 1009] : what === 'wait' ? [a] : [];
      await instance.call(what, args);
    } catch (error) {
      assert.match((error as { code: string }).code, /^TRAP_/);
      return;
    }
  }
}

test('an instance finds nothing of those before it', { timeout: 3_600_000 }, async () => {
  const never = new Promise<number>(() => {});
  const waiting: Promise<unknown>[] = [];
  const wait = new Suspending((_call, n: number) =>
    n % 3 === 0 ? Promise.reject(new Error('no')) : Promise.resolve(n),
  );
  const bytes = await guest('dirty');
  const pre = linkWith(await compile(bytes), { 'test:host/api': { wait } });
  const stuck = linkWith(await compile(bytes), { 'test:host/api': { wait: new Suspending(() => never) } });
  const what = fc.constantFrom('soil', 'soil', 'use-segments', 'drop-segments', 'wait', 'trap', 'look');
  const step = fc.tuple(what, fc.nat({ max: 200 }), fc.nat({ max: 10_000 }));
  const event = fc.tuple(fc.array(step, { maxLength: 4 }), fc.nat({ max: 5 }));
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 12 }), async (events) => {
      const together: Instance[] = [];
      for (const [index, [steps, ending]] of events.entries()) {
        const instance = (ending === 5 ? stuck : pre).acquire();
        const where = inspect(events.slice(0, index + 1), { depth: 4 });
        assert.equal(await instance.call('look', []), 0, where);
        const all = (await instance.call('bytes', [8, 1000])) as Uint8Array;
        assert.ok(
          all.every((byte) => byte === 0),
          where,
        );
        if (ending === 5) waiting.push(Promise.resolve(instance.call('wait', [1])).catch(() => {}));
        else await live(instance, steps);
        // Some live on while others come, one is never disposed, one is told to end.
        if (ending === 0) together.push(instance);
        else if (ending === 4) instance.end(new Error('enough'));
        if (ending !== 0 && ending !== 1) instance[Symbol.dispose]();
      }
      for (const instance of together) instance[Symbol.dispose]();
    }),
    { seed, numRuns: count(5_000), endOnFailure: false },
  );
  await Promise.all(waiting);
});

/** Guests of real toolchains, each with requests whose answers must not depend on what came before. */
const REPLY = 'hermes:http-gateway/event#reply';
const requests: Readonly<
  Partial<Record<GuestName, readonly (readonly [path: string, method: string, body: string])[]>>
> = {
  'c-echo': [
    ['/a', 'GET', ''],
    ['/b?q=é', 'POST', 'x'.repeat(70_000)],
  ],
  'c-faults': [
    ['/counter', 'GET', ''],
    ['/big', 'GET', ''],
    ['/trap', 'GET', ''],
    ['/oob', 'GET', ''],
    ['/stack', 'GET', ''],
  ],
  'as-echo': [
    ['/a', 'GET', ''],
    ['/b', 'POST', 'y'.repeat(200_000)],
  ],
  'rust-serde': [
    ['/api/ping', 'GET', ''],
    ['/api/hash', 'POST', 'z'.repeat(100_000)],
    ['/api/stats', 'POST', '['],
    ['/x', 'GET', ''],
  ],
  'ts-echo': [
    ['/a', 'GET', ''],
    ['/b', 'POST', 'w'.repeat(50_000)],
  ],
};

for (const [name, list] of Object.entries(requests)) {
  test(`${name} answers in any order what it answers first`, async () => {
    const pre = linkWith(await compile(await guest(name as GuestName)), testHost().interfaces);
    const ask = ([path, method, body]: readonly [string, string, string]): unknown => {
      using instance = pre.acquire();
      try {
        return instance.call(REPLY, [new TextEncoder().encode(body), [['accept', ['*/*']]], path, method]);
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const expected = list.map((request) => ask(request));
    const order = fc.array(fc.nat({ max: list.length - 1 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(order, (indices) => {
        for (const index of indices) assert.deepEqual(ask(list[index] as never), expected[index]);
      }),
      { seed, numRuns: count(500, 5), endOnFailure: false },
    );
  });
}
