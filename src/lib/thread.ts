/**
 * A thread of one's own, for whoever is not the pool: messages go both ways in batches, one for each turn of the
 * event loop.
 *
 * @module
 */
import { isMainThread, parentPort, type Transferable, Worker, workerData } from 'node:worker_threads';

export interface ThreadOptions {
  /** For debuggers. */
  readonly name: string;
  /** What the thread finds as `data`; must survive a structured clone. */
  readonly data: unknown;
  /** MiB of its JavaScript heap: when it is full the thread ends, not the process. */
  readonly heapMb: number;
}

export interface ThreadDeps<To, From> {
  readonly received: (message: From) => void;
  /** This message holds what cannot cross. */
  readonly refused: (message: To, error: unknown) => void;
  /** The thread is gone, with the error that ended it if there was one. Called once, after everything received. */
  readonly gone: (error: unknown) => void;
}

/** Disposal ends the thread, whatever it does, and resolves when it is gone. */
export interface Thread<To> extends AsyncDisposable {
  /** Buffers in `transfer` are empty here afterwards. */
  send(message: To, transfer?: readonly ArrayBuffer[]): void;
}

/**
 * Starts a thread that runs a module, which talks through {@link insideThread}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const script = new URL('data:text/javascript,process.exit(3)');
 * const { promise, resolve } = Promise.withResolvers();
 * const deps = { received() {}, refused() {}, gone: resolve };
 * await using thread = startThread(script, { name: 'example', data: {}, heapMb: 32 }, deps);
 * assert.equal(await promise, undefined);
 * ```
 */
export function startThread<To, From>(
  script: URL,
  { name, data, heapMb }: ThreadOptions,
  { received, refused, gone }: ThreadDeps<To, From>,
): Thread<To> {
  const worker = new Worker(script, {
    name,
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  const exited = Promise.withResolvers<void>();
  let ended = false;
  let cause: unknown;
  const outbox = createBatch<To>((messages, transfer) => worker.postMessage(messages, transfer), refused);
  worker.on('message', (messages: readonly From[]) => giveAll(messages, received));
  worker.on('error', (error) => {
    cause ??= error;
  });
  worker.on('messageerror', (error) => {
    cause ??= error;
    void worker.terminate();
  });
  worker.on('exit', () => {
    ended = true;
    gone(cause);
    exited.resolve();
  });
  return {
    send(message, transfer) {
      if (!ended) outbox.add(message, transfer);
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
      await exited.promise;
    },
  };
}

/** The inner side of {@link startThread}. */
export interface Inside<To, From> {
  readonly data: unknown;
  /** Hears each message of the main thread. Called once. */
  onMessage(listener: (message: To) => void): void;
  send(message: From, transfer?: readonly ArrayBuffer[]): void;
  /** Sends what waits, at once. */
  flush(): void;
  /** Hears no more messages, so that the thread ends when nothing else goes on. */
  close(): void;
}

/**
 * What a module that was started as a thread talks through; `undefined` in the main thread. `refused` hears of
 * messages that hold what cannot cross.
 */
export function insideThread<To, From>(
  refused: (message: From, error: unknown) => void,
): Inside<To, From> | undefined {
  const port = parentPort;
  if (port === null || isMainThread) return undefined;
  const outbox = createBatch<From>((messages, transfer) => port.postMessage(messages, transfer), refused);
  return {
    data: workerData,
    onMessage: (listener) =>
      void port.on('message', (messages: readonly To[]) => giveAll(messages, listener)),
    send: outbox.add,
    flush: outbox.flush,
    close() {
      outbox.flush();
      port.close();
    },
  };
}

/**
 * Buffers that can move instead of being copied: those of byte strings that are all of their buffer. Whoever calls
 * says by it that nobody else uses them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const whole = new Uint8Array(8);
 * assert.deepEqual(wholeBuffers([whole, new Uint8Array(8).subarray(4)]), [whole.buffer]);
 * ```
 */
export function wholeBuffers(all: readonly Uint8Array[]): readonly ArrayBuffer[] {
  return all.flatMap(({ buffer, byteLength }) =>
    buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [],
  );
}

/** What a listener throws is uncaught, as if each message had come alone: it does not cost the others of the batch. */
function giveAll<M>(messages: readonly M[], listener: (message: M) => void): void {
  for (const message of messages)
    try {
      listener(message);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
}

interface Batch<M> {
  readonly add: (message: M, transfer?: readonly ArrayBuffer[]) => void;
  readonly flush: () => void;
}

/**
 * So many messages go at once, and so many milliseconds one may wait for others: a side that does not end its turn does
 * not hoard what the other could work on.
 */
const MOST = 256;
const LATEST_MS = 2;

function createBatch<M>(
  post: (messages: readonly M[], transfer: Transferable[]) => void,
  refused: (message: M, error: unknown) => void,
): Batch<M> {
  let waiting: Waiting<M>[] = [];
  let scheduled = false;
  /** When the first of those that wait came. */
  let since = 0;
  function flush(): void {
    if (waiting.length === 0) return;
    const all = waiting;
    waiting = [];
    try {
      post(
        all.map(({ message }) => message),
        all.flatMap(({ transfer }) => transfer),
      );
    } catch {
      // One of them cannot cross: which one is found out below, and its error is reported there.
      for (const each of all) postAlone(each);
    }
  }
  function postAlone({ message, transfer }: Waiting<M>): void {
    try {
      post([message], [...transfer]);
    } catch (error) {
      refused(message, error);
    }
  }
  return {
    flush,
    add(message, transfer = []) {
      const now = performance.now();
      if (waiting.length === 0) since = now;
      waiting.push({ message, transfer });
      if (waiting.length >= MOST || now - since >= LATEST_MS) flush();
      if (scheduled) return;
      scheduled = true;
      setImmediate(() => {
        scheduled = false;
        flush();
      });
    },
  };
}

interface Waiting<M> {
  readonly message: M;
  readonly transfer: readonly ArrayBuffer[];
}
