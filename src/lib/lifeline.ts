import { Worker } from 'node:worker_threads';

export interface LifelineOptions {
  /** A pipe or socket that nobody else reads. */
  readonly descriptor: number;
  /** Bytes of memory that the process may have in all, Node included. */
  readonly maxMemory: number;
}

/** Milliseconds that the thread may take to start. */
const START_MS = 30_000;

/**
 * Binds the life of this process to a pipe: when its other end is closed, as it is when the process that holds it
 * dies in whatever way, this process is killed at once (`SIGKILL`), even when its main thread is in a call that
 * never returns. So it is when it has too much memory (`SIGUSR2`). When this returns, the watch has begun.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { spawn } from 'node:child_process';
 * import { once } from 'node:events';
 * const busy = `
 *   import { hangOn } from '${import.meta.url}';
 *   hangOn({ descriptor: 3, maxMemory: Infinity });
 *   for (;;);`;
 * const args = ['--input-type=module', '--eval', busy];
 * const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
 * child.stdio[3]?.destroy();
 * assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL']);
 * ```
 */
export function hangOn(options: LifelineOptions): void {
  const started = new Int32Array(new SharedArrayBuffer(4));
  // As text: a module would have to be loaded, and the types taken out of it, which needs more memory than all else.
  // And without the options of Node that this process was started with.
  new Worker(`(${watch})()`, {
    eval: true,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
    workerData: { ...options, started },
  });
  if (Atomics.wait(started, 0, 0, START_MS) === 'timed-out') {
    throw new Error(`The thread that watches over this process did not start within ${START_MS} ms`);
  }
}

/** Runs in a thread of its own, with nothing of this file around it. */
function watch(): void {
  const { Socket } = process.getBuiltinModule('node:net');
  const { descriptor, maxMemory, started } = process.getBuiltinModule('node:worker_threads')
    .workerData as LifelineOptions & { readonly started: Int32Array };
  // A signal, not `exit`, which waits for what runs: that is what must end.
  const kill = (): void => void process.kill(process.pid, 'SIGKILL');
  new Socket({ fd: descriptor, writable: false }).on('error', kill).on('close', kill).resume();
  setInterval(() => {
    if (process.memoryUsage.rss() > maxMemory) process.kill(process.pid, 'SIGUSR2');
  }, 100);
  Atomics.store(started, 0, 1);
  Atomics.notify(started, 0);
}
