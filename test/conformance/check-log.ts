/**
 * Reads the log of one engine, written at `trace` as lines of JSON, and says whether the order of events held:
 * two events of one source neither overlap nor swap, and no module is given an event twice. It knows nothing of the
 * engine but two messages.
 *
 *     node test/conformance/check-log.ts engine.ndjson
 *
 * @module
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

export interface LogReport {
  /** What does not hold, each with the line that shows it. */
  readonly faults: readonly string[];
  /** Events that were given to a module. */
  readonly events: number;
  /** Calls of modules, and how they ended. */
  readonly calls: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Sources, and those of which at least two events ran. */
  readonly sources: number;
  readonly busySources: number;
  /** The most events that ran at the same time. */
  readonly atOnce: number;
  /** Calls that have no end in this log, as `app/module event 7`: those of an engine that was killed. */
  readonly open: readonly string[];
}

/** One line about an event; `source` when it is given to a module, `outcome` when that is over. */
interface EventLine {
  readonly msg: string;
  readonly app: string;
  readonly module: string;
  readonly event: number;
  readonly source?: readonly string[];
  readonly outcome?: string;
}

const GIVEN = 'Event given to module';
const HANDLED = 'Event handled';

/**
 * Reads lines to their end. The log must be whole: it begins with the engine and lacks no line.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const event = { app: 'shop', module: 'api', event: 1 };
 * const given = { ...event, msg: 'Event given to module', source: ['cron', 'shop', 'nightly'] };
 * const handled = { ...event, msg: 'Event handled', outcome: 'ok' };
 * const lines = [given, handled, given].map((line) => JSON.stringify(line));
 * const { faults, events, open } = await checkLog(lines);
 * assert.deepEqual(faults, ['Line 3: shop/api event 1 was delivered twice']);
 * assert.deepEqual([events, open.length], [1, 1]);
 * ```
 */
export async function checkLog(lines: Iterable<string> | AsyncIterable<string>): Promise<LogReport> {
  const checker = new Checker();
  for await (const line of lines) checker.read(line);
  return checker.report();
}

/** The events of one source. */
interface Lane {
  /** The one that runs, or ran last; ids are given in the order in which events are queued. */
  event: number;
  /** Modules in which it runs. */
  inside: number;
  count: number;
}

class Checker {
  readonly #faults: string[] = [];
  readonly #lanes = new Map<string, Lane>();
  /** Calls that run, with the lane of their event. */
  readonly #open = new Map<string, Lane>();
  /** Calls that are over. */
  readonly #over = new Set<string>();
  readonly #outcomes: Record<string, number> = {};
  #number = 0;
  #events = 0;
  #running = 0;
  #atOnce = 0;

  read(text: string): void {
    this.#number++;
    if (text.trim() === '') return;
    const line = parse(text);
    if (!line) this.#fault(`no JSON object: ${text.slice(0, 80)}`);
    else if (line.msg === GIVEN) this.#given(line);
    else if (line.msg === HANDLED) this.#handled(line);
  }

  #given({ app, module, event, source = [] }: EventLine): void {
    const call = `${app}/${module} event ${event}`;
    if (this.#open.has(call) || this.#over.has(call)) {
      this.#fault(`${call} was delivered twice`);
      return;
    }
    const key = JSON.stringify([app, ...source]);
    const lane = this.#lanes.getOrInsertComputed(key, () => ({ event: 0, inside: 0, count: 0 }));
    if (lane.inside > 0 && lane.event !== event) {
      this.#fault(`${call} overlaps event ${lane.event} of its source ${key}`);
    } else if (event < lane.event) {
      this.#fault(`${call} comes after event ${lane.event} of its source ${key}`);
    }
    if (event !== lane.event) {
      lane.event = event;
      lane.count++;
      this.#events++;
    }
    if (lane.inside++ === 0) this.#atOnce = Math.max(this.#atOnce, ++this.#running);
    this.#open.set(call, lane);
  }

  #handled({ app, module, event, outcome = '' }: EventLine): void {
    const call = `${app}/${module} event ${event}`;
    const lane = this.#open.get(call);
    if (!lane) {
      this.#fault(`${call} ends without having begun`);
      return;
    }
    this.#open.delete(call);
    this.#over.add(call);
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
    if (--lane.inside === 0) this.#running--;
  }

  #fault(what: string): void {
    this.#faults.push(`Line ${this.#number}: ${what}`);
  }

  report(): LogReport {
    return {
      faults: this.#faults,
      events: this.#events,
      calls: this.#open.size + this.#over.size,
      outcomes: this.#outcomes,
      sources: this.#lanes.size,
      busySources: this.#lanes.values().reduce((sum, { count }) => sum + (count > 1 ? 1 : 0), 0),
      atOnce: this.#atOnce,
      open: [...this.#open.keys()],
    };
  }
}

function parse(text: string): EventLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null ? (line as EventLine) : undefined;
  } catch {
    // Whoever reads says which line it was.
    return undefined;
  }
}

if (import.meta.main) {
  const file = process.argv[2];
  if (file === undefined) throw new Error('Give the file of the log, as in node check-log.ts engine.ndjson');
  const report = await checkLog(createInterface({ input: createReadStream(file) }));
  console.log(JSON.stringify(report, undefined, 2));
  process.exitCode = report.faults.length > 0 ? 1 : 0;
}
