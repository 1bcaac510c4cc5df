import type { LogStream } from '../telemetry/pino-logger.ts';

/** What a command may touch of the process around it; a test hands in its own. */
export interface Io {
  /** Results. */
  readonly out: (text: string) => void;
  /** Everything that is no result. */
  readonly err: (text: string) => void;
  /** The log of an engine that runs here. */
  readonly log: LogStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether what goes to `err` may be coloured. */
  readonly colors: boolean;
  /** Calls `on` for each Ctrl-C or SIGTERM from now on; disposal gives them back to the system. */
  readonly onSignal: (on: (signal: 'SIGINT' | 'SIGTERM') => void) => Disposable;
}

/** The real process. `NO_COLOR` and output into files are respected. */
export function processIo(process: NodeJS.Process): Io {
  for (const stream of [process.stdout, process.stderr]) {
    // Whoever read along may have gone, as `head` does: what is left to say is for nobody.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    log: process.stderr,
    env: process.env,
    colors: process.stderr.isTTY === true && !process.env['NO_COLOR'],
    onSignal: (on) => {
      const signals = ['SIGINT', 'SIGTERM'] as const;
      for (const signal of signals) process.on(signal, on);
      return {
        [Symbol.dispose]: () => {
          for (const signal of signals) process.off(signal, on);
        },
      };
    },
  };
}
