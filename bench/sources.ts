/**
 * What a source weighs in the queue: with one waiting event, and when it is idle.
 *
 * @module
 */
import { createEventQueue } from '../src/engine/event-queue.ts';
import { createMetrics } from '../src/telemetry/metrics.ts';
import { eventOf, NOTHING } from './events.ts';
import type { Part } from './part.ts';

export const sourcePart: Part = {
  name: 'sources',
  rows: ['bytes/source'],
  async measure({ quick }) {
    const bytes = await measureSources(quick ? 100_000 : 1_000_000);
    const { sources, waiting, unasked, idle } = bytes;
    const line =
      `bytes/source: ${unasked} with one waiting event, ${waiting} when somebody asks for its replies, expected ` +
      `at most 500, ${idle} when idle; ${sources.toLocaleString('en')} sources`;
    return { rows: [], lines: [line], details: bytes };
  },
};

interface SourceBytes {
  readonly sources: number;
  /** With one event each, which somebody waits for. */
  readonly waiting: number;
  /** With one event each, which nobody waits for. */
  readonly unasked: number;
  /** After their events have been handled. */
  readonly idle: number;
}

/** Bytes of heap for one source: the event and all that it holds included. Needs `--expose-gc`. */
async function measureSources(sources: number): Promise<SourceBytes> {
  const unasked = await heapOf(sources, () => undefined);
  // The promise itself: what is done with it is its owner's.
  const waiting = await heapOf(sources, (done) => void done());
  return { sources, waiting: waiting.held, unasked: unasked.held, idle: waiting.idle };
}

async function heapOf(
  sources: number,
  look: (done: () => Promise<unknown>) => void,
): Promise<{ readonly held: number; readonly idle: number }> {
  const { gc } = globalThis;
  if (!gc) throw new Error('Cannot measure bytes: start with --expose-gc');
  const limits = {
    events: 4 * sources,
    bytes: Number.MAX_SAFE_INTEGER,
    bytesPerApp: Number.MAX_SAFE_INTEGER,
  };
  const queue = createEventQueue({ concurrency: 256, limits }, { metrics: createMetrics() });
  const app = queue.add('bench', { run: async () => [], refuse: () => [] });
  const used = (): number => {
    gc();
    return process.memoryUsage().heapUsed;
  };
  const args: readonly unknown[] = [];
  const before = used();
  for (let n = 0; n < sources; n++) {
    const queued = queue.emit(eventOf(NOTHING, n, args));
    look(() => queued.done);
  }
  const held = (used() - before) / sources;
  app.open();
  await app.idle();
  return { held: Math.round(held), idle: Math.round((used() - before) / sources) };
}
