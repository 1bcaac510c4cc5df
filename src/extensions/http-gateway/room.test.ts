import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRoom, type Held, type Room, type RoomOptions, type Waiting } from './room.ts';

const seat = { begins: () => undefined, waits: () => undefined };
const KIB = 1_024;

function roomOf(options: Partial<RoomOptions> = {}): Room {
  return createRoom({ maxBytes: 1_000 * KIB, waitMs: 60_000, seats: { mayBegin: () => true }, ...options });
}

function enters(room: Room, app: string, kib: number): Held {
  const found = room.enter({ app, bytes: kib * KIB, seat });
  assert.ok(found && 'release' in found, `${app} has no room for ${kib} KiB`);
  return found;
}

function waits(room: Room, app: string, kib: number): Waiting {
  const found = room.enter({ app, bytes: kib * KIB, seat });
  assert.ok(found && 'refuse' in found, `${app} has room for ${kib} KiB`);
  return found;
}

test('one application holds half of the memory, all of them no more than all', async () => {
  const room = roomOf();
  const shop = enters(room, 'shop', 500);
  const [again, blog] = [waits(room, 'shop', 1), enters(room, 'blog', 300)];
  const wiki = waits(room, 'wiki', 201);
  enters(room, 'wiki', 60);
  shop.release();
  shop.release();
  assert.ok(await again.held);
  assert.ok(await wiki.held);
  assert.deepEqual([blog.grow(200 * KIB), blog.grow(1)], [true, false]);
  assert.equal(room.enter({ app: 'shop', bytes: 501 * KIB, seat }), undefined);
});

test('who waits comes in in its order, and small ones before large ones', async () => {
  const room = roomOf();
  const first = enters(room, 'shop', 400);
  const order: string[] = [];
  const large = waits(room, 'shop', 200);
  const next = waits(room, 'shop', 70);
  const both = [large, next].map(({ held }, n) => held.then(() => order.push(`${n}`)));
  enters(room, 'shop', 64);
  first.release();
  await Promise.all(both);
  assert.deepEqual(order, ['0', '1']);
});

test('who is refused makes room for those behind it', async () => {
  const room = roomOf();
  enters(room, 'shop', 400);
  const large = waits(room, 'shop', 200);
  const next = waits(room, 'shop', 70);
  large.refuse();
  large.refuse();
  assert.equal(await large.held, undefined);
  assert.ok(await next.held);
});

test('those whose time is over are refused, one after the other', async () => {
  const room = roomOf({ waitMs: 10 });
  enters(room, 'shop', 500);
  const all = Array.from({ length: 5 }, () => waits(room, 'shop', 1).held);
  // What waits keeps no process alive by itself.
  const alive = setInterval(() => undefined, 1_000);
  assert.ok((await Promise.all(all)).every((held) => held === undefined));
  clearInterval(alive);
});

test('who may not begin waits, with or without a body', async () => {
  let crowded = true;
  const room = roomOf({ seats: { mayBegin: (app) => !crowded || app === 'blog' } });
  const [empty, full] = [waits(room, 'shop', 0), waits(room, 'shop', 100)];
  enters(room, 'blog', 100);
  room.wake();
  crowded = false;
  room.wake();
  assert.ok(await empty.held);
  assert.ok(await full.held);
});

test('no application is woken before the others each time', async () => {
  const room = roomOf({ maxBytes: 200 * KIB });
  const running = [enters(room, 'shop', 100), enters(room, 'blog', 100)];
  const order: string[] = [];
  for (const app of ['shop', 'blog', 'shop', 'blog']) {
    void waits(room, app, 100).held.then((held) => {
      order.push(app);
      if (held) running.push(held);
    });
  }
  while (running.length > 0) {
    running.shift()?.release();
    await new Promise(setImmediate);
  }
  assert.deepEqual(order.toSorted(), ['blog', 'blog', 'shop', 'shop']);
  assert.equal(new Set(order.slice(0, 2)).size, 2);
});

test('whatever comes: never more than there is, and whoever waits comes in when all others have gone', async () => {
  const step = fc.record({ app: fc.constantFrom('a', 'b', 'c'), kib: fc.nat(60), release: fc.boolean() });
  const property = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
    const room = roomOf({ maxBytes: 100 * KIB });
    const inside: { readonly app: string; readonly bytes: number; readonly held: Held }[] = [];
    let waiting = 0;
    const check = (): void => {
      const bytes = (own: typeof inside): number => own.reduce((sum, each) => sum + each.bytes, 0);
      assert.ok(bytes(inside) <= 100 * KIB);
      for (const app of 'abc') assert.ok(bytes(inside.filter((each) => each.app === app)) <= 50 * KIB);
    };
    for (const { app, kib, release } of steps) {
      const bytes = kib * KIB;
      const found = room.enter({ app, bytes, seat });
      if (found === undefined) assert.ok(kib > 50);
      else if ('release' in found) inside.push({ app, bytes, held: found });
      else {
        waiting++;
        void found.held.then((held) => {
          waiting--;
          assert.ok(held);
          inside.push({ app, bytes, held });
        });
      }
      if (release) inside.shift()?.held.release();
      await undefined;
      await undefined;
      check();
    }
    while (inside.length > 0) {
      inside.shift()?.held.release();
      await new Promise(setImmediate);
      check();
    }
    assert.equal(waiting, 0);
  });
  await fc.assert(property, { numRuns: 100 });
});
