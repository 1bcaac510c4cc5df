import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClock } from '../../lib/clock.ts';
import { fakeApp, fakeContext, ManualClock } from '../../testkit/index.ts';
import { parseConfig } from './config.ts';
import { createDatabases } from './databases.ts';
import { eventOf, openShop } from './fixtures/harness.ts';
import { startSqlite } from './service.ts';

const turn = () => new Promise(setImmediate);
const lasting = { signal: new AbortController().signal };

test('processes are given again, started while somebody waits, and no more of them than may be', async () => {
  await using context = fakeContext();
  const config = parseConfig({ maxProcesses: 2 });
  const options = { folder: await context.folder(), name: 'shop', config, closed: () => {} };
  const { leases } = createDatabases(options, { clock: createClock() });
  await using _ = leases;
  const [first, second] = await Promise.all([leases.take(lasting), leases.take(lasting)]);
  assert.notEqual(first, second);
  const stop = new AbortController();
  const third = leases.take({ signal: stop.signal });
  const fourth = leases.take(lasting);
  await turn();
  assert.equal(leases.size, 2);
  stop.abort(new Error('over'));
  await assert.rejects(third, { message: 'over' });
  leases.give(first);
  assert.equal(await fourth, first);
  leases.give(first);
  // One that is killed makes room for another.
  first.kill();
  await first.gone;
  assert.equal(leases.size, 1);
  const fifth = await leases.take(lasting);
  assert.notEqual(fifth, first);
  assert.equal(leases.size, 2);
});

test('all but one of those that nobody wants for a while end', async () => {
  await using context = fakeContext();
  const clock = new ManualClock();
  const options = { folder: await context.folder(), name: 'shop', config: parseConfig({}), closed: () => {} };
  const { leases } = createDatabases(options, { clock });
  await using _ = leases;
  const taken = await Promise.all([leases.take(lasting), leases.take(lasting), leases.take(lasting)]);
  for (const process of taken) leases.give(process);
  const gone = Promise.all([taken[0].gone, taken[1].gone]);
  await clock.advance({ seconds: 29 });
  assert.equal(leases.size, 3);
  await clock.advance({ seconds: 1 });
  await gone;
  assert.equal(leases.size, 1);
  assert.equal(await leases.take(lasting), taken[2]);
  assert.equal(clock.sleeping, 0);
});

test('an event beyond the last process waits for it, and what is unloaded meanwhile is told so', async () => {
  await using shop = await openShop({ config: { maxProcesses: 1 } });
  using first = shop.event();
  await (await first.open()).execute('CREATE TABLE t(v)');
  using second = shop.event();
  const opened = second.open();
  await turn();
  first[Symbol.dispose]();
  const db = await opened;
  await db.execute('INSERT INTO t VALUES (1)');
  using third = shop.event();
  const waiting = assert.rejects(third.open(), { code: 'SQLITE_CLOSED' });
  await turn();
  await shop.binding[Symbol.asyncDispose]();
  await waiting;
  await assert.rejects(db.execute('SELECT 1'), { code: 'SQLITE_CLOSED' });
  using late = shop.event();
  await assert.rejects(late.open(), { code: 'SQLITE_CLOSED' });
});

test('an application that is reloaded keeps its memory, until the last of its loads is gone', async () => {
  await using context = fakeContext();
  await using service = await startSqlite({ ...context, clock: createClock() });
  const load = () => service.attach(fakeApp({ name: 'shop' }));
  const old = await load();
  {
    using event = eventOf(old);
    await (await event.open({ memory: true })).execute('CREATE TABLE t(v)');
  }
  const now = await load();
  await old[Symbol.asyncDispose]();
  {
    using event = eventOf(now);
    assert.deepEqual(await (await event.open({ memory: true })).query('SELECT v FROM t'), []);
  }
  const leaving = now[Symbol.asyncDispose]();
  // Attached while the other one's processes end: it gets files of its own.
  await using again = await load();
  await leaving;
  using event = eventOf(again);
  const db = await event.open({ memory: true });
  await assert.rejects(db.query('SELECT v FROM t'), { tag: 'sqlite', val: 1 });
});

test('two applications share nothing', async () => {
  await using context = fakeContext();
  await using service = await startSqlite({ ...context, clock: createClock() });
  // Both at the same time: what is in memory goes with its application.
  await using shop = await service.attach(fakeApp({ name: 'shop' }));
  await using bank = await service.attach(fakeApp({ name: 'bank' }));
  for (const binding of [shop, bank]) {
    using event = eventOf(binding);
    for (const memory of [false, true]) await (await event.open({ memory })).execute('CREATE TABLE t(v)');
  }
});
