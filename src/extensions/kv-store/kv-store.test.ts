import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../../test/count.ts';
import type { AppBinding } from '../../engine/extension.ts';
import { complies, type FakeContext, fakeApp, fakeCaller, fakeContext } from '../../testkit/index.ts';
import { add } from './add.ts';
import { updateExport } from './events.ts';
import { kvStore } from './index.ts';
import { type KvValue, same, sizeOf } from './value.ts';

complies(kvStore);

type Value = KvValue | undefined;

/** Attaches an application named `shop`; what the caller gets are the functions of the WIT. */
async function attach(context: FakeContext): Promise<Shop> {
  const service = await kvStore().start(context);
  const exports = new Set([updateExport]);
  const modules = ['api', 'other'].map((name) => ({ name, exports }));
  const binding = await service.attach(fakeApp({ name: 'shop', modules }));
  const caller = fakeCaller({ module: 'api', depth: 3 });
  return {
    call: (name, ...args) => binding.calls[name]?.(caller, ...args) as Value,
    binding,
    async [Symbol.asyncDispose]() {
      await binding[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    },
  };
}

interface Shop extends AsyncDisposable {
  readonly binding: AppBinding;
  call(name: string, ...args: readonly unknown[]): Value;
}

const u64 = (val: bigint): KvValue => ({ tag: 'kv-u64', val });
const text = (val: string): KvValue => ({ tag: 'kv-string', val });

for (const backend of ['sqlite', 'memory']) {
  test(`${backend}: every function does what the WIT promises`, async () => {
    await using context = fakeContext({ config: { backend } });
    await using shop = await attach(context);
    assert.equal(shop.call('kvGet', 'k'), undefined);
    assert.deepEqual(shop.call('kvGetDefault', 'k', u64(9n)), u64(9n));
    assert.equal(shop.call('kvGet', 'k'), undefined, 'a default is not stored');
    assert.equal(shop.call('kvSet', 'k', u64(1n)), undefined);
    assert.deepEqual(shop.call('kvGetDefault', 'k', u64(9n)), u64(1n));
    assert.deepEqual(shop.call('kvGetSet', 'k', u64(2n)), u64(1n));
    assert.deepEqual(shop.call('kvAdd', 'k', u64(3n)), u64(2n));
    assert.deepEqual(shop.call('kvCas', 'k', { tag: 'kv-s64', val: 5n }, text('wrong')), u64(5n));
    assert.deepEqual(shop.call('kvCas', 'k', u64(5n), text('right')), u64(5n));
    assert.deepEqual(shop.call('kvSubscribe', 'k'), text('right'));
    assert.deepEqual(shop.call('kvUnsubscribe', 'k'), text('right'));
    assert.deepEqual(shop.call('kvGetSet', 'k', undefined), text('right'));
    assert.equal(shop.call('kvGet', 'k'), undefined);
    assert.equal(shop.call('kvAdd', 'k', u64(1n)), undefined);
    assert.deepEqual(shop.call('kvCas', 'k', u64(1n), undefined), u64(1n));
    assert.equal(shop.call('kvCas', 'k', undefined, u64(4n)), undefined);
    assert.deepEqual(shop.call('kvGet', 'k'), u64(4n));
  });

  test(`${backend}: two applications see nothing of each other, two modules share all`, async () => {
    await using context = fakeContext({ config: { backend } });
    await using service = await kvStore().start(context);
    await using shop = await service.attach(fakeApp({ name: 'shop' }));
    await using bank = await service.attach(fakeApp({ name: 'bank' }));
    shop.calls['kvSet']?.(fakeCaller({ module: 'a' }), 'k', u64(1n));
    assert.deepEqual(shop.calls['kvGet']?.(fakeCaller({ module: 'b' }), 'k'), u64(1n));
    assert.equal(bank.calls['kvGet']?.(fakeCaller({ module: 'a' }), 'k'), undefined);
  });

  test(`${backend}: limits trap and change nothing`, async () => {
    const config = { backend, maxKey: 4, maxValue: 100, maxTotal: 480 };
    await using context = fakeContext({ config });
    await using shop = await attach(context);
    const refuses = (limit: string, name: string, ...args: unknown[]): void =>
      assert.throws(
        () => shop.call(name, ...args),
        (error) => {
          const { code, blame, detail } = error as { code: string; blame: string; detail: { limit: string } };
          assert.deepEqual([code, blame, detail.limit], ['LIMIT_KV', 'guest', limit]);
          return true;
        },
      );
    for (const name of ['kvGet', 'kvSet', 'kvAdd', 'kvSubscribe']) refuses('key', name, 'ééé', u64(1n));
    refuses('value', 'kvSet', 'a', text('x'.repeat(101)));
    refuses('value', 'kvAdd', 'a', { tag: 'kv-json', val: 'x'.repeat(101) });
    // 1 + 100 + 64 bytes each: two fit, the third does not, a smaller one does.
    shop.call('kvSet', 'a', text('x'.repeat(100)));
    shop.call('kvAdd', 'b', text('x'.repeat(1_000)));
    assert.deepEqual(shop.call('kvGet', 'b'), text('x'.repeat(100)), 'kv-add cuts instead');
    for (const name of ['kvSet', 'kvGetSet', 'kvAdd']) refuses('total', name, 'c', text('x'.repeat(100)));
    refuses('total', 'kvCas', 'c', undefined, text('x'.repeat(100)));
    assert.equal(shop.call('kvGet', 'c'), undefined);
    shop.call('kvSet', 'c', text('x'.repeat(80)));
    refuses('total', 'kvAdd', 'd', u64(1n));
    shop.call('kvSet', 'a', undefined);
    shop.call('kvAdd', 'd', u64(1n));
    assert.deepEqual(shop.call('kvGet', 'd'), u64(1n));
  });

  test(`${backend}: writes tell subscribers, on behalf of the caller's event; reads and failures do not`, async () => {
    await using context = fakeContext({ config: { backend } });
    await using shop = await attach(context);
    shop.call('kvSubscribe', 'k');
    let seen = 0;
    const told = (): Value[] =>
      context.sent.slice(seen).map((event) => {
        seen += 1;
        assert.deepEqual(event.cause, { id: 1, depth: 3 });
        return event.renew?.()?.[1] as Value;
      });
    shop.call('kvSet', 'k', u64(1n));
    assert.deepEqual(told(), [u64(1n)], 'the writer is told too');
    shop.call('kvSet', 'k', u64(1n));
    assert.deepEqual(told(), [u64(1n)], 'an equal value is a write');
    shop.call('kvAdd', 'k', u64(1n));
    assert.deepEqual(told(), [u64(2n)]);
    shop.call('kvCas', 'k', u64(2n), u64(5n));
    assert.deepEqual(told(), [u64(5n)]);
    shop.call('kvGetSet', 'k', u64(6n));
    assert.deepEqual(told(), [u64(6n)]);
    shop.call('kvCas', 'k', u64(2n), u64(7n));
    shop.call('kvAdd', 'k', text('no number'));
    shop.call('kvAdd', 'k', undefined);
    shop.call('kvGet', 'k');
    shop.call('kvSubscribe', 'k');
    shop.call('kvSet', 'other', u64(1n));
    shop.call('kvSet', 'k', undefined);
    assert.deepEqual(told(), []);
    shop.call('kvUnsubscribe', 'k');
    shop.call('kvSet', 'k', u64(1n));
    assert.deepEqual(told(), []);
  });

  test(`${backend}: any series of calls answers as a plain map would`, { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        await using context = fakeContext({ config: { backend, maxValue: 16, maxTotal: 400 } });
        await using shop = await attach(context);
        const model = new Map<string, KvValue>();
        for (const { name, key, test, value } of steps) {
          const before = model.get(key);
          const after = modelled(name, { before, test, value });
          const args = name === 'kvCas' ? [test, value] : [value];
          if (after && !fits(model, key, after)) {
            assert.throws(() => shop.call(name, key, ...args), { code: 'LIMIT_KV' });
          } else {
            const answer = name === 'kvGetDefault' ? (before ?? value) : before;
            assert.deepEqual(shop.call(name, key, ...args), name === 'kvSet' ? undefined : answer);
            if (after) model.set(key, after);
            if (after === null) model.delete(key);
          }
        }
        for (const key of keys) assert.deepEqual(shop.call('kvGet', key), model.get(key));
      }),
      { numRuns: count(3_000, 100), seed },
    );
  });
}

