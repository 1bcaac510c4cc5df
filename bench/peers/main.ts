/**
 * `npm run bench:peers [-- --json FILE] [--only pattern] [--quick]`: the same calls of the same components on our
 * runtime and on wasmtime, block by block in turns, when cargo is there to build the latter.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { guest } from '../../test/guests/build.ts';
import { variantsOf, workloads } from '../calls.ts';
import { type Effort, measure, type Result } from '../measure.ts';
import { buildWasmtime, hasCargo, startWasmtime } from './wasmtime.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
  },
});
const only = new RegExp(values.only);
const effort: Effort = values.quick ? { warmUp: 100, blocks: 8 } : { warmUp: 500, blocks: 30 };

/** Ours over theirs: what we want, and what we hope for. */
const WANTED = 1;

if (!hasCargo()) {
  console.error(
    'Cannot compare with wasmtime: there is no cargo here. Install Rust (rustup.rs) and run this again',
  );
  process.exit(1);
}
const program = buildWasmtime();
const results: Result[] = [];
const ratios: Record<string, number> = {};
for (const workload of workloads) {
  // The program of theirs has no WASI.
  if (typeof workload.guest !== 'string' || !only.test(`call/${workload.name}/`)) continue;
  await using peer = await startWasmtime(program, workload, await guest(workload.guest));
  const ours = (await variantsOf(workload)).filter(({ name }) => name.includes('/ours-'));
  const rows = await measure([...ours, ...peer.variants], effort);
  results.push(...rows);
  for (const { name, us } of rows) {
    const numbers = [us.median, us.min, us.max].map((n) => n.toFixed(1).padStart(10)).join('');
    console.log(`${name.padEnd(40)}${numbers} µs (median, min, max)`);
  }
  const median = (row: string) => rows.find(({ name }) => name.endsWith(row))?.us.median ?? Number.NaN;
  for (const allocator of ['ondemand', 'pooling']) {
    const ratio = Number((median('/ours-reset') / median(`/wasmtime-${allocator}`)).toFixed(2));
    ratios[`${workload.name}/${allocator}`] = ratio;
    const verdict =
      allocator === 'ondemand' ? `, expected at most ${WANTED}: ${ratio <= WANTED ? 'yes' : 'NO'}` : '';
    console.log(`${workload.name}: ours takes ${ratio} of wasmtime's time, ${allocator}${verdict}`);
  }
}
if (values.json !== undefined) {
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: availableParallelism() };
  await writeFile(values.json, `${JSON.stringify({ machine, effort, results, ratios }, undefined, 2)}\n`);
}
