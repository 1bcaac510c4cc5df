import { Worker } from 'node:worker_threads';
import { sibling } from '../lib/sibling.ts';
import { fail } from './errors.ts';
import { createOutbox } from './outbox.ts';
import { type Packed, pack, unpack } from './packing.ts';
import type { FromWorker, ToWorker, WorkerStart } from './protocol.ts';

export interface WorkerLink {
  /** The number of the thread in this process, after its end too. */
  readonly thread: number;
  /** Resolves when the worker has bound its guest halves; rejects with `WORKER_START` when it ends before. */
  readonly ready: Promise<void>;
  send(message: ToWorker): void;
  /** Ends it, whatever it does. Resolves when it is gone and all that it had posted was received. */
  terminate(): Promise<void>;
}

export interface WorkerLinkOptions {
  readonly start: WorkerStart;
  /** Heap of the thread's JavaScript, in MiB: when it is full the thread ends, not the process. */
  readonly heapMb: number;
}

export interface WorkerLinkDeps {
  readonly received: (message: FromWorker) => void;
  /** This message holds what cannot cross. */
  readonly refused: (message: ToWorker, error: unknown) => void;
  /** The worker is gone, with the error that ended it if there was one. Called once, after everything received. */
  readonly gone: (error: unknown) => void;
}

/** Starts a worker thread and carries messages to and from it. */
export function createWorkerLink({ start, heapMb }: WorkerLinkOptions, deps: WorkerLinkDeps): WorkerLink {
  const worker = new Worker(sibling(import.meta, 'worker'), {
    name: 'hermes-guests',
    workerData: start,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  const { threadId: thread } = worker;
  const ready = Promise.withResolvers<void>();
  // Whoever starts it waits for this; but it may be told to end at once.
  ready.promise.catch(() => undefined);
  const exited = Promise.withResolvers<void>();
  let ended = false;
  let cause: unknown;
  const outbox = createOutbox<ToWorker>({
    post: (messages) => worker.postMessage(pack(messages)),
    refused: deps.refused,
  });
  worker.on('message', (packed: Packed) => {
    for (const message of unpack<FromWorker>(packed)) {
      if (message.type === 'ready') ready.resolve();
      else deps.received(message);
    }
  });
  worker.on('error', (error) => {
    cause ??= error;
  });
  worker.on('messageerror', (error) => {
    cause ??= error;
    void worker.terminate();
  });
  worker.on('exit', () => {
    ended = true;
    ready.reject(fail('WORKER_START', {}, cause));
    deps.gone(cause);
    exited.resolve();
  });
  return {
    thread,
    ready: ready.promise,
    send: (message) => {
      if (!ended) outbox.send(message);
    },
    async terminate() {
      await worker.terminate();
      await exited.promise;
    },
  };
}
