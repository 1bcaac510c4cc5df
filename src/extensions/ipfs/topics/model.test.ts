import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../../../test/count.ts';
import { until } from '../fixtures/network.ts';
import { startEngine, type TestApp, type TestEngine } from './fixtures/engine.ts';

const APPS = ['bank', 'news', 'shop'] as const;
const TOPICS = ['a', 'b', 'c'] as const;
const MODULES = ['api', 'worker'] as const;

const app = fc.constantFrom(...APPS);
const topic = fc.constantFrom(...TOPICS);
const module = fc.constantFrom(...MODULES);
const subscription = fc.record({ topic, module });

/** What may happen to an engine. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('subscribe'), app, topic, module }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('unsubscribe'), app, topic, module }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('publish'), app, topic }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('load'), app }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('unload'), app }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('reload'),
      app,
      subscriptions: fc.array(subscription, { maxLength: 3, size: 'max' }),
      /** Somebody publishes while the new load starts. */
      meanwhile: fc.option(fc.record({ app, topic }), { nil: undefined }),
      refused: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart') }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** One load as it should be: its subscriptions, as `topic/module`. */
interface Expected {
  readonly load: TestApp;
  readonly subscriptions: Set<string>;
}

interface World {
  readonly engine: TestEngine;
  readonly probe: TestApp;
  readonly loads: Map<string, Expected>;
  /** How many messages there were, in all runs: each has a number of its own. */
  readonly published: { count: number };
}

function loadOf(world: World, name: string, state: 'running' | 'starting' = 'running'): Expected {
  const load = world.engine.load(name, { topics: [...TOPICS], modules: [...MODULES], state });
  return { load, subscriptions: new Set() };
}

/** Everything that was published before has been heard when this has. */
async function settled({ engine, probe }: World): Promise<void> {
  const heard = engine.texts('ear').length;
  await probe.publish('now', 'probe');
  await until(() => engine.texts('ear').length > heard);
}

/** Modules of an application that are to hear a topic: of the load that serves, or of one that is to. */
function hearing(name: string, topic: string, loads: readonly (Expected | undefined)[]): readonly string[] {
  const modulesOf = (expected: Expected | undefined): readonly string[] =>
    MODULES.filter((each) => expected?.subscriptions.has(`${topic}/${each}`)).map(
      (each) => `${name}/${each}`,
    );
  return loads.map(modulesOf).find((modules) => modules.length > 0) ?? [];
}

/** Publishes, and asserts who has heard it: each module once that should, and nobody else. */
async function publish(
  world: World,
  by: string,
  topic: string,
  starting?: readonly [string, Expected],
): Promise<void> {
  const { engine, loads } = world;
  const text = `${++world.published.count}`;
  const sender = loads.get(by);
  if (!sender) return;
  await sender.load.publish(text, topic);
  await settled(world);
  const expected = APPS.filter((name) => name !== by).flatMap((name) =>
    hearing(name, topic, [loads.get(name), starting?.[0] === name ? starting[1] : undefined]),
  );
  const heard = engine.heard.filter((each) => each.text === text && each.app !== 'ear');
  assert.deepEqual(heard.map((each) => `${each.app}/${each.module}`).toSorted(), expected.toSorted());
  assert.ok(heard.every((each) => each.topic === topic && each.publisher === engine.node.peerId));
}

async function subscribe({ load, subscriptions }: Expected, topic: string, module: string): Promise<void> {
  assert.equal(await load.subscribe(topic, module), true);
  subscriptions.add(`${topic}/${module}`);
}

async function reload(world: World, step: Extract<Step, { kind: string; refused: boolean }>): Promise<void> {
  const before = world.loads.get(step.app);
  if (!before) return;
  const after = loadOf(world, step.app, 'starting');
  for (const { topic, module } of step.subscriptions) await subscribe(after, topic, module);
  if (step.meanwhile) await publish(world, step.meanwhile.app, step.meanwhile.topic, [step.app, after]);
  if (step.refused) {
    await after.load[Symbol.asyncDispose]();
    return;
  }
  after.load.binding.ready();
  after.load.app.state = 'running';
  before.load.app.state = 'replaced';
  world.loads.set(step.app, after);
  if (step.meanwhile) await publish(world, step.meanwhile.app, step.meanwhile.topic);
  await before.load[Symbol.asyncDispose]();
}

async function take(world: World, step: Step): Promise<void> {
  const { engine, loads } = world;
  if (!('app' in step)) return engine.restart();
  const at = loads.get(step.app);
  if ('refused' in step) return reload(world, step);
  if (step.kind === 'load') {
    if (!at) loads.set(step.app, loadOf(world, step.app));
    return;
  }
  if (!at) return;
  if (step.kind === 'unload') {
    loads.delete(step.app);
    await at.load[Symbol.asyncDispose]();
  } else if ('module' in step) {
    const key = `${step.topic}/${step.module}`;
    if (step.kind === 'subscribe') await subscribe(at, step.topic, step.module);
    else assert.equal(at.load.unsubscribe(step.topic, step.module), at.subscriptions.delete(key));
  } else if ('topic' in step) await publish(world, step.app, step.topic);
}

/** The node listens to what anybody listens to, and to nothing else. */
async function sameAsNode(world: World): Promise<void> {
  await settled(world);
  const wanted = new Set([...world.loads.values()].flatMap(({ subscriptions }) => [...subscriptions]));
  const topics = new Set([...wanted].map((key) => key.slice(0, key.indexOf('/'))));
  const { pubsub } = world.engine.node.node;
  assert.deepEqual(pubsub.getTopics().toSorted(), [...topics, 'probe'].toSorted());
  assert.deepEqual([...pubsub.topicValidators.keys()].toSorted(), [...topics, 'probe'].toSorted());
}

test('whatever happens to applications, exactly those hear that subscribed', {
  timeout: 600_000,
}, async () => {
  await using engine = await startEngine();
  const ear = engine.load('ear', { topics: ['probe'] });
  const probe = engine.load('probe', { topics: ['probe'] });
  await ear.subscribe('probe');
  const published = { count: 0 };
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }),
    async (steps) => {
      const world: World = { engine, probe, loads: new Map(), published };
      for (const name of APPS) world.loads.set(name, loadOf(world, name));
      for (const each of steps) await take(world, each);
      await sameAsNode(world);
      for (const { load } of world.loads.values()) await load[Symbol.asyncDispose]();
      world.loads.clear();
      await sameAsNode(world);
    },
  );
  await fc.assert(property, { numRuns: count(1_000, 30), seed });
});
