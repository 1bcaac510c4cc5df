import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../count.ts';
import { type HardWorld, hardComponent, hardWorld, workerCounts } from '../e2e/hard/world.ts';
import { checkLog } from './check-log.ts';

const given = (event: number, source: string, module = 'api') =>
  JSON.stringify({ msg: 'Event given to module', app: 'shop', module, event, source: ['cron', source] });
const handled = (event: number, module = 'api') =>
  JSON.stringify({ msg: 'Event handled', app: 'shop', module, event, outcome: 'ok' });
const other = JSON.stringify({
  msg: 'Guest says',
  app: 'shop',
  module: 'api',
  event: 1,
  text: 'Event handled',
});

test('a log in order has no faults, and is counted', async () => {
  const lines = [
    ...[given(1, 'a', 'x'), given(1, 'a', 'y'), other, given(2, 'b', 'x'), handled(1, 'y'), ''],
    ...[handled(1, 'x'), handled(2, 'x'), given(4, 'a', 'x'), handled(4, 'x'), given(3, 'b', 'x')],
  ];
  assert.deepEqual(await checkLog(lines), {
    faults: [],
    events: 4,
    calls: 5,
    outcomes: { ok: 4 },
    sources: 2,
    busySources: 2,
    atOnce: 2,
    open: ['shop/x event 3'],
  });
});

test('every fault is found, with its line', async () => {
  const cases: readonly [lines: readonly string[], fault: RegExp][] = [
    [[given(1, 'a'), given(2, 'a')], /^Line 2: shop\/api event 2 overlaps event 1 of its source/],
    [[given(2, 'a'), handled(2), given(1, 'a')], /^Line 3: shop\/api event 1 comes after event 2/],
    [[given(1, 'a'), given(1, 'a')], /^Line 2: shop\/api event 1 was delivered twice/],
    [[given(1, 'a'), handled(1), given(1, 'a')], /^Line 3: shop\/api event 1 was delivered twice/],
    [[given(1, 'a', 'x'), handled(1, 'x'), given(2, 'a', 'x'), given(1, 'a', 'y')], /^Line 4: .* overlaps/],
    [[handled(1)], /^Line 1: shop\/api event 1 ends without having begun/],
    [[given(1, 'a'), handled(1), handled(1)], /^Line 3: shop\/api event 1 ends without having begun/],
    [['{"msg":'], /^Line 1: no JSON object/],
    [['7'], /^Line 1: no JSON object/],
  ];
  for (const [lines, fault] of cases) {
    const { faults } = await checkLog(lines);
    assert.equal(faults.length, 1, lines.join('\n'));
    assert.match(faults[0] ?? '', fault);
  }
});

test('it ends with 1 when it found something', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-log-'));
  for (const [lines, code] of [
    [[given(1, 'a'), handled(1)], 0],
    [[handled(1)], 1],
  ] as const) {
    const file = join(folder.path, `${code}.ndjson`);
    await writeFile(file, lines.join('\n'));
    const child = spawn(process.execPath, [join(import.meta.dirname, 'check-log.ts'), file], {
      stdio: 'ignore',
    });
    assert.deepEqual(await once(child, 'exit'), [code, null]);
  }
});

let hard: Uint8Array<ArrayBuffer>;
before(async () => {
  hard = await hardComponent();
});

/** Two applications, 41 sources each, and now and then a handler that goes round in a circle. */
async function load(world: HardWorld, events: number): Promise<void> {
  await world.run('shop', hard);
  await world.run('store', hard);
  const picks = fc.sample(fc.tuple(fc.constantFrom('shop', 'store'), fc.nat(40), fc.nat(2_000)), {
    numRuns: events,
    seed,
  });
  const all: Promise<unknown>[] = [];
  for (const [n, [app, source, length]] of picks.entries()) {
    all.push(world.request(app, `${source}`, length).done);
    if (n % 50 === 0) all.push(world.ask(app, 'POST', '/api/own'));
    if (n % 400 === 399) await Promise.all(all);
  }
  await Promise.all(all);
  await world.idle();
}

for (const workers of workerCounts) {
  const events = count(50_000);
  test(`the log of an engine under load shows order, ${workers} workers`, { timeout: 600_000 }, async () => {
    const world = await hardWorld({ workers });
    await using _ = world;
    await load(world, events);
    await world.node.drain();
    const report = await checkLog(world.lines);
    assert.deepEqual([report.faults, report.open], [[], []]);
    assert.ok(report.events > events, `${report.events} of ${events}`);
    assert.ok(report.busySources >= 60, 'sources have many events');
    assert.ok(report.atOnce > 1, 'events of different sources run at once');
    assert.deepEqual(Object.keys(report.outcomes), ['ok']);
  });
}
