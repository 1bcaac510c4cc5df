/**
 * Events through the engine: the queue alone, a guest alone, and both with a pool between them, in this thread and in
 * workers. And what a waiting source costs, in bytes.
 *
 * @module
 */
import { once } from 'node:events';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { compile, createLinker } from '../src/component/index.ts';
import { createEventQueue } from '../src/engine/event-queue.ts';
import type { Emit, ExportName, ExtensionContext, HostEvent } from '../src/engine/extension.ts';
import { allExtensions } from '../src/extensions/all.ts';
import { createNode } from '../src/node.ts';
import { applicationOf } from '../src/package/components.ts';
import { createGate } from '../src/pool/fixtures/gate.ts';
import { createMetrics } from '../src/telemetry/metrics.ts';
import { createMemoryVfs } from '../src/vfs/memory.ts';
import type { Bare } from './bare.ts';
import type { Variant } from './measure.ts';

/** Events under way at the same time. */
const DEPTH = 64;
/** An event that the least guest handles. */
export const NOTHING: ExportName = 'hermes:bench/event#on-nothing';
const WORK: ExportName = 'hermes:bench/event#on-work';
/** Of the guest's loop: some 200 µs. */
const ROUNDS = [100_000] as const;

export interface EventVariants extends AsyncDisposable {
  /** The rows with the least guest: what remains is the engine's. */
  readonly events: readonly Variant[];
  /** The rows with a guest that computes: what more threads are worth. */
  readonly work: readonly Variant[];
}

/** Everything that is measured, started and ready. */
export async function eventVariants(): Promise<EventVariants> {
  await using stack = new AsyncDisposableStack();
  const text = await readFile(join(import.meta.dirname, 'guest.wat'), 'utf8');
  const bytes = new Uint8Array(await parse(text));
  const engines: { readonly name: string; readonly emit: Emit }[] = [];
  for (const workers of [0, 1, 2]) {
    const name = workers === 0 ? 'inline' : `workers-${workers}`;
    engines.push({ name, emit: await startEngine(stack, bytes, workers) });
  }
  const events = [
    { name: 'events/caller', block: 10_000, run: through(overAtOnce, NOTHING, []) },
    { name: 'events/queue', block: 10_000, run: through(queueAlone(), NOTHING, []) },
    { name: 'events/guest', block: 5_000, run: await guestAlone(bytes) },
    ...engines.map(({ name, emit }) => {
      return { name: `events/${name}`, block: 5_000, run: through(emit, NOTHING, []) };
    }),
  ];
  // As many threads of one kind stand beside as many of the other.
  const [bare, bares] = [startBare(stack, bytes, 1), startBare(stack, bytes, 2)];
  const worked = engines.map(({ name, emit }) => {
    return { name: `events/work-${name}`, block: 1_000, run: through(emit, WORK, ROUNDS) };
  });
  const work = [
    ...worked.slice(0, 2),
    { name: 'events/work-bare-1', block: 1_000, run: bare },
    { name: 'events/work-bare-2', block: 1_000, run: bares },
    ...worked.slice(2),
  ];
  const running = stack.move();
  return { events, work, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** The n-th event of a source of its own. */
export function eventOf(name: ExportName, n: number, args: readonly unknown[]): HostEvent {
  return { name, source: ['bench', String(n)], app: 'bench', modules: 'exporting', reply: 'all', args };
}

/** Keeps so many events under way, each of a source of its own. */
function through(emit: Emit, name: ExportName, args: readonly unknown[]): (times: number) => Promise<void> {
  return (times) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let left = times;
    let under = Math.min(DEPTH, times);
    const one = (): void => {
      if (left === 0) {
        if (--under === 0) resolve();
        return;
      }
      left--;
      emit(eventOf(name, left, args)).done.then((replies) => {
        if (replies.every(({ ok }) => ok)) one();
        else reject(new Error(`Cannot measure: ${JSON.stringify(replies)}`));
      });
    };
    for (let n = under; n > 0; n--) one();
    return promise;
  };
}

/** No engine: what is left is what making an event and waiting for its replies takes. */
const overAtOnce: Emit = () => {
  return { queued: true, event: { id: 1, depth: 0 }, done: Promise.resolve([]) };
};

/** A queue whose events are over at once. */
function queueAlone(): Emit {
  const queue = createEventQueue({ concurrency: 256 }, { metrics: createMetrics() });
  queue.add('bench', { run: async () => [{ module: 'api', ok: true, value: 7 }], refuse: () => [] }).open();
  return queue.emit;
}

async function guestAlone(bytes: Uint8Array<ArrayBuffer>): Promise<Variant['run']> {
  const linked = createLinker().link(await compile(bytes));
  return (times) => {
    for (let n = 0; n < times; n++) {
      using instance = linked.acquire();
      instance.call(NOTHING, []);
    }
  };
}

async function startEngine(
  stack: AsyncDisposableStack,
  bytes: Uint8Array<ArrayBuffer>,
  workers: number,
): Promise<Emit> {
  const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-bench-')));
  const contexts: ExtensionContext[] = [];
  const start = (context: ExtensionContext): void => void contexts.push(context);
  const node = stack.use(
    await createNode({
      home: home.path,
      config: { 'http-gateway': { port: 0 }, log: { level: 'warn' }, pool: { workers } },
      extensions: [...allExtensions(), createGate().extension({ name: 'bench', start })],
    }),
  );
  const components = [{ name: 'api', bytes }];
  await node.run(applicationOf({ name: 'bench', components, vfs: createMemoryVfs({}) }));
  const [context] = contexts;
  if (!context) throw new Error('Cannot measure: the extension was not started');
  return context.emit;
}

function startBare(
  stack: AsyncDisposableStack,
  bytes: Uint8Array<ArrayBuffer>,
  count: number,
): (times: number) => Promise<void> {
  const workerData: Bare = { bytes, name: WORK, args: ROUNDS };
  const threads = Array.from({ length: count }, () => {
    const thread = new Worker(new URL('bare.ts', import.meta.url), { workerData });
    stack.defer(async () => void (await thread.terminate()));
    return thread;
  });
  return async (times) => {
    await Promise.all(
      threads.map((thread) => {
        thread.postMessage(Math.ceil(times / count));
        return once(thread, 'message');
      }),
    );
  };
}
