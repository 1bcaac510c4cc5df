/**
 * What events cost, from rounds in which all variants take turns: a share of queue and pool is the difference, and what
 * a thread is worth the ratio, of blocks that ran next to each other. So other work on the machine, which comes and
 * goes, meets both sides alike. Processor time is taken beside the time that passed: it hardly depends on others.
 *
 * @module
 */
import { type EventVariants, eventVariants } from './events.ts';
import { type Effort, type Result, spread, type Variant } from './measure.ts';
import type { Part } from './part.ts';

/** A row, with microseconds of processor time for one event, medians of blocks. */
export interface EventResult extends Result {
  /** `main` thread, and `all` threads of the process. */
  readonly cpu: { readonly main: number; readonly all: number };
}

/** Medians over the rounds, in microseconds for one event. */
export interface EventCosts {
  /** What queue and pool add to a guest in this thread: by the clock, and of the processor. */
  readonly inline: { readonly us: number; readonly cpu: number };
  /** What they add with one worker: to the main thread, and to all other threads. */
  readonly threaded: { readonly main: number; readonly others: number };
  /** What the benchmark itself takes to make an event and to hear that it is over; part of both above. */
  readonly caller: number;
  /**
   * Two workers over one, two bare threads over one, and the one over the other; `byProcessor` is what the last would
   * be on two cores without other work, from what all threads took.
   */
  readonly speedUp: {
    readonly workers: number;
    readonly bare: number;
    readonly ratio: number;
    readonly byProcessor: number;
  };
}

interface MeasuredEvents {
  readonly rows: readonly EventResult[];
  readonly costs: EventCosts;
}

/** One block: microseconds for one event. */
interface Sample {
  readonly us: number;
  readonly main: number;
  readonly all: number;
}

/** By the variant's name; one sample for each round. */
type Samples = ReadonlyMap<string, readonly Sample[]>;

export const eventPart: Part = {
  name: 'events',
  rows: ['events/'],
  counts: 'events',
  async measure({ effort }) {
    const { rows, costs } = await measureEvents(effort);
    return { rows, lines: describeCosts(costs), details: costs };
  },
};

/** Runs all rounds. What V8 has not optimised yet would be most of the queue's share, so the warm-up is long. */
async function measureEvents({ warmUp, blocks }: Effort): Promise<MeasuredEvents> {
  await using variants: EventVariants = await eventVariants();
  const events = await rounds(variants.events, { warmUp: warmUp * 10, blocks });
  const work = await rounds(variants.work, { warmUp: warmUp * 2, blocks });
  const blockOf = new Map([...variants.events, ...variants.work].map(({ name, block }) => [name, block]));
  const rows = [...events, ...work].map(([name, samples]) => rowOf(name, samples, blockOf.get(name) ?? 0));
  return { rows, costs: costsOf(events, work) };
}

async function rounds(variants: readonly Variant[], { warmUp, blocks }: Effort): Promise<Samples> {
  for (const { run } of variants) await run(warmUp);
  const samples = new Map(variants.map(({ name }) => [name, [] as Sample[]]));
  for (let round = 0; round < blocks; round++) {
    // There and back, so that none is always behind the same other.
    const turns = round % 2 === 0 ? variants : variants.toReversed();
    for (const variant of turns) samples.get(variant.name)?.push(await sample(variant));
  }
  return samples;
}

async function sample({ run, block }: Variant): Promise<Sample> {
  // The garbage of the one before is not this one's; but a full collection would leave colder code than there ever is.
  globalThis.gc?.({ type: 'minor' });
  const all = process.cpuUsage();
  const main = process.threadCpuUsage();
  const start = performance.now();
  await run(block);
  const us = ((performance.now() - start) * 1_000) / block;
  return { us, main: spent(process.threadCpuUsage(main), block), all: spent(process.cpuUsage(all), block) };
}

function spent({ user, system }: NodeJS.CpuUsage, block: number): number {
  return (user + system) / block;
}

function rowOf(name: string, samples: readonly Sample[], callsPerBlock: number): EventResult {
  const us = spread(samples.map((one) => one.us));
  const cpu = { main: middle(samples, (one) => one.main), all: middle(samples, (one) => one.all) };
  const perSecond = Math.round(1_000_000 / us.median);
  return { name, us, cpu, blocks: samples.length, callsPerBlock, perSecond };
}

function costsOf(events: Samples, work: Samples): EventCosts {
  const guest = pick(events, 'events/guest');
  const inline = pick(events, 'events/inline');
  const threaded = pick(events, 'events/workers-1');
  const [worker, workers] = [pick(work, 'events/work-workers-1'), pick(work, 'events/work-workers-2')];
  const [bare, bares] = [pick(work, 'events/work-bare-1'), pick(work, 'events/work-bare-2')];
  const faster = (one: readonly Sample[], two: readonly Sample[]): readonly number[] =>
    one.map(({ us }, round) => us / (two[round]?.us ?? Number.NaN));
  // One thread is as fast as it computes, two are as fast as two cores do all there is to do.
  const bound = (one: readonly Sample[], two: readonly Sample[]): number =>
    (2 * middle(one, ({ all, main }) => all - main)) / middle(two, ({ all }) => all);
  const gains = { workers: faster(worker, workers), bare: faster(bare, bares) };
  return {
    inline: {
      us: middle(inline, ({ us }, round) => us - (guest[round]?.us ?? Number.NaN)),
      cpu: middle(inline, ({ all }, round) => all - (guest[round]?.all ?? Number.NaN)),
    },
    threaded: {
      main: middle(threaded, ({ main }) => main),
      others: middle(threaded, ({ all, main }, round) => all - main - (guest[round]?.all ?? Number.NaN)),
    },
    caller: middle(pick(events, 'events/caller'), ({ us }) => us),
    speedUp: {
      workers: spread(gains.workers).median,
      bare: spread(gains.bare).median,
      ratio: spread(gains.workers.map((gain, round) => gain / (gains.bare[round] ?? Number.NaN))).median,
      byProcessor: bound(worker, workers) / bound(bare, bares),
    },
  };
}

function pick(samples: Samples, name: string): readonly Sample[] {
  return samples.get(name) ?? [];
}

function middle(samples: readonly Sample[], of: (one: Sample, round: number) => number): number {
  return spread(samples.map(of)).median;
}

/** What the rows come to, beside what the project expects of them. */
function describeCosts({ inline, threaded, caller, speedUp }: EventCosts): readonly string[] {
  return [
    `Queue and pool take ${inline.cpu.toFixed(1)} µs of processor time for an event, ${inline.us.toFixed(1)} µs ` +
      `by the clock, expected at most 10; ${caller.toFixed(1)} of them are the caller's`,
    `With one worker they take ${threaded.main.toFixed(1)} µs in the main thread and ${threaded.others.toFixed(1)} µs ` +
      'in all others',
    `Two workers are ${speedUp.workers.toFixed(2)} times as fast as one, bare threads ${speedUp.bare.toFixed(2)} ` +
      `times: ${speedUp.ratio.toFixed(2)}, expected at least 0.95; by processor time ${speedUp.byProcessor.toFixed(2)}`,
  ];
}
