import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeApp, fakeContext } from '../../testkit/index.ts';
import { eventOf } from './fixtures/harness.ts';
import { startSqlite } from './service.ts';

const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n';

test('a process that is busy when its event ends is killed a second later, and counted', async () => {
  await using context = fakeContext();
  await using service = await startSqlite(context);
  const app = fakeApp({ name: 'shop' });
  await using binding = await service.attach(app);
  assert.equal(context.metrics.value('hermes_sqlite_processes'), 0, 'none before the first use');
  const event = eventOf(binding);
  const db = await event.open();
  await db.execute('CREATE TABLE t(v); BEGIN IMMEDIATE');
  assert.equal(context.metrics.value('hermes_sqlite_processes'), 1);
  const lost = assert.rejects(db.query(endless), { code: 'SQLITE_LOST' });
  // Asked, not answered.
  const asked = event.asked;
  while (event.asked === asked) await new Promise(setImmediate);
  event[Symbol.dispose]();
  while (context.clock.sleeping === 0) await new Promise(setImmediate);
  await context.clock.advance({ milliseconds: 999 });
  assert.equal(context.metrics.value('hermes_sqlite_killed_total', { app: 'shop' }), 0);
  await context.clock.advance({ milliseconds: 1 });
  await lost;
  assert.equal(context.metrics.value('hermes_sqlite_killed_total', { app: 'shop' }), 1);
  using next = eventOf(binding);
  await (await next.open()).execute('BEGIN IMMEDIATE');
  assert.equal(context.metrics.value('hermes_sqlite_processes'), 1, 'another one');
  assert.equal(context.clock.sleeping, 0);
});
