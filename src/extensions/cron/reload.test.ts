import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeApp, fakeCaller, fakeContext } from '../../testkit/index.ts';
import { startCron } from './service.ts';

test('a replaced load sends no more ticks, those that wait are delivered', async () => {
  await using context = fakeContext();
  await using service = await startCron(context);
  const [before, after] = [fakeApp({ name: 'shop' }), fakeApp({ name: 'shop' })];
  await using old = await service.attach(before);
  old.calls['add']?.(fakeCaller(), { when: '* * * * *', tag: 'tick' }, true);
  await context.clock.advance({ minutes: 1 });
  await using now = await service.attach(after);
  now.calls['add']?.(fakeCaller(), { when: '* * * * *', tag: 'tick' }, true);
  before.state = 'replaced';
  await context.clock.advance({ minutes: 3 });
  assert.deepEqual(
    context.sent.map(({ to }) => to),
    [before, after],
  );
  assert.deepEqual(context.sent[0]?.renew?.(), [{ when: '* * * * *', tag: 'tick' }, false]);
});
