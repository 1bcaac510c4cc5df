/**
 * Makes components in a process of its own: a build can be ended at any moment, and what a native library does
 * with memory, threads or a panic is no danger to an engine that runs beside it.
 *
 * @module
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { fail } from '../errors.ts';

export interface ComponentizeTask {
  /** File of the WIT. */
  readonly witPath: string;
  readonly world: string;
  /** What a template is made of, if it has to be. */
  readonly templateSource: string;
  /** The template that was made of the same WIT and source. */
  readonly template: Uint8Array | undefined;
  /** The script that is evaluated in it. */
  readonly code: string;
}

/** What the process answers. */
export type ComponentizeAnswer =
  /** `template` if it had to be made. */
  | { readonly component: Uint8Array; readonly template: Uint8Array | undefined }
  /** What the code threw, and its stack. */
  | { readonly thrown: string }
  /** The host function that the code called. */
  | { readonly called: string }
  /** What the tool complains of. */
  | { readonly complaint: string };

/** A process that waits for its one task. Disposal ends it, whatever it does. */
export interface Componentizer extends AsyncDisposable {
  /** Rejects with `BUILD_TOOL` when the process ends without an answer, or with the signal's reason. */
  run(task: ComponentizeTask): Promise<ComponentizeAnswer>;
}

/** Starts the process. It takes a moment to be ready, so call this before there is something to do. */
export function createComponentizer({ signal }: { readonly signal?: AbortSignal } = {}): Componentizer {
  const file = fileURLToPath(new URL('./componentize-child.ts', import.meta.url));
  // In a group of its own: Ctrl-C on a terminal is for us to hear, and to end it then.
  // The code runs once: what optimising it costs is more than it gives.
  const execArgv = ['--liftoff-only'];
  const child = fork(file, [], { serialization: 'advanced', execArgv, detached: true });
  const failed = Promise.withResolvers<never>();
  const ended = new Promise<void>((resolve) => {
    child.once('error', (cause) => {
      failed.reject(fail('BUILD_TOOL', { tool: 'componentize-qjs' }, cause));
      resolve();
    });
    child.once('exit', (code, by) => {
      failed.reject(fail('BUILD_TOOL', { tool: 'componentize-qjs', status: code ?? by }));
      resolve();
    });
  });
  // Whoever runs a task hears of it; until then it is nobody's.
  failed.promise.catch(() => undefined);
  const abort = (): void => {
    failed.reject(signal?.reason);
    child.kill('SIGKILL');
  };
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  return {
    run: async (task) => {
      child.send(task);
      const [answer] = await Promise.race([once(child, 'message'), failed.promise]);
      return answer as ComponentizeAnswer;
    },
    async [Symbol.asyncDispose]() {
      signal?.removeEventListener('abort', abort);
      child.kill('SIGKILL');
      await ended;
    },
  };
}
