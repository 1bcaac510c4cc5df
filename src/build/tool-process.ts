/**
 * A build tool in a process of its own: a build can be ended at any moment, its memory goes with it, and what a native
 * library does with memory, threads or a panic is no danger to an engine that runs beside it.
 *
 * @module
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { fail } from './errors.ts';

/** A process that waits for tasks. It keeps nobody from ending while it has none. Disposal ends it, whatever it does. */
export interface ToolProcess<Task, Answer> extends AsyncDisposable {
  /**
   * One at a time. Rejects with `BUILD_TOOL` when the process ends without an answer, or with the signal's reason, which
   * ends the process.
   */
  ask(task: Task, signal?: AbortSignal): Promise<Answer>;
}

/** Starts a module that answers each message with one. It takes a moment to be ready: call this early. */
export function startTool<Task extends object, Answer>(file: URL, tool: string): ToolProcess<Task, Answer> {
  // In a group of its own: Ctrl-C on a terminal is for us to hear, and to end it then.
  // Its WebAssembly runs for a moment: what optimising it costs is more than it gives.
  const execArgv = ['--liftoff-only', '--wasm-lazy-validation'];
  const child = fork(fileURLToPath(file), [], { serialization: 'advanced', execArgv, detached: true });
  const failed = Promise.withResolvers<never>();
  const ended = new Promise<void>((resolve) => {
    child.once('error', (cause) => {
      failed.reject(fail('BUILD_TOOL', { tool }, cause));
      resolve();
    });
    child.once('exit', (code, by) => {
      failed.reject(fail('BUILD_TOOL', { tool, status: code ?? by }));
      resolve();
    });
  });
  // Whoever asks hears of it; until then it is nobody's.
  failed.promise.catch(() => undefined);
  const hold = (): void => {
    child.ref();
    child.channel?.ref();
  };
  const letGo = (): void => {
    child.unref();
    child.channel?.unref();
  };
  letGo();
  return {
    ask: async (task, signal) => {
      const abort = (): void => {
        failed.reject(signal?.reason);
        child.kill('SIGKILL');
      };
      hold();
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
      else child.send(task);
      try {
        const [answer] = await Promise.race([once(child, 'message'), failed.promise]);
        return answer as Answer;
      } finally {
        signal?.removeEventListener('abort', abort);
        letGo();
      }
    },
    async [Symbol.asyncDispose]() {
      hold();
      child.kill('SIGKILL');
      await ended;
    },
  };
}
