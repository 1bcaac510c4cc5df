/**
 * What fuel costs: guests that compute, as they are, rewritten without fuel and with it. The core modules run in
 * jco's glue, so that nothing but them differs; time is that of the thread, and a row is the median of pairs that
 * were measured one right after the other.
 *
 * @module
 */
import { transpiled } from '../test/conformance/jco.ts';
import { type RewrittenCores, rewrittenCores } from '../test/conformance/rewritten-cores.ts';
import { type GuestName, guest } from '../test/guests/build.ts';
import type { Part } from './part.ts';

interface FuelRow {
  /** `fuel/<guest>/<work>` */
  readonly name: string;
  /** Microseconds of one call as it was: the median. */
  readonly us: number;
  /** What rewriting adds, without fuel and with it, as a share of that. */
  readonly rewritten: number;
  readonly fuel: number;
  /** Units of fuel in a microsecond. */
  readonly perMicrosecond: number;
}

interface FuelCosts {
  readonly rows: readonly FuelRow[];
  /** Geometric mean and greatest of what fuel adds. */
  readonly mean: number;
  readonly worst: number;
}

/** Work that a guest does for a path and a body. */
interface Work {
  readonly name: string;
  readonly args: readonly unknown[];
}

interface Variant {
  readonly run: () => unknown;
  readonly cores: RewrittenCores | undefined;
}

const PLENTY: bigint = 2n ** 60n;
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const items = Array.from({ length: 50 }, (_, id) => {
  const meta = { colour: 'blue', size: id };
  return { id, name: `Item number ${id}`, tags: ['a', 'b', `t${id % 5}`], price: id * 1.25, meta };
});

/** So often each computes it in one call, which should take about a millisecond. */
function computing(times: Readonly<Record<string, number>>): Work[] {
  return Object.entries(times).map(([name, n]) => ({ name, args: [bytesOf(String(n)), [], name, 'GET'] }));
}

const guests: Readonly<Partial<Record<GuestName, readonly Work[]>>> = {
  'rust-serde': [
    { name: 'fib', args: [new Uint8Array(), [], '/api/fib?n=23', 'GET'] },
    { name: 'sha256', args: [new Uint8Array(100_000), [], '/api/hash', 'POST'] },
    { name: 'json', args: [bytesOf(JSON.stringify(items)), [], '/api/stats', 'POST'] },
  ],
  'c-compute': computing({ fib: 10, loads: 1, sha256: 4, json: 16, regex: 8 }),
  'js-compute': computing({ fib: 3, loads: 1, sha256: 1, json: 1, regex: 3 }),
};

export const fuelPart: Part = {
  name: 'fuel',
  rows: Object.entries(guests).flatMap(([name, works]) => works.map((work) => `fuel/${name}/${work.name}`)),
  async measure({ only, quick }) {
    const costs = await measureFuel(only, quick ? { rounds: 5, warmUp: 500 } : { rounds: 15, warmUp: 2_000 });
    return { rows: [], lines: describeFuel(costs), details: costs };
  },
};

/** Measures all rows that `only` finds. */
async function measureFuel(
  only: RegExp,
  { rounds, warmUp }: { readonly rounds: number; readonly warmUp: number },
): Promise<FuelCosts> {
  const rows: FuelRow[] = [];
  for (const [name, all] of Object.entries(guests)) {
    const works = all.map((work) => ({ ...work, name: `fuel/${name}/${work.name}` }));
    for (const work of works.filter((one) => only.test(one.name))) {
      const variants = await variantsOf(await guest(name as GuestName), work);
      rows.push(measureWork(work, variants, { rounds, warmUp }));
    }
  }
  const logs = rows.map(({ fuel }) => Math.log(1 + fuel));
  const mean = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length) - 1;
  return { rows, mean, worst: Math.max(...rows.map(({ fuel }) => fuel)) };
}

async function variantsOf(bytes: Uint8Array, { args }: Work): Promise<Variant[]> {
  const all = [undefined, rewrittenCores({ fuel: false }), rewrittenCores()];
  const variants: Variant[] = [];
  for (const cores of all) {
    const instantiate = await transpiled(bytes, { unchecked: true, ...(cores && { cores: cores.cores }) });
    const exports = instantiate({
      'hermes:logging/api': { log: () => {} },
      'hermes:kv-store/api': { kvGet: () => undefined, kvSet: () => {} },
    });
    const { reply } = exports['hermes:http-gateway/event'] ?? exports['event'];
    variants.push({ run: () => reply(...args), cores });
  }
  return variants;
}

function measureWork(
  { name }: Work,
  variants: readonly Variant[],
  { rounds, warmUp }: { readonly rounds: number; readonly warmUp: number },
): FuelRow {
  for (const { run, cores } of variants) {
    cores?.fill(PLENTY);
    for (const end = performance.now() + warmUp; performance.now() < end; ) run();
  }
  const calls = callsFor(variants[0] as Variant);
  const times = variants.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < variants.length; turn++) {
      const index = (round + turn) % variants.length;
      const { run, cores } = variants[index] as Variant;
      cores?.fill(PLENTY);
      const start = process.threadCpuUsage();
      for (let n = 0; n < calls; n++) run();
      const { user, system } = process.threadCpuUsage(start);
      times[index]?.push((user + system) / calls);
    }
  }
  const [original = [], rewritten = [], fuelled = []] = times;
  const added = (all: readonly number[]): number =>
    median(all.map((time, round) => time / (original[round] as number))) - 1;
  const us = median(original);
  const perMicrosecond = Math.round(fuelOf(variants.at(-1) as Variant) / us);
  return { name, us, rewritten: added(rewritten), fuel: added(fuelled), perMicrosecond };
}

/** Milliseconds that one measurement should take: the time of a thread is told in steps of some. */
const LONG_ENOUGH = 60;

function callsFor({ run }: Variant): number {
  const start = performance.now();
  for (let n = 0; n < 5; n++) run();
  return Math.max(5, Math.ceil((5 * LONG_ENOUGH) / (performance.now() - start)));
}

/** What one call takes. */
function fuelOf({ run, cores }: Variant): number {
  cores?.fill(PLENTY);
  const before = cores?.left() ?? 0n;
  run();
  return Number(before - (cores?.left() ?? 0n));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** The costs as lines of text. */
function describeFuel({ rows, mean, worst }: FuelCosts): string[] {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`.padStart(8);
  const lines = rows.map(
    ({ name, us, rewritten, fuel, perMicrosecond }) =>
      `${name.padEnd(30)}${us.toFixed(1).padStart(10)} µs, rewritten ${percent(rewritten)}, with fuel ` +
      `${percent(fuel)}, ${perMicrosecond.toLocaleString('en')} units per µs`,
  );
  const verdict = mean <= 0.12 && worst <= 0.35 ? 'yes' : 'NO';
  const sum = `Fuel adds ${percent(mean).trim()} (geometric mean), at most ${percent(worst).trim()}`;
  return [...lines, `${sum}; expected at most 12 % and 35 %: ${verdict}`];
}
