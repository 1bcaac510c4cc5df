import { check, json, suite } from 'hermes:guest';
import type { Reply } from 'hermes:http-gateway/event';
import type { Bench, Test } from 'hermes:integration-test/event';
import { kvGet, kvSet } from 'hermes:kv-store/api';

export const reply: Reply = (_body, _headers, path) => json({ path });

function total(prices: readonly number[]): number {
  return prices.reduce((sum, price) => sum + price, 0);
}

function broken(): void {
  const cart: { items?: string[] } = {};
  check((cart.items?.length ?? 0) > 0, 'The cart is empty');
}

export const test: Test = suite({
  'an empty cart costs nothing': () => total([]) === 0,
  'finds what the other module left at the start': () => {
    check(kvGet('stock')?.tag === 'kv-string', 'stock has not been there');
  },
  'answers a request': () => {
    const answer = reply(new Uint8Array(), [], '/api/cart', 'GET');
    check(answer?.tag === 'http' && answer.val.code === 200);
  },
  'is broken': broken,
});

export const bench: Bench = suite({
  sums: () => total([1, 2, 3]) === 6,
  stores: () => kvSet('key', { tag: 'kv-string', val: 'value' }),
});
