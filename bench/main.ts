/**
 * `npm run bench [-- --json FILE] [--only pattern] [--quick]`: how long a call takes on our runtime and on jco's
 * output, and how many
 * requests the gateway answers, as a table and as JSON.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { variantsOf, workloads } from './calls.ts';
import { measureGateway } from './gateway.ts';
import { type Effort, measure, type Result } from './measure.ts';

/** The project expects at least these, jco over ours; a row without a number is only reported. */
const expected: Readonly<Record<string, { readonly kept?: number; readonly fresh: number }>> = {
  'c-echo': { kept: 5, fresh: 2 },
  'rust-serde': { kept: 3, fresh: 2 },
  'ts-qjs': { fresh: 2 },
};

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
  },
});
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
const ratios = printRatios(results);
if (values.json !== undefined) {
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: availableParallelism() };
  await writeFile(values.json, `${JSON.stringify({ machine, effort, results, ratios }, undefined, 2)}\n`);
}

function print({ name, us, perSecond }: Result): void {
  const numbers = [us.median, us.min, us.max].map((n) => n.toFixed(1).padStart(10)).join('');
  const rate = perSecond === undefined ? '' : `, ${perSecond.toLocaleString('en')} requests per second`;
  console.log(`${name.padEnd(30)}${numbers} µs (median, min, max)${rate}`);
}

/** jco's median over ours, with what is expected. */
function printRatios(rows: readonly Result[]): Record<string, number> {
  const median = (name: string) => rows.find((row) => row.name === name)?.us.median;
  const found: Record<string, number> = {};
  for (const { name } of workloads) {
    for (const way of ['kept', 'fresh'] as const) {
      const mine = median(`call/${name}/ours-${way}`);
      const theirs = median(`call/${name}/jco-${way}`);
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
