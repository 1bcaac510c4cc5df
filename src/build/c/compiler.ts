import type { Tree } from '@yowasp/clang';
import { startTool, type ToolProcess } from '../tool-process.ts';

export interface CompileTask {
  /** What clang is started with; paths are those of `files`. */
  readonly args: readonly string[];
  readonly files: Tree;
  /** The file that clang writes. */
  readonly output: string;
}

export interface Compiled {
  /** `undefined` when the compiler refused. */
  readonly core: Uint8Array | undefined;
  /** What it wrote. */
  readonly said: string;
}

/**
 * clang, in a process of its own, which is started with the first task and stays for the next for a while: loading
 * takes longer than a small module. Disposal ends what it does.
 */
export interface Compiler extends AsyncDisposable {
  /** Rejects with `BUILD_TOOL` when the process ends without an answer, or with the signal's reason. */
  compile(task: CompileTask, signal?: AbortSignal): Promise<Compiled>;
}

/** It has a few hundred megabytes, which somebody who edits and builds does not mind; an engine that serves does. */
const STAYS_MS = 60_000;

/** A compiler for all builds of its owner. Starts nothing yet. */
export function createCompiler(): Compiler {
  let tool: ToolProcess<CompileTask, Compiled> | undefined;
  let leaving: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const end = async (): Promise<void> => {
    clearTimeout(leaving);
    const ending = tool;
    tool = undefined;
    await ending?.[Symbol.asyncDispose]();
  };
  const compile = async (task: CompileTask, signal?: AbortSignal): Promise<Compiled> => {
    clearTimeout(leaving);
    signal?.throwIfAborted();
    tool ??= startTool(new URL('./compiler-child.ts', import.meta.url), 'clang');
    try {
      const compiled = await tool.ask(task, signal);
      leaving = setTimeout(() => void end(), STAYS_MS).unref();
      return compiled;
    } catch (error) {
      // It is gone or of no more use: the next task gets another.
      await end();
      throw error;
    }
  };
  return {
    compile: (task, signal) => {
      // One after another, whatever became of those before: whoever asked for them hears of it.
      const compiled = last.then(() => compile(task, signal));
      last = compiled.catch(() => undefined);
      return compiled;
    },
    [Symbol.asyncDispose]: end,
  };
}
