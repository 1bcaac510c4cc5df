/**
 * `npm run bench [-- --json FILE] [--only pattern] [--quick]`: how long things take, as a table and as JSON. Each
 * part measures one subject in a file of its own.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { callPart } from './call-ratios.ts';
import { eventPart } from './event-costs.ts';
import { floodPart } from './flood.ts';
import { fuelPart } from './fuel.ts';
import { gatewayPart } from './gateway.ts';
import { ipfsPart } from './ipfs.ts';
import { ipfsCostPart } from './ipfs-cost.ts';
import type { Effort, Result } from './measure.ts';
import type { Part } from './part.ts';
import { sourcePart } from './sources.ts';
import { sqlitePart } from './sqlite.ts';
import { startPart } from './start.ts';
import { watchPart } from './watch.ts';

const parts: readonly Part[] = [
  callPart,
  gatewayPart,
  eventPart,
  sourcePart,
  startPart,
  watchPart,
  sqlitePart,
  floodPart,
  ipfsPart,
  ipfsCostPart,
  fuelPart,
];

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

/** A name that ends in a slash is the beginning of several. */
const isWanted = (row: string): boolean =>
  only.test(row) || (row.endsWith('/') && values.only.replace(/^\^/, '').startsWith(row));
const wanted = parts.filter(({ rows }) => rows.some(isWanted));
if (wanted.length === 0) {
  const known = parts.flatMap(({ rows }) => rows).join('\n  ');
  console.error(`No row's name matches ${values.only}. They are, or begin with:\n  ${known}`);
  process.exit(2);
}
const results: Result[] = [];
const details: Record<string, unknown> = {};
for (const part of wanted) {
  const measured = await part.measure({ only, quick: values.quick, effort });
  results.push(...measured.rows);
  for (const row of measured.rows) print(row, part.counts);
  for (const line of measured.lines) console.log(line);
  if (measured.details !== undefined) details[part.name] = measured.details;
}
if (values.json !== undefined) {
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: availableParallelism() };
  await writeFile(values.json, `${JSON.stringify({ machine, effort, results, details }, undefined, 2)}\n`);
}

function print({ name, us, perSecond }: Result, what = 'calls'): void {
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
