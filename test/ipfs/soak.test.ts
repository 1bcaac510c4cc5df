/** Messages for a long time, with peers that come and go: nothing grows, and nothing is left when it is over. */
import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type EnginePeer, startEngine } from '../../bench/ipfs-engine.ts';
import { TOPICS } from '../../bench/ipfs-peer.ts';
import { until } from '../../src/extensions/ipfs/fixtures/until.ts';
import { long } from '../count.ts';
import { collector, resources } from '../soak/left.ts';
import { growth, type Sample } from '../soak/slope.ts';
import { startVisitor, type Visitor } from './fixtures/visitor.ts';

const MESSAGES = long ? 1_000_000 : 200;
/** Between two looks at the memory; in each of them a peer comes and goes. */
const ROUND = MESSAGES / (long ? 100 : 1);
/** Published before all of them have been heard. */
const STEP = long ? 200 : 100;
const MIB = 2 ** 20;
const collect = collector();

const peersOf = ({ metrics }: EnginePeer): number => metrics.value('hermes_ipfs_peers') ?? 0;
const connectionsOf = ({ metrics }: EnginePeer): number => metrics.value('hermes_ipfs_connections') ?? 0;

/** A peer connects to both, listens for a while, and leaves. */
async function visit(
  visitor: Visitor,
  engines: readonly EnginePeer[],
  whileThere: () => Promise<void>,
): Promise<void> {
  await visitor.come({ topic: TOPICS.one, engines: engines.map(({ addresses }) => addresses) });
  await until(() => engines.every((engine) => peersOf(engine) === 2));
  await whileThere();
  const heard = await visitor.leave();
  if (long) assert.ok(heard > 0, 'The visitor has heard nothing');
}

/** Publishes so many from one engine to the other, and answers what was resident on the way. */
async function life(messages: number): Promise<readonly Sample[]> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-ipfs-soak-')));
  const visitor = stack.use(startVisitor());
  let heard = 0;
  const options = { kind: 'signed', key: '' } as const;
  const count = (): void => void heard++;
  const publisher = stack.use(
    await startEngine({ ...options, role: 'publisher', home: join(folder.path, 'a'), others: [] }, count),
  );
  const listener = stack.use(
    await startEngine(
      { ...options, role: 'first', home: join(folder.path, 'b'), others: publisher.addresses },
      count,
    ),
  );
  const engines = [publisher, listener];
  await until(() => engines.every((engine) => peersOf(engine) === 1));
  // Until the mesh has grown.
  await until(async () => {
    await publisher.publish({ one: true, times: 1, bytes: 100 });
    return heard > 0;
  });
  const samples: Sample[] = [];
  let sent = 0;
  const publish = async (until_: number): Promise<void> => {
    while (sent < until_) {
      const before = heard;
      await publisher.publish({ one: true, times: STEP, bytes: 100 + (sent % 1_000) });
      sent += STEP;
      await until(() => heard >= before + STEP);
    }
  };
  while (sent < messages) {
    await visit(visitor, engines, () => publish(sent + ROUND / 2));
    await publish(sent + ROUND / 2);
    await until(() => engines.every((engine) => peersOf(engine) === 1 && connectionsOf(engine) === 1));
    collect();
    samples.push({ events: sent, rss: process.memoryUsage.rss() });
  }
  return samples;
}

test(`${MESSAGES.toLocaleString('en')} messages with peers that come and go leave nothing behind`, {
  timeout: 3_600_000,
}, async (t) => {
  // What a first life leaves for good (compiled code, pooled handles) is no leak.
  if (long) await life(STEP);
  collect();
  const before = resources();
  const samples = await life(MESSAGES);
  collect();
  const mib = samples.map(({ rss }) => Math.round(rss / MIB));
  t.diagnostic(`resident MiB: ${mib.join(' ')}`);
  // What removes the folders takes its time.
  for (let n = 0; n < 1_000 && !isDeepStrictEqual(resources(), before); n++) await setImmediate();
  assert.deepEqual(resources(), before);
  if (!long) return;
  const grown = growth(samples);
  t.diagnostic(`${(grown * 100).toFixed(2)} % for each 100,000 messages over the last half`);
  assert.ok(grown <= 0.01, `resident memory grows by ${grown * 100} % for each 100,000 messages`);
});
