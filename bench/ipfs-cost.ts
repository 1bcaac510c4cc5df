/**
 * What the node costs the rest of its engine: how late the main thread is while files are fetched, memory, and the time
 * to the first answer.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { until } from '../src/extensions/ipfs/fixtures/until.ts';
import { createNode } from '../src/node.ts';
import { guest } from '../test/guests/build.ts';
import { startEngine } from '../test/ipfs/fixtures/engines.ts';
import { FILES, type Provided } from './ipfs-provider.ts';
import { type Result, spread } from './measure.ts';
import { medianOf, type Part } from './part.ts';
import { firstAnswer, writeApplication } from './start.ts';

const ROWS = ['ipfs/delay-idle', 'ipfs/delay-fetch', 'ipfs/start-without', 'ipfs/start-with'] as const;
const IDLE_MS = 3_000;
const MIB = 2 ** 20;

export const ipfsCostPart: Part = {
  name: 'ipfs-cost',
  rows: ROWS,
  async measure({ only, quick }) {
    const rows: Result[] = [];
    const lines: string[] = [];
    if (only.test('ipfs/delay-idle') || only.test('ipfs/delay-fetch')) {
      const resident = await residentOfNode();
      const { idle, fetched, megabytes } = await delays(quick ? 1 : 5);
      rows.push(row('ipfs/delay-idle', idle), row('ipfs/delay-fetch', fetched));
      const [a, b] = [spread(idle).median / 1_000, spread(fetched).median / 1_000];
      const rate = `${spread(megabytes).median.toFixed(0)} MB in each second`;
      lines.push(
        `p99 of the main thread ${a.toFixed(1)} ms late, ${b.toFixed(1)} in a fetch of ${rate}, wanted 8 more`,
      );
      lines.push(`The node adds ${(resident / MIB).toFixed(0)} MiB to what is resident`);
    }
    if (only.test('ipfs/start-without') || only.test('ipfs/start-with')) {
      rows.push(...(await starts(quick ? 5 : 20)));
      const ratio = medianOf(rows, 'ipfs/start-with') / medianOf(rows, 'ipfs/start-without');
      lines.push(`The first answer takes ${ratio.toFixed(2)} times as long with a node, wanted at most 1.1`);
    }
    return { rows, lines };
  },
};

function row(name: (typeof ROWS)[number], us: readonly number[]): Result {
  return { name, us: spread(us), blocks: us.length, callsPerBlock: 1 };
}

interface Delays {
  /** Microseconds, the p99 of each round. */
  readonly idle: readonly number[];
  readonly fetched: readonly number[];
  /** In each second. */
  readonly megabytes: readonly number[];
}

/** Each round with an engine of its own: what was fetched once is there. */
async function delays(rounds: number): Promise<Delays> {
  await using stack = new AsyncDisposableStack();
  const { addresses, paths } = await startProvider(stack);
  const found = { idle: [] as number[], fetched: [] as number[], megabytes: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    await using home = await mkdtempDisposable(join(tmpdir(), 'hermes-bench-'));
    await using engine = await startEngine({ home: home.path, bootstrap: addresses });
    const idle = () => new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    found.idle.push((await late(idle)).p99);
    const { p99, ms } = await late(async () => {
      for (const path of paths) await engine.ask('pin', '', path);
    });
    found.fetched.push(p99);
    found.megabytes.push((FILES.count * FILES.bytes) / 1_000 / ms);
  }
  return found;
}

/** Bytes that are resident in an engine with a node and not in one without, one after the other in this process. */
async function residentOfNode(): Promise<number> {
  const resident = async (start: 'never' | 'always'): Promise<number> => {
    await using home = await mkdtempDisposable(join(tmpdir(), 'hermes-bench-'));
    const config = { 'http-gateway': { port: 0 }, log: { level: 'warn' }, ipfs: { start } };
    await using node = await createNode({ home: home.path, config });
    const running = start === 'never' ? 0 : 1;
    await until(() => node.metrics.value('hermes_ipfs_running') === running);
    return process.memoryUsage.rss();
  };
  const without = await resident('never');
  return (await resident('always')) - without;
}

async function late(run: () => Promise<unknown>): Promise<{ readonly p99: number; readonly ms: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const begun = performance.now();
  delay.enable();
  await run();
  delay.disable();
  return { p99: delay.percentile(99) / 1_000, ms: performance.now() - begun };
}

async function startProvider(stack: AsyncDisposableStack): Promise<Provided> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'ipfs-provider.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  stack.defer(async () => {
    const exited = once(child, 'exit');
    child.stdin.end();
    await exited;
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return JSON.parse(line) as Provided;
}

/** The same application, with a node that starts beside it and without one, in turns. */
async function starts(blocks: number): Promise<readonly Result[]> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-bench-'));
  await writeApplication(folder.path, await guest('c-echo'));
  const [without, beside]: [number[], number[]] = [[], []];
  for (let block = 0; block < blocks; block++) {
    without.push(await firstAnswer(folder.path, { ipfs: { start: 'never' } }));
    beside.push(await firstAnswer(folder.path, { ipfs: { start: 'always' } }));
  }
  return [row('ipfs/start-without', without), row('ipfs/start-with', beside)];
}
