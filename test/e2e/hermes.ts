/**
 * The command `hermes` as people start it.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCli } from '../../src/cli/cli.ts';

const BIN = fileURLToPath(new URL('../../bin/hermes', import.meta.url));
/** Variables of whoever runs the tests must not matter. */
const ENV = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', NO_COLOR: '1' };

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started extends AsyncDisposable {
  /** What was written so far. */
  readonly out: string;
  readonly err: string;
  /** Resolves when what it wrote matches; rejects when it ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: 'SIGINT' | 'SIGTERM'): void;
  readonly ended: Promise<Ended>;
}

/** Runs a command line to its end in a process of its own. */
export async function hermesProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  await using started = start(args, env);
  return await started.ended;
}

/**
 * Runs a command line to its end in this process, where the process is not what a test is about: starting one takes
 * longer than most of what is tested.
 */
export async function hermes(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const text = { out: '', err: '' };
  const err = (more: string): void => {
    text.err += more;
  };
  const code = await runCli(args, {
    out: (more) => {
      text.out += more;
    },
    err,
    log: { write: err },
    env: { ...ENV, ...env },
    colors: false,
    // Whoever wants to interrupt it starts a process.
    onSignal: () => ({ [Symbol.dispose]() {} }),
  });
  return { code, ...text };
}

/** Starts a command line in a process of its own; disposal kills what still runs. */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(process.execPath, [BIN, ...args], {
    env: { ...ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  const watchers = new Set<() => void>();
  for (const [name, stream] of [
    ['out', child.stdout],
    ['err', child.stderr],
  ] as const) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
      for (const watcher of watchers) watcher();
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...text }));
  });
  return {
    get out() {
      return text.out;
    },
    get err() {
      return text.err;
    },
    ended,
    kill: (signal) => void child.kill(signal),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(`${text.out}\n${text.err}`);
          if (!found) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        look();
        void ended.then(({ code }) =>
          reject(new Error(`hermes ended with ${code} before ${pattern}:\n${text.out}${text.err}`)),
        );
      }),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}
