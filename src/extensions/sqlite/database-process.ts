import { type ChildProcess, spawn } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import process from 'node:process';
import type { Duplex, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type CodedError, failures } from '../../lib/errors.ts';
import { sibling } from '../../lib/sibling.ts';
import type { ChildOptions } from './child/database.ts';
import { errors } from './errors.ts';
import { framed, unframer } from './frames.ts';

const fail = failures(errors);

/** MiB of V8's heap in a database process: a row is in it once as SQLite's values and once as a message. */
const HEAP_MIB = 256;

/** Characters kept of what it writes to its error output. */
const SAID = 2_000;

/** A process that runs SQL for one event at a time. Disposal kills it and waits until it is gone. */
export interface DatabaseProcess extends AsyncDisposable {
  /** Answers come in the order of the questions. Rejects with `SQLITE_LOST`, `SQLITE_MEMORY` or `SQLITE_START`. */
  ask(message: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** Questions without an answer. */
  readonly asked: number;
  /** Resolves when what was asked so far is answered, or will never be. */
  idle(): Promise<void>;
  /** Whether it can be asked. */
  readonly alive: boolean;
  /** Ends it at once, whatever it does. */
  kill(): void;
  /** Lets it close its databases and end. Resolves when it is gone; dispose it if that takes too long. */
  quit(): Promise<void>;
  readonly gone: Promise<void>;
}

interface Question {
  readonly resolve: (answer: Uint8Array<ArrayBuffer>) => void;
  readonly reject: (error: CodedError) => void;
}

/**
 * Starts a database process. It gets nothing of this one but four pipes: no environment but where Node keeps
 * code, no arguments of Node. Throws `SQLITE_START`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const files = { lasting: '/nowhere/a.sqlite', memory: '/nowhere/b.sqlite' };
 * await using child = startDatabaseProcess({ files, maxBytes: 1e6, maxValue: 1e6, maxMemory: 2e8 });
 * assert.equal(child.alive, true);
 * ```
 */
export function startDatabaseProcess(options: ChildOptions): DatabaseProcess {
  const script = fileURLToPath(sibling(import.meta, 'child/main'));
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${HEAP_MIB}`, script, JSON.stringify(options)],
    { cwd: '/', env: environment(), stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe'] },
  );
  // A process that could not be started says so in an event, too.
  const refused = Promise.withResolvers<unknown>();
  child.once('error', refused.resolve);
  const { stderr, stdio = [] } = child;
  // A pipe to a child can be read and written, whatever the types say of those behind the first three.
  const [, , , lifeline, input, output] = stdio as readonly (Duplex | null | undefined)[];
  if (!input || !output || !stderr || !lifeline) throw fail('SQLITE_START');
  return new Started({ child, refused: refused.promise, stderr, lifeline, input, output }, options);
}

/** With the code that this process keeps, if it does, one starts in a third of the time and with half of the memory. */
function environment(): Readonly<Record<string, string>> {
  const kept = getCompileCacheDir();
  return kept === undefined ? {} : { NODE_COMPILE_CACHE: dirname(kept) };
}

interface Parts {
  readonly child: ChildProcess;
  /** Why it could not be started; never, if it was. */
  readonly refused: Promise<unknown>;
  readonly stderr: Readable;
  readonly lifeline: Duplex;
  readonly input: Duplex;
  readonly output: Duplex;
}

class Started implements DatabaseProcess {
  readonly gone: Promise<void>;
  readonly #parts: Parts;
  readonly #questions: Question[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #lost: CodedError | undefined;
  /** The last that Node said before it ended by itself. */
  #said = '';

  constructor(parts: Parts, { maxMemory }: ChildOptions) {
    this.#parts = parts;
    const { child, refused, stderr, lifeline, input, output } = parts;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    void refused.then((error) => {
      this.#end(fail('SQLITE_START', {}, error));
      // Without a number it was never there; else it is a signal that could not be sent.
      if (child.pid === undefined) resolve();
    });
    child.once('close', (exitCode, signal) => {
      const lost = { exitCode, signal, said: this.#said };
      // The signal of `lifeline.ts`.
      this.#end(signal === 'SIGUSR2' ? fail('SQLITE_MEMORY', { max: maxMemory }) : fail('SQLITE_LOST', lost));
      resolve();
    });
    // Whoever writes to a process that is gone hears so from its end.
    for (const pipe of [input, output, lifeline]) pipe.on('error', () => child.kill('SIGKILL'));
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-SAID);
    });
    output.on(
      'data',
      unframer((answer) => this.#questions.shift()?.resolve(answer)),
    );
  }

  get asked(): number {
    return this.#questions.length;
  }

  get alive(): boolean {
    return this.#lost === undefined;
  }

  ask(message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#lost) return Promise.reject(this.#lost);
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    this.#questions.push({ resolve, reject });
    this.#parts.input.write(framed(message));
    this.#last = promise;
    return promise;
  }

  async idle(): Promise<void> {
    // Whoever asked hears why there is no answer.
    await this.#last.catch(() => undefined);
  }

  kill(): void {
    this.#lost ??= fail('SQLITE_LOST', { signal: 'SIGKILL' });
    this.#parts.child.kill('SIGKILL');
  }

  quit(): Promise<void> {
    this.#lost ??= fail('SQLITE_CLOSED');
    this.#parts.input.end();
    return this.gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.gone;
  }

  #end(error: CodedError): void {
    this.#lost ??= error;
    const { lifeline, input } = this.#parts;
    lifeline.destroy();
    input.destroy();
    for (const { reject } of this.#questions.splice(0)) reject(this.#lost);
  }
}
