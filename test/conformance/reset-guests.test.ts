/** Guests of real toolchains, and those that suspend and are composed, on both roads: nothing tells them apart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Component, compile, Suspending } from '../../src/component/index.ts';
import type { ValType } from '../../src/component/types.ts';
import { hostInterfaces } from '../../src/pool/host-imports.ts';
import { fakeCall } from '../../src/testkit/index.ts';
import { wasiImports } from '../../src/wasi/index.ts';
import { long, seed } from '../count.ts';
import { guest } from '../guests/build.ts';
import { guestNames } from '../guests/list.ts';
import { testHost } from './host.ts';
import { generator } from './mutate.ts';
import { anyValue } from './random-types.ts';
import { bothRoads, digestOf, type Interfaces, outcomeOf } from './roads.ts';

/** Paths that some guest knows. A stack that overflows is left out: how deep it may be is V8's to say. */
const paths = [
  ...['/', '/api/echo', '/api/ping', '/api/count', '/api/stats', '/api/hash', '/api/fib?n=12', '/throw'],
  ...['/trap', '/oob', '/badptr', '/badutf8', '/counter', '/big', '/none', '/redirect', '/files', '/random'],
];
const REPLY = 'hermes:http-gateway/event#reply';

class Thing {}

/** As both roads have it: what it answers depends on nothing but the arguments. */
function hostOf(): { readonly interfaces: Interfaces; readonly seen: () => unknown } {
  const { interfaces, lines, store } = testHost();
  const wasi = Object.fromEntries(hostInterfaces(wasiImports(), { index: 0, extension: 'wasi' }));
  const wait = new Suspending(async (_call, n: number) => {
    if (n % 5 === 4) throw new Error('no');
    return n;
  });
  const own = { wait, Thing, give: () => new Thing(), use: () => 0, callBack: (_: unknown, n: number) => n };
  const text = (): string => 'text';
  return {
    interfaces: { ...interfaces, ...wasi, 'test:host/api': { ...own, text } },
    seen: () => [lines, [...store]],
  };
}

interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
}

const isHandle = ({ kind }: ValType): boolean => kind === 'own' || kind === 'borrow';
const none = (): never => assert.fail('no handle is passed');

/** Random arguments for each export that takes no handles; half of the requests go where somebody is at home. */
function randomCalls(component: Component, events: number): (random: (n: number) => number) => Call {
  const callable = component.exports.filter(({ type }) => !type.params.some((param) => isHandle(param.type)));
  const made = callable.map(({ name, type }) => {
    const args = fc.tuple(...type.params.map((param) => anyValue(param.type, none)));
    return { name, args: fc.sample(args, { seed, numRuns: Math.min(events, 60) }) };
  });
  return (random) => {
    const { name, args } = made[random(made.length)] ?? assert.fail('nothing to call');
    const chosen = args[random(args.length)] ?? [];
    if (name !== REPLY || random(4) === 0) return { name, args: chosen };
    const [body, headers] = chosen;
    return { name, args: [body, headers, paths[random(paths.length)], random(2) ? 'GET' : 'POST'] };
  };
}

/** A call of WASI whose time and chance are the same each time. */
function callOf(event: number): Disposable {
  const call = fakeCall({ seed: `event ${event}` });
  return Object.assign(call, { view: () => call });
}

for (const name of guestNames) {
  test(`${name} cannot tell a used instance from a new one`, { timeout: 3_600_000 }, async (t) => {
    const component = await compile(await guest(name));
    const hosts = [hostOf(), hostOf()] as const;
    const [used, fresh] = bothRoads(component, [hosts[0].interfaces, hosts[1].interfaces]);
    const events = long ? 2_000 : 10;
    const next = randomCalls(component, events);
    const random = generator(seed);
    let [reused, traps] = [0, 0];
    for (let event = 0; event < events; event++) {
      reused += used.idle.instances;
      using one = callOf(event);
      using other = callOf(event);
      using a = used.pre.acquire(one);
      using b = fresh.pre.acquire(other);
      assert.equal(digestOf(a), digestOf(b), `event ${event}`);
      for (let left = 1 + random(2); left > 0 && b.trapped === undefined; left--) {
        const call = next(random);
        const where = `event ${event}, ${call.name}(${JSON.stringify(call.args).slice(0, 200)})`;
        assert.equal(
          await outcomeOf(a, call.name, call.args),
          await outcomeOf(b, call.name, call.args),
          where,
        );
        if (b.trapped !== undefined) traps++;
        else assert.deepEqual([digestOf(a), a.fuelUsed], [digestOf(b), b.fuelUsed], where);
      }
      assert.deepEqual(hosts[0].seen(), hosts[1].seen());
    }
    t.diagnostic(`${events} events, ${reused} in used instances, ${traps} trapped`);
    assert.equal(reused > 0, used.pre.obstacles.length === 0);
  });
}
