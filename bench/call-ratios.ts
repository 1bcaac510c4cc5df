/**
 * Calls of guests on our runtime and on jco's output, and how many times as fast ours is.
 *
 * @module
 */
import { variantsOf, workloads } from './calls.ts';
import { measure, type Result } from './measure.ts';
import { medianOf, type Part } from './part.ts';

/** What of jco's each way of ours is measured against: it has no instances that are put back. */
const opponents = { kept: 'kept', reset: 'fresh', fresh: 'fresh' } as const;

type Way = keyof typeof opponents;

/** The project expects at least these, jco over ours; a row without a number is only reported. */
const expected: Readonly<Record<string, Readonly<Partial<Record<Way, number>>>>> = {
  'c-echo': { kept: 5, reset: 10 },
  'rust-serde': { kept: 3, reset: 10 },
  'ts-qjs': { reset: 15 },
  'ts-hermes': { reset: 15 },
};

export const callPart: Part = {
  name: 'calls',
  rows: workloads.flatMap(({ name }) =>
    ['ours-fresh', 'ours-reset', 'ours-kept', 'jco-fresh', 'jco-kept'].map((way) => `call/${name}/${way}`),
  ),
  async measure({ only, effort }) {
    const rows: Result[] = [];
    for (const workload of workloads) {
      const variants = (await variantsOf(workload)).filter(({ name }) => only.test(name));
      if (variants.length > 0) rows.push(...(await measure(variants, effort)));
    }
    return { rows, ...ratiosOf(rows) };
  },
};

/** jco's median over ours, with what is expected. */
function ratiosOf(rows: readonly Result[]): { lines: string[]; details: Record<string, number> } {
  const lines: string[] = [];
  const details: Record<string, number> = {};
  for (const { name } of workloads) {
    for (const [way, other] of Object.entries(opponents) as [Way, string][]) {
      const ratio = medianOf(rows, `call/${name}/jco-${other}`) / medianOf(rows, `call/${name}/ours-${way}`);
      if (Number.isNaN(ratio)) continue;
      details[`${name}/${way}`] = Number(ratio.toFixed(2));
      const wanted = expected[name]?.[way];
      const verdict =
        wanted === undefined ? '' : `, expected at least ${wanted}: ${ratio >= wanted ? 'yes' : 'NO'}`;
      lines.push(`${name} ${way}: ours is ${ratio.toFixed(2)} times as fast as jco${verdict}`);
    }
  }
  return { lines, details };
}
