/**
 * `npm run bench [-- --json FILE] [--only pattern] [--quick]`: how long a call takes on our runtime and on jco's
 * output, what an event costs on its way through the engine, how many requests the gateway answers, and how long a
 * developer waits for what he saved, as a table and as JSON.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { variantsOf, workloads } from './calls.ts';
import { describeCosts, type EventCosts, measureEvents } from './event-costs.ts';
import { measureSources, type SourceBytes } from './events.ts';
import { measureFlood } from './flood.ts';
import { describeFuel, measureFuel } from './fuel.ts';
import { measureGateway } from './gateway.ts';
import { type Effort, measure, type Result } from './measure.ts';
import { sqliteVariants } from './sqlite.ts';
import { measureWatch } from './watch.ts';

/** The project expects at least these, jco over ours; a row without a number is only reported. */
const expected: Readonly<Record<string, Readonly<Partial<Record<Way, number>>>>> = {
  'c-echo': { kept: 5, reset: 10 },
  'rust-serde': { kept: 3, reset: 10 },
  'ts-qjs': { reset: 15 },
};

type Way = keyof typeof opponents;

/** What of jco's each way of ours is measured against: it has no instances that are put back. */
const opponents = { kept: 'kept', reset: 'fresh', fresh: 'fresh' } as const;

const HELP = `Usage: npm run bench -- [options]

Measures, and prints a table. It takes minutes; --only picks rows.

  --only PATTERN  rows whose name this regular expression finds, as 'events/' or 'call/c-echo'
  --quick         fewer and shorter blocks
  --json FILE     writes everything that was measured to this file, too
  -h, --help      this text

docs/benchmarks.md says what the rows are.`;

const values = optionsOf(process.argv.slice(2));
const only = new RegExp(values.only);
const effort: Effort = values.quick ? { warmUp: 100, blocks: 8 } : { warmUp: 500, blocks: 30 };

const results: Result[] = [];
for (const workload of workloads) {
  const variants = (await variantsOf(workload)).filter(({ name }) => only.test(name));
  if (variants.length === 0) continue;
  const rows = await measure(variants, effort);
  results.push(...rows);
  for (const row of rows) print(row);
}
if (['module', 'static', 'bare-http'].some((row) => only.test(`gateway/${row}`))) {
  const rows = await measureGateway({ ...effort, blocks: Math.ceil(effort.blocks / 3) });
  results.push(...rows);
  for (const row of rows) print(row);
}
let events: EventCosts | undefined;
if (only.test('events/')) {
  const measured = await measureEvents(effort);
  results.push(...measured.rows);
  for (const row of measured.rows) print(row, 'events');
  for (const line of describeCosts(measured.costs)) console.log(line);
  events = measured.costs;
}
if (only.test('watch/save-to-answer')) {
  const row = await measureWatch(values.quick ? 5 : 15);
  results.push(row);
  print(row);
  console.log(`A save is answered after ${(row.us.median / 1e6).toFixed(2)} s, expected at most 2`);
}
if (only.test('sqlite/')) results.push(...(await measureSqlite()));
if (only.test('flood/')) {
  const rows = await measureFlood(values.quick ? 3 : 10, 200);
  results.push(...rows);
  for (const row of rows) print(row);
  printFlood(rows);
}
const sources = only.test('bytes/source') ? await measureBytes() : undefined;
const fuel = await measureFuel(
  only,
  values.quick ? { rounds: 5, warmUp: 500 } : { rounds: 15, warmUp: 2_000 },
);
if (fuel.rows.length > 0) for (const line of describeFuel(fuel)) console.log(line);
const ratios = printRatios(results);
if (values.json !== undefined) {
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: availableParallelism() };
  await writeFile(
    values.json,
    `${JSON.stringify({ machine, effort, results, ratios, events, sources, fuel }, undefined, 2)}\n`,
  );
}

function print({ name, us, perSecond }: Result, what = 'requests'): void {
  const numbers = [us.median, us.min, us.max].map((n) => n.toFixed(1).padStart(10)).join('');
  const rate = perSecond === undefined ? '' : `, ${perSecond.toLocaleString('en')} ${what} per second`;
  console.log(`${name.padEnd(30)}${numbers} µs (median, min, max)${rate}`);
}

/** What the command line says; ends the process after `--help`, and when it says something else. */
function optionsOf(args: string[]): {
  readonly json?: string;
  readonly only: string;
  readonly quick: boolean;
} {
  try {
    const { values } = parseArgs({
      args,
      options: {
        json: { type: 'string' },
        only: { type: 'string', default: '' },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    // Faults of the pattern are told now, not after minutes.
    new RegExp(values.only);
    if (!values.help) return values;
    console.log(HELP);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(2);
  }
}

/** Microseconds for one row or statement, and how many times as long as directly. */
async function measureSqlite(): Promise<Result[]> {
  await using sqlite = await sqliteVariants();
  const rows = await measure(sqlite.variants, { warmUp: 1, blocks: Math.ceil(effort.blocks / 3) });
  for (const row of rows) print(row);
  const median = (name: string) => rows.find((row) => row.name === name)?.us.median ?? Number.NaN;
  for (const { name, expected } of sqlite.pairs) {
    const ratio = median(`sqlite/${name}`) / median(`sqlite/${name}-direct`);
    const wanted = expected === undefined ? '' : `, expected at most ${expected}`;
    console.log(`sqlite/${name}: ${ratio.toFixed(1)} times as long as directly${wanted}`);
  }
  return rows;
}

/** What a flood of one application does to the p99 of another. */
function printFlood(rows: readonly Result[]): void {
  const median = (phase: string, pool: string) =>
    rows.find(({ name }) => name === `flood/p99-${phase}-${pool}`)?.us.median ?? Number.NaN;
  for (const pool of ['workers-2', 'inline']) {
    const times = median('flooded', pool) / median('idle', pool);
    console.log(
      `A flood makes the p99 of others ${times.toFixed(1)} times as long (${pool}), expected at most 3`,
    );
  }
}

async function measureBytes(): Promise<SourceBytes> {
  const bytes = await measureSources(values.quick ? 100_000 : 1_000_000);
  const { sources, waiting, unasked, idle } = bytes;
  console.log(
    `bytes/source: ${unasked} with one waiting event, expected at most 500, ${waiting} when somebody asks for ` +
      `its replies, ${idle} when idle; ${sources.toLocaleString('en')} sources`,
  );
  return bytes;
}

/** jco's median over ours, with what is expected. */
function printRatios(rows: readonly Result[]): Record<string, number> {
  const median = (name: string) => rows.find((row) => row.name === name)?.us.median;
  const found: Record<string, number> = {};
  for (const { name } of workloads) {
    for (const [way, other] of Object.entries(opponents) as [Way, string][]) {
      const mine = median(`call/${name}/ours-${way}`);
      const theirs = median(`call/${name}/jco-${other}`);
      if (mine === undefined || theirs === undefined) continue;
      const ratio = Number((theirs / mine).toFixed(2));
      found[`${name}/${way}`] = ratio;
      const wanted = expected[name]?.[way];
      const verdict =
        wanted === undefined ? '' : `, expected at least ${wanted}: ${ratio >= wanted ? 'yes' : 'NO'}`;
      console.log(`${name} ${way}: ours is ${ratio} times as fast as jco${verdict}`);
    }
  }
  return found;
}
