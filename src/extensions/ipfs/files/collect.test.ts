import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { CID } from 'multiformats/cid';
import { count, seed } from '../../../../test/count.ts';
import { type Block, block, folder, leaf } from './fixtures/dags.ts';
import { type Offline, openOffline } from './fixtures/offline.ts';
import { hashKey } from './path.ts';
import { walk } from './walk.ts';

const never = new AbortController().signal;

/** A graph as numbers: each block names some of those before it, so many share what is below them. */
type Shape = readonly (readonly number[])[];
const shapes: fc.Arbitrary<Shape> = fc.array(fc.array(fc.nat(), { maxLength: 4 }), {
  minLength: 1,
  maxLength: 24,
});

function blocksOf(shape: Shape): readonly Block[] {
  const made: Block[] = [];
  for (const [at, below] of shape.entries()) {
    const entries = below.flatMap((number, name) => {
      const target = made[number % Math.max(1, made.length)];
      return target ? [[`${name}`, target.cid] as const] : [];
    });
    made.push(entries.length > 0 ? folder([...entries, ['own', leaf(`${at}`).cid]]) : leaf(`leaf ${at}`));
    if (entries.length > 0) made.push(leaf(`${at}`));
  }
  return made;
}

/** The hashes of everything below, by a way of its own. */
function reach(root: Block, all: ReadonlyMap<string, Block>, found = new Set<string>()): Set<string> {
  const key = hashKey(root.cid);
  if (found.has(key)) return found;
  found.add(key);
  for (const [name, other] of all) {
    if (Buffer.from(root.bytes).includes(Buffer.from(name, 'latin1'))) reach(other, all, found);
  }
  return found;
}

const actions = fc.oneof(
  fc.record({
    do: fc.constant('pin' as const),
    app: fc.constantFrom('a', 'b', 'c'),
    at: fc.nat(),
    pause: fc.nat(3),
  }),
  fc.record({
    do: fc.constant('unpin' as const),
    app: fc.constantFrom('a', 'b', 'c'),
    at: fc.nat(),
    pause: fc.nat(3),
  }),
  fc.record({ do: fc.constant('collect' as const), app: fc.constant(''), at: fc.nat(), pause: fc.nat(3) }),
);

/** Stores what is not there, block by block with pauses, as an add or a fetch does, and pins it. */
async function pin(offline: Offline, app: string, needed: readonly Block[], root: Block): Promise<void> {
  using work = offline.work();
  for (const { cid, bytes } of needed) {
    // Held first, then asked for: the order that a library and a fetch keep.
    await work.put(cid, bytes);
    await turn();
  }
  offline.pins.add(app, root.cid, await walk(work, root.cid));
}

test('in any order of pins, unpins and collections that overlap, exactly what is pinned stays', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, fc.array(actions, { maxLength: 24 }), async (shape, steps) => {
      using offline = openOffline();
      const all = blocksOf(shape);
      const byHash = new Map(all.map((each) => [hashKey(each.cid), each]));
      const needs = new Map(all.map((root) => [root, reach(root, byHash)]));
      const blocks = (root: Block) => [...(needs.get(root) ?? [])].map((hash) => byHash.get(hash) as Block);
      const running: Promise<unknown>[] = [];
      const intact = (): void => {
        for (const root of offline.pins.roots()) {
          const made = byHash.get(hashKey(root)) as Block;
          for (const { cid } of blocks(made)) assert.ok(offline.store.blockstore.has(cid), `${cid} is gone`);
        }
      };
      for (const step of steps) {
        const root = all[step.at % all.length] as Block;
        if (step.do === 'pin') running.push(pin(offline, step.app, blocks(root), root));
        else if (step.do === 'unpin') offline.pins.remove(step.app, root.cid);
        else running.push(offline.collector.collect(never));
        for (let at = 0; at < step.pause; at++) await turn();
        intact();
      }
      await Promise.all(running);
      intact();
      await offline.collector.collect(never);
      const kept = offline.pins.roots().flatMap((root) => blocks(byHash.get(hashKey(root)) as Block));
      const expected = new Set(kept.map(({ cid }) => hashKey(cid)));
      const found = offline.store.blockstore.hashes().map((hash) => Buffer.from(hash).toString('latin1'));
      assert.deepEqual(new Set(found), expected);
    }),
    { numRuns: count(20_000), seed },
  );
});

test('one block that is bytes for one pin and a folder for another keeps what is below it', async () => {
  using offline = openOffline();
  const below = leaf('below');
  const above = folder([['a', below.cid]]);
  await offline.put(below, above);
  offline.pins.add('a', CID.createV1(0x55, above.cid.multihash), 1);
  offline.pins.add('b', above.cid, 1);
  assert.equal((await offline.collector.collect(never)).blocks, 0);
  offline.pins.remove('b', above.cid);
  assert.equal((await offline.collector.collect(never)).blocks, 1);
  assert.ok(offline.store.blockstore.has(above.cid));
});

test('a block of a pin that is lost is named, and the others are kept', async () => {
  using offline = openOffline();
  const lost = folder([['a', leaf('a').cid]]);
  const root = folder([
    ['lost', lost.cid],
    ['b', leaf('b').cid],
  ]);
  await offline.put(root, leaf('b'), leaf('garbage'));
  offline.pins.add('a', root.cid, 1);
  assert.equal((await offline.collector.collect(never)).blocks, 1);
});

test('a collection that is stopped leaves only less garbage', async () => {
  using offline = openOffline();
  const garbage = Array.from({ length: 2_000 }, (_, at) => leaf(`garbage ${at}`));
  await offline.put(...garbage, leaf('kept'), block(0x71, Uint8Array.of(0xa0)));
  offline.pins.add('a', leaf('kept').cid, 1);
  const stop = new AbortController();
  const collecting = offline.collector.collect(stop.signal);
  await turn();
  stop.abort(new Error('The node stops'));
  await assert.rejects(collecting, { message: 'The node stops' });
  assert.ok(offline.store.blockstore.has(leaf('kept').cid));
  await offline.collector.collect(never);
  assert.equal(offline.store.blockstore.hashes().length, 1);
});

test('killed at any moment, every pin that was acknowledged is whole', { timeout: 900_000 }, async (t) => {
  await using dir = await mkdtempDisposable(`${tmpdir()}/hermes-`);
  const acknowledged = new Map<string, boolean>();
  for (let round = 0; round < count(100, 4); round++) {
    const child = fork(new URL('./fixtures/pin-and-collect.ts', import.meta.url), [dir.path, String(round)]);
    using _ = { [Symbol.dispose]: () => void child.kill('SIGKILL') };
    const enough = 20 + ((round * 37) % 50);
    let heard = 0;
    child.on('message', ({ root, pinned }: { root: string; pinned: boolean }) => {
      acknowledged.set(root, pinned);
      if (++heard === enough) child.kill('SIGKILL');
    });
    const [, signal] = await once(child, 'exit', { signal: t.signal });
    assert.equal(signal, 'SIGKILL');
    using offline = openOffline(dir.path);
    const roots = new Set(offline.pins.roots().map(String));
    for (const [root, pinned] of acknowledged) {
      // What was asked for last may be done, and not acknowledged.
      if (pinned) assert.ok(roots.has(root), `${root} is not in the books`);
    }
    using work = offline.work();
    for (const root of offline.pins.roots()) await walk(work, root);
  }
});
