import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Reply } from '../../src/engine/extension.ts';
import { isCoded } from '../../src/lib/errors.ts';
import { count, long } from '../count.ts';
import { type HostileWorld, type harms, hostileWorld } from './hostile/world.ts';

const MIB = 1024 ** 2;
const OTHERS = count(1_000, 50);
/** Enough to take some time, and not so much that a slow machine has the deadline come first. */
const limits = { memoryBytes: 128 * MIB, fuel: long ? 1_000_000_000 : 200_000_000 };

type Kind = keyof typeof harms;

/** What each harm comes to: a code, or the number that is answered when there is no more to be had. */
const ends: readonly (readonly [Kind, string | number])[] = [
  ['loop', 'FUEL'],
  ['recursion', 'TRAP_GUEST'],
  ['memory', 2_048],
  ['tables', 99_001],
  ['fill', 'FUEL'],
  ['copy', 'FUEL'],
  ['calls', 'FUEL'],
  ['log', 'FUEL'],
  ['text', 'LIMIT_LIFT'],
  ['handles', 'LIMIT_HANDLES'],
];

function endOf(reply: Reply): unknown {
  if (reply.ok) return reply.value;
  const { error } = reply;
  assert.ok(isCoded(error), String(error));
  assert.equal(error.blame, 'guest');
  return error.code;
}

/** Requests of the other application that wait at the gate, until they are let go. */
async function others(world: HostileWorld, number: number) {
  const answers = Promise.all(Array.from({ length: number }, () => world.request()));
  const waiting = () => world.gate.waiting.filter(({ n }) => n === '/api/waits'.length);
  await world.gate.reached(number);
  return {
    get waiting() {
      return waiting().length;
    },
    async letGo(): Promise<readonly number[]> {
      for (const { answer } of waiting()) answer(1);
      return answers;
    },
  };
}

const outcomes = (world: HostileWorld, outcome: string): number =>
  world.node.metrics.value('hermes_module_calls_total', { app: 'hostile', module: 'api', outcome });

for (const workers of [0, 2])
  describe(`hostile guests with ${workers} workers`, { timeout: long ? 600_000 : 120_000 }, () => {
    test(`end with their codes while ${OTHERS} requests of another wait and are answered`, async (t) => {
      await using world = await hostileWorld({ workers, instances: 4 * OTHERS, limits });
      const shop = await others(world, OTHERS);
      const before = process.memoryUsage.rss();
      let most = before;
      for (const [kind, expected] of ends) {
        for (const caught of [false, true]) {
          assert.equal(
            endOf(await world.harm(kind, caught)),
            expected,
            `${kind}, ${caught ? '' : 'not '}caught`,
          );
          most = Math.max(most, process.memoryUsage.rss());
        }
        if (typeof expected === 'string') assert.ok(outcomes(world, expected) >= 2);
      }
      assert.equal(endOf(await world.give()), 'LIMIT_LIFT');
      assert.equal(shop.waiting, OTHERS);
      assert.deepEqual(new Set(await shop.letGo()), new Set([404]));
      t.diagnostic(`${Math.round((most - before) / MIB)} MiB more than before`);
      // In each thread one that runs, and what earlier ones left and is not given back yet.
      assert.ok(most - before < Math.max(1, workers) * (limits.memoryBytes + 384 * MIB) + 256 * MIB);
      const said = world.log.find('Guest says').length;
      assert.ok(said > 1_000 && said <= 20_000, `${said} lines`);
      assert.equal(world.log.find('Guest log limit reached, the rest of this event is dropped').length, 2);
      assert.equal(world.log.find('Guest log lines dropped').length, 2);
    });

    const GREEDY = count(200, 4);
    test(`${GREEDY} that take all memory they may have, one after another, leave none behind`, async (t) => {
      await using world = await hostileWorld({ workers, instances: 8, limits });
      const before = process.memoryUsage.rss();
      let most = before;
      for (let n = 0; n < GREEDY; n++) {
        assert.equal(endOf(await world.harm('memory', false)), 2_048);
        most = Math.max(most, process.memoryUsage.rss());
      }
      t.diagnostic(`${Math.round((most - before) / MIB)} MiB more than before`);
      assert.ok(most - before < Math.max(1, workers) * (limits.memoryBytes + 384 * MIB) + 256 * MIB);
    });

    const WAITING = count(5_000, 100);
    test(`${WAITING} that wait for ever end with DEADLINE, and leave nothing`, async () => {
      const some = { ...limits, wallClockMs: 200 };
      await using world = await hostileWorld({ workers, instances: long ? 1_024 : 64, limits: some });
      const shop = await others(world, 10);
      const all = await Promise.all(
        Array.from({ length: WAITING }, (_, n) => world.harm('wait', n % 2 === 0)),
      );
      assert.deepEqual(new Set(all.map(endOf)), new Set(['DEADLINE']));
      assert.equal(outcomes(world, 'DEADLINE'), WAITING);
      assert.deepEqual(new Set(await shop.letGo()), new Set([404]));
      while (world.node.metrics.value('hermes_instances') > 0) await new Promise(setImmediate);
      assert.equal(endOf(await world.harm('tables', false)), 99_001);
    });
  });
