/** How much of a shared space each peer has taken. */
export interface Accounts {
  readonly count: number;
  readonly bytes: number;
  add(account: string, bytes: number): void;
  take(account: string, bytes: number): void;
  of(account: string): { readonly count: number; readonly bytes: number };
  /** Who has the most bytes; the first by name of several. */
  heaviest(): string | undefined;
}

/**
 * Counts on from these rows: `account`, `count` and `bytes`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const accounts = createAccounts([{ account: 'a', count: 2, bytes: 20 }]);
 * accounts.add('b', 30);
 * assert.equal(accounts.heaviest(), 'b');
 * accounts.take('b', 30);
 * assert.deepEqual([accounts.heaviest(), accounts.count, accounts.bytes], ['a', 2, 20]);
 * ```
 */
export function createAccounts(rows: readonly Readonly<Record<string, unknown>>[]): Accounts {
  const all = new Map<string, { count: number; bytes: number }>();
  let count = 0;
  let total = 0;
  function change(account: string, { by, bytes }: { readonly by: number; readonly bytes: number }): void {
    const one = all.getOrInsertComputed(account, () => ({ count: 0, bytes: 0 }));
    one.count += by;
    one.bytes += bytes;
    count += by;
    total += bytes;
    if (one.count <= 0) all.delete(account);
  }
  for (const row of rows)
    change(String(row['account']), { by: Number(row['count']), bytes: Number(row['bytes']) });
  return {
    get count() {
      return count;
    },
    get bytes() {
      return total;
    },
    add: (account, bytes) => change(account, { by: 1, bytes }),
    take: (account, bytes) => change(account, { by: -1, bytes: -bytes }),
    of: (account) => ({ count: 0, bytes: 0, ...all.get(account) }),
    heaviest() {
      let found: { readonly account: string; readonly bytes: number } | undefined;
      for (const [account, { bytes }] of all)
        if (!found || bytes > found.bytes || (bytes === found.bytes && account < found.account))
          found = { account, bytes };
      return found?.account;
    },
  };
}
