/** Random modules: an instance that was put back is like one that was made anew, with the one exception of a gap. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { compile } from '../../src/component/index.ts';
import type { Compiled } from '../../src/component/runtime/component.ts';
import { count, seed } from '../count.ts';
import { randomArgument } from './core-series.ts';
import { generator } from './mutate.ts';
import { type CoreFunction, type CoreType, pick, type RandomCore, randomCore } from './random-core.ts';
import { bothRoads, digestOf, outcomeOf, type Road } from './roads.ts';

const TYPES: Readonly<Record<CoreType, string>> = { i32: 's32', i64: 's64', f32: 'f32', f64: 'f64' };

/** A component around a core module: each of its functions is an export. */
function componentText({ text, functions, gaps }: RandomCore): string {
  const lifts = [...functions, ...gaps].map(({ name, params, result }) => {
    const typed = params.map((type, at) => `(param "p${at}" ${TYPES[type]})`).join(' ');
    const answer = result === undefined ? '' : `(result ${TYPES[result]})`;
    return `(func (export "${name}") ${typed} ${answer} (canon lift (core func $m "${name}")))`;
  });
  return `(component (core module $M ${text}) (core instance $m (instantiate $M)) ${lifts.join('\n')})`;
}

interface Tally {
  calls: number;
  traps: number;
  gaps: number;
  reused: number;
}

/** One event on both roads: a few calls, until one traps. */
async function event(roads: readonly [Road, Road], calls: readonly Call[], where: string, tally: Tally) {
  tally.reused += roads[0].idle.instances;
  using used = roads[0].pre.acquire(undefined, LIMITS);
  using fresh = roads[1].pre.acquire(undefined, LIMITS);
  assert.equal(digestOf(used), digestOf(fresh), `${where}: pristine`);
  for (const { name, args } of calls) {
    const [found, expected] = [await outcomeOf(used, name, args), await outcomeOf(fresh, name, args)];
    tally.calls++;
    if (name === 'gap' && found !== expected) {
      // Beyond the virtual end and within the physical one: zeros in the place of a trap, and no trace of others.
      assert.deepEqual([found, /out of bounds/.test(expected)], ['0', true], `${where}: ${name}(${args})`);
      tally.gaps++;
      return;
    }
    assert.equal(found, expected, `${where}: ${name}(${args})`);
    if (fresh.trapped !== undefined) {
      tally.traps++;
      return;
    }
    assert.equal(digestOf(used), digestOf(fresh), `${where}: after ${name}(${args})`);
    assert.equal(used.fuelUsed, fresh.fuelUsed, where);
  }
}

interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
}

const LIMITS = { fuel: 100_000_000, pages: 64 };

function randomEvent(random: (n: number) => number, functions: readonly CoreFunction[]): Call[] {
  return Array.from({ length: 1 + random(4) }, () => {
    const { name, params } = pick(random, functions);
    return { name, args: params.map((type) => randomArgument(random, type)) };
  });
}

test('random modules cannot tell a used instance from a new one', { timeout: 3_600_000 }, async (t) => {
  const tally: Tally = { calls: 0, traps: 0, gaps: 0, reused: 0 };
  let obstacles = 0;
  let quiet = 0;
  for (let n = 0; n < count(5_000, 200); n++) {
    const random = generator(seed + n);
    const made = randomCore(random, { obstacles: random(4) === 0, stack: n % 3 === 0 });
    const component = await compile(new Uint8Array(await parse(componentText(made))));
    if ((component as Compiled).quietBelow > 0) quiet++;
    const roads = bothRoads(component, [{}, {}]);
    // Gaps only in a part of the events, because each ends its event.
    for (let round = 0; round < 12; round++) {
      const functions = round % 3 === 2 ? [...made.functions, ...made.gaps] : made.functions;
      await event(roads, randomEvent(random, functions), `seed ${seed + n}, event ${round}`, tally);
    }
    if (roads[0].pre.obstacles.length > 0) {
      obstacles++;
      assert.equal(roads[0].idle.instances, 0);
    }
  }
  t.diagnostic(`${JSON.stringify(tally)}, ${obstacles} modules with obstacles, ${quiet} with a stack`);
  assert.ok(tally.traps > 100 && tally.reused > 300 && obstacles > 10 && tally.gaps > 0 && quiet > 30);
});
