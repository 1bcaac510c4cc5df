import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeApp, fakeCaller, fakeContext } from '../../testkit/index.ts';
import { updateExport } from './events.ts';
import { startKvStore } from './service.ts';

const value = (n: bigint) => ({ tag: 'kv-u64', val: n }) as const;

for (const backend of ['memory', 'sqlite']) {
  test(`two loads of an application share a ${backend} store, subscriptions are their own`, async () => {
    await using context = fakeContext({ config: { backend } });
    await using service = await startKvStore(context);
    const load = () =>
      fakeApp({ name: 'shop', modules: [{ name: 'api', exports: new Set([updateExport]) }] });
    const [before, after] = [load(), load()];
    const old = await service.attach(before);
    old.calls['kvSubscribe']?.(fakeCaller(), 'k');
    old.calls['kvSet']?.(fakeCaller(), 'k', value(1n));
    const now = await service.attach(after);
    assert.deepEqual(now.calls['kvSubscribe']?.(fakeCaller(), 'k'), value(1n));
    for (const event of context.sent) event.renew?.();
    old.calls['kvSet']?.(fakeCaller(), 'k', value(2n));
    assert.deepEqual(
      context.sent.map(({ to }) => to),
      [before, before, after],
    );
    for (const event of context.sent) event.renew?.();
    before.state = 'replaced';
    old.calls['kvSet']?.(fakeCaller(), 'k', value(3n));
    assert.deepEqual(
      context.sent.slice(3).map(({ to, renew }) => [to, renew?.()]),
      [[after, ['k', value(3n)]]],
    );
    await old[Symbol.asyncDispose]();
    assert.throws(() => old.calls['kvGet']?.(fakeCaller(), 'k'), { code: 'KV_CLOSED' });
    assert.deepEqual(now.calls['kvGet']?.(fakeCaller(), 'k'), value(3n));
    await now[Symbol.asyncDispose]();
    await using again = await service.attach(load());
    const kept = backend === 'sqlite' ? value(3n) : undefined;
    assert.deepEqual(again.calls['kvGet']?.(fakeCaller(), 'k'), kept);
  });
}
