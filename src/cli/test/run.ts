/**
 * Listing and running what modules bring along.
 *
 * @module
 */
import type { AttachedApp } from '../../engine/extension.ts';
import { benchExport, testExport } from '../../extensions/integration-test/index.ts';
import type { CodedError } from '../../lib/errors.ts';
import { fail } from './errors.ts';
import type { TestHost } from './host.ts';
import type { Case, Kind, ListFault, Listing, Outcome, Rounds, Subject } from './types.ts';

/** More tests than any module has. */
const MOST_CASES = 1_000;
/** A benchmark runs for this long, but at least, and at most, this often. */
const BENCH = { ms: 1_000, least: 10, most: 10_000 } as const;

/**
 * Every case of a subject, module after module. What is listed when a list breaks off is there all the same.
 */
export async function listCases(host: TestHost, subject: Subject, kind: Kind): Promise<Listing> {
  const cases: Case[] = [];
  const faults: ListFault[] = [];
  const name = host.nextName(subject.application);
  const faulty = (failure: CodedError): void => {
    faults.push({ subject, failure, lines: host.lines(name) });
  };
  try {
    await using started = await host.start(subject.application);
    for (const module of modulesWith(started.app, kind)) {
      const failure = await listModule(host, { app: started.app.name, subject, kind, module }, cases);
      if (failure) faulty(failure);
    }
  } catch (cause) {
    faulty(fail('TEST_LOAD', { file: subject.label }, cause));
  }
  host.lines(name);
  return { cases, faults };
}

function modulesWith({ modules }: AttachedApp, kind: Kind): readonly string[] {
  const wanted = kind === 'test' ? testExport : benchExport;
  return modules.filter(({ exports }) => exports.has(wanted)).map(({ name }) => name);
}

interface Where {
  readonly app: string;
  readonly subject: Subject;
  readonly kind: Kind;
  readonly module: string;
}

/** Adds the cases of one module; answers why the list broke off, if it did. */
async function listModule(host: TestHost, where: Where, cases: Case[]): Promise<CodedError | undefined> {
  const { app, subject, kind, module } = where;
  for (let number = 0; number < MOST_CASES; number++) {
    try {
      const found = await host.ask[kind]({ app, module, number, run: false });
      if (!found) return undefined;
      cases.push({ kind, subject, module, number, name: found.name });
    } catch (cause) {
      return fail('TEST_LIST', { module, number }, cause);
    }
  }
  cases.length -= MOST_CASES;
  return fail('TEST_ENDLESS', { module, asked: MOST_CASES });
}

/** Runs a test once, in an application of its own. */
export function runTest(host: TestHost, one: Case): Promise<Outcome> {
  return inApplication(host, one, async (app) => {
    const { failure, ns } = await round(host, one, app);
    return { failure, ms: ns / 1e6, rounds: undefined };
  });
}

export interface BenchOptions {
  /** Ends it after the round that runs. */
  readonly signal: AbortSignal;
  /** How long it runs; a second unless given. */
  readonly ms?: number;
}

/**
 * Runs a benchmark again and again, all rounds in one application of its own, until it is known how long it takes.
 * The first round, which warms up, is not counted.
 */
export function runBench(host: TestHost, one: Case, options: BenchOptions): Promise<Outcome> {
  const { signal, ms: wanted = BENCH.ms } = options;
  return inApplication(host, one, async (app) => {
    const begin = performance.now();
    const times: number[] = [];
    let warm = false;
    for (;;) {
      const { failure, ns } = await round(host, one, app);
      const ms = performance.now() - begin;
      if (failure || signal.aborted) return { failure, ms, rounds: undefined };
      const enough = times.length >= BENCH.least && ms > wanted;
      if (enough || times.length === BENCH.most) return { failure, ms, rounds: summary(times) };
      if (warm) times.push(ns);
      warm = true;
    }
  });
}

type Course = Omit<Outcome, 'lines'>;

async function inApplication(
  host: TestHost,
  { subject }: Case,
  run: (app: string) => Promise<Course>,
): Promise<Outcome> {
  const name = host.nextName(subject.application);
  const failed = (cause: unknown): Course => {
    return { failure: fail('TEST_LOAD', { file: subject.label }, cause), ms: 0, rounds: undefined };
  };
  const course = await started(host, subject, run).catch(failed);
  return { ...course, lines: host.lines(name) };
}

async function started(
  host: TestHost,
  subject: Subject,
  run: (app: string) => Promise<Course>,
): Promise<Course> {
  await using application = await host.start(subject.application);
  return await run(application.app.name);
}

/** One call: what went wrong, and how long it took. */
async function round(
  host: TestHost,
  { kind, module, number }: Case,
  app: string,
): Promise<{ readonly failure: CodedError | undefined; readonly ns: number }> {
  const begin = process.hrtime.bigint();
  const took = (): number => Number(process.hrtime.bigint() - begin);
  try {
    const found = await host.ask[kind]({ app, module, number, run: true });
    const ns = took();
    return { failure: found?.status ? undefined : fail(found ? 'TEST_FAILED' : 'TEST_GONE'), ns };
  } catch (cause) {
    return { failure: fail('TEST_RUN', {}, cause), ns: took() };
  }
}

function summary(times: readonly number[]): Rounds {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return { count: sorted.length, fastest: at(0), median: at(0.5), slowest: at(1) };
}
