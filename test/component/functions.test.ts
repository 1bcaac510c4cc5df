import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestHost, type TestHost } from '../../src/cli/test/host.ts';
import { listCases, runTest } from '../../src/cli/test/run.ts';
import type { Case, Outcome } from '../../src/cli/test/types.ts';
import { installedWit } from '../../src/cli/wit.ts';
import { allExtensions } from '../../src/extensions/all.ts';
import { readWit } from '../../src/lib/wit/read.ts';
import { type Row, rowsOf } from './rows.ts';
import { hasModule, subjectOf } from './support.ts';
import { type Chosen, chosen } from './switch.ts';

/** Extensions whose functions have their tests elsewhere: those that need somebody outside to talk to (`test/ipfs`). */
const elsewhere: readonly string[] = ['http-request', 'ipfs'];

/** Functions that do nothing, by what their WIT promises: the zero of their type is what they answer. */
const idle: readonly string[] = ['hermes:sqlite/api#[method]sqlite.close'];

/** What a function does that no guest can see: what its application's log must show. */
const seen: Readonly<Record<string, (outcome: Outcome) => boolean>> = {
  'hermes:logging/api#log': ({ lines }) => lines.some(({ fields }) => fields['text'] === 'Least line'),
  'hermes:init/api#done': ({ lines }) =>
    lines.some(({ message, fields }) => /ended itself/.test(message) && fields['code'] === 7),
};

const rows = rowsOf(readWit(await installedWit())).filter(({ extension }) => !elsewhere.includes(extension));
const extensions = allExtensions().map((extension) => {
  if (elsewhere.includes(extension.name)) return extension;
  const query = new URLSearchParams({ guest: extension.guest.href });
  return { ...extension, guest: new URL(`replaced.ts?${query}`, import.meta.url) };
});

let host: TestHost | undefined;
const cases = new Map<string, Case>();

before(async () => {
  const { signal } = new AbortController();
  const made = await createTestHost({ timeoutMs: 60_000, signal, extensions, workers: 0 });
  host = made;
  for (const extension of new Set(rows.map((row) => row.extension))) {
    if (!hasModule(extension)) continue;
    const listing = await listCases(made, await subjectOf(extension), 'test');
    assert.deepEqual(listing.faults, []);
    for (const one of listing.cases) cases.set(one.name, one);
  }
});
after(() => host?.[Symbol.asyncDispose]());

test('every host function has a test of its name', () => {
  assert.ok(rows.length >= 39, `Found only ${rows.length} functions`);
  assert.deepEqual(
    rows.map(({ id }) => id).filter((id) => !cases.has(id)),
    [],
  );
});

for (const row of rows) {
  test(`${row.id}: its test passes, and fails when the function traps or does nothing`, async () => {
    assert.equal(await passes(row, undefined), true, 'with the real function');
    assert.equal(await passes(row, 'trap'), false, 'with one that traps');
    const zero = idle.includes(row.id);
    assert.equal(await passes(row, 'zero'), zero, "with one that answers its type's zero");
  });
}

async function passes(row: Row, by: Chosen['by'] | undefined): Promise<boolean> {
  const one = cases.get(row.id);
  assert.ok(one && host, `No module has a test ${row.id}`);
  Object.assign(chosen, { id: by && row.id, by, called: false });
  const outcome = await runTest(host, one);
  const { called } = chosen;
  chosen.id = undefined;
  assert.equal(called, by !== undefined, 'the test calls the function');
  if (by === undefined) assert.equal(outcome.failure, undefined);
  return outcome.failure === undefined && (seen[row.id]?.(outcome) ?? true);
}