const keys = ['', 'k', 'K', 'é', 'a/b'];
const kind = <Tag extends KvValue['tag'], T>(
  tag: Tag,
  val: fc.Arbitrary<T>,
): fc.Arbitrary<{ tag: Tag; val: T }> => val.map((found) => ({ tag, val: found }));
const string = fc.string({ unit: 'grapheme', maxLength: 8 });
const bytes = fc.uint8Array({ maxLength: 20 }).map((found) => Uint8Array.from(found));
const small = fc.bigInt({ min: 0n, max: 3n });
const anyValue: fc.Arbitrary<KvValue> = fc.oneof(
  kind('kv-string', string),
  kind('kv-json', string),
  kind('kv-s64', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  kind('kv-s64', small),
  kind('kv-u64', fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  kind('kv-u64', small),
  kind('kv-f64', fc.double()),
  kind('kv-bstr', bytes),
  kind('kv-cbor', bytes),
);
const maybe = fc.option(anyValue, { nil: undefined, freq: 4 });
const step = fc.record({
  name: fc.constantFrom('kvSet', 'kvGetDefault', 'kvGet', 'kvGetSet', 'kvAdd', 'kvAdd', 'kvCas'),
  key: fc.constantFrom(...keys),
  test: maybe,
  value: maybe,
});

interface Operands {
  readonly before: Value;
  readonly test: Value;
  readonly value: Value;
}

/** What is under the key afterwards: `undefined` leaves it as it is, `null` is nothing. Sums are `add.test.ts`'s. */
function modelled(name: string, { before, test, value }: Operands): Value | null {
  if (name === 'kvSet' || name === 'kvGetSet') return value ?? null;
  if (name === 'kvAdd') return add(before, value, { longest: 16 });
  if (name === 'kvCas' && same(before, test)) return value ?? null;
  return undefined;
}

function fits(model: ReadonlyMap<string, KvValue>, key: string, value: KvValue): boolean {
  const entries = [...new Map([...model, [key, value]])];
  const total = entries.reduce((sum, [k, v]) => sum + Buffer.byteLength(k) + sizeOf(v) + 64, 0);
  return sizeOf(value) <= 16 && total <= 400;
}

test('values are there after a restart, in a file that only users of the store have', async () => {
  await using context = fakeContext();
  {
    await using shop = await attach(context);
    assert.deepEqual(await readdir(await context.folder()), [], 'no file before the first use');
    shop.call('kvSet', 'k', u64(1n));
  }
  assert.deepEqual(await readdir(await context.folder()), ['shop.sqlite']);
  await using shop = await attach(context);
  assert.deepEqual(shop.call('kvGet', 'k'), u64(1n));
});

test('the total is counted over a restart too, and a store that is too large may shrink', async () => {
  await using context = fakeContext();
  {
    await using shop = await attach(context);
    shop.call('kvSet', 'a', text('x'.repeat(500)));
  }
  await using smaller = fakeContext({ config: { maxTotal: 200 } });
  const again: FakeContext = { ...smaller, folder: context.folder };
  await using shop = await attach(again);
  assert.throws(() => shop.call('kvSet', 'b', u64(1n)), { code: 'LIMIT_KV' });
  shop.call('kvSet', 'a', text('x'.repeat(300)));
  shop.call('kvSet', 'a', text('x'));
  shop.call('kvSet', 'b', u64(1n));
});

test('a bad file refuses the application at load, the other applications are served', async () => {
  await using context = fakeContext();
  await writeFile(join(await context.folder(), 'shop.sqlite'), 'x'.repeat(5_000));
  await using service = await kvStore().start(context);
  await assert.rejects(service.attach(fakeApp({ name: 'shop' })), { code: 'KV_OPEN', blame: 'operator' });
  await using bank = await service.attach(fakeApp({ name: 'bank' }));
  bank.calls['kvSet']?.(fakeCaller(), 'k', u64(1n));
});

test('after the binding is disposed a late call is refused', async () => {
  await using context = fakeContext();
  const shop = await attach(context);
  shop.call('kvSet', 'k', u64(1n));
  await shop[Symbol.asyncDispose]();
  assert.throws(() => shop.call('kvGet', 'k'), { code: 'KV_CLOSED' });
});
