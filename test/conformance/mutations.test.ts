/** Damaged components: each ends with an error of ours or loads and runs; none ends or stops the process. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { count, seed } from '../count.ts';
import { type GuestName, guest } from '../guests/build.ts';
import { type Ended, stages, type Work } from './mutate.ts';

const names: readonly GuestName[] = [
  'c-echo',
  'c-cron',
  'wat-cron',
  'wat-cm32p2',
  'as-echo',
  'rust-echo',
  'composed-suspend',
  'composed-destructor',
  'composed-resource',
  'composed-twice',
  'composed-encodings',
  'catch-all',
  'reenter',
];

/** A worker that says nothing for so long hangs. */
const PATIENCE = 30_000;

interface Report {
  readonly ended: readonly Ended[];
  /** Why it stopped before the last mutant. */
  readonly stopped?: string;
}

function runFrom(work: Work): Promise<Report> {
  const ended: Ended[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<Report>();
  const worker = new Worker(new URL('./mutations.worker.ts', import.meta.url), {
    workerData: work,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  const cells = new Int32Array(work.progress);
  let heard = performance.now();
  const watch = setInterval(() => {
    if (performance.now() - heard < PATIENCE) return;
    void worker.terminate();
    resolve({ ended, stopped: `mutant ${cells[0]} hangs in ${stages[cells[1] as number]}` });
  }, 1000);
  worker.on('message', (message: Ended) => {
    heard = performance.now();
    ended.push(message);
  });
  worker.on('error', (error) => resolve({ ended, stopped: `mutant ${cells[0]}: ${inspect(error)}` }));
  worker.on('exit', () => resolve({ ended }));
  worker.on('messageerror', reject);
  return promise.finally(() => clearInterval(watch));
}

test('a damaged component is refused with a code, or runs', { timeout: 3_600_000 }, async (t) => {
  const corpus = await Promise.all(names.map(guest));
  const all = count(10_000, 400);
  const progress = new SharedArrayBuffer(8);
  const { ended, stopped } = await runFrom({ corpus, seed, from: 0, to: all, progress });
  const tally: Record<string, number> = {};
  for (const { outcome } of ended) tally[outcome] = (tally[outcome] ?? 0) + 1;
  t.diagnostic(inspect(tally, { breakLength: Infinity }));
  assert.equal(stopped, undefined);
  assert.deepEqual(
    ended.filter(({ wrong }) => wrong !== undefined),
    [],
  );
  assert.equal(ended.length, all);
  assert.ok((tally['COMPONENT_MALFORMED'] ?? 0) > 0 && (tally['COMPONENT_INVALID'] ?? 0) > 0);
  assert.ok((tally['runs'] ?? 0) > 0 || (tally['links'] ?? 0) > 0);
});
