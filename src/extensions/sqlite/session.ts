import type { Clock } from '../../engine/extension.ts';
import { failures } from '../../lib/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Counter } from '../../telemetry/metrics.ts';
import { after } from './after.ts';
import { Writer } from './bytes.ts';
import type { DatabaseProcess } from './database-process.ts';
import { errors } from './errors.ts';
import type { Leases } from './leases.ts';
import { OP } from './protocol.ts';

const fail = failures(errors);

/** One event's use of a database process. */
export interface Session {
  /** Rejects with `SQLITE_LOST`, `SQLITE_START`, or the reason of the event's end. */
  ask(message: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** Resolves when the process was given back or killed. The event's signal ends it, too. */
  end(): Promise<void>;
}

export interface SessionOptions {
  /** Aborts when the event ends. */
  readonly signal: AbortSignal;
  /** Told once, when the event has ended. */
  readonly ended: () => void;
}

export interface SessionDeps {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Logger;
  /** Counts processes that had to be killed. */
  readonly killed: Counter;
}

/**
 * How long a process may go on with what an event asked that has ended, and how long it may take to clean up
 * behind it; then it is killed. It serves nobody else, so nobody else is harmed.
 */
const GRACE_MS = 1_000;
const CLEAN_MS = 5_000;

/** Takes a process when the event first asks, and keeps it to the event's end. */
export function createSession(
  { signal, ended }: SessionOptions,
  { leases, clock, log, killed }: SessionDeps,
): Session {
  const stop = new AbortController();
  let lease: Promise<DatabaseProcess> | undefined;
  let ending: Promise<void> | undefined;

  function end(): Promise<void> {
    signal.removeEventListener('abort', onAbort);
    ending ??= finish();
    return ending;
  }
  const onAbort = (): void => void end();

  async function finish(): Promise<void> {
    stop.abort(signal.aborted ? signal.reason : fail('SQLITE_CLOSED'));
    ended();
    if (!lease) return;
    let process: DatabaseProcess;
    try {
      process = await lease;
    } catch {
      // Whoever asked was told; there is no process to give back.
      return;
    }
    if (process.asked > 0) await within(process, GRACE_MS, process.idle());
    if (process.alive) await within(process, CLEAN_MS, process.ask(END));
    leases.give(process);
  }
  /** Kills the process if this takes longer. */
  async function within(process: DatabaseProcess, ms: number, work: Promise<unknown>): Promise<void> {
    const kill = (): void => {
      log.warn('Database process killed: it was busy when its event ended', { ms });
      killed.add();
      process.kill();
    };
    using _ = after(clock, { milliseconds: ms }, kill);
    // The event is over, so nobody is left who could be told; a process that is lost is given back as such.
    await work.catch(() => undefined);
  }

  signal.addEventListener('abort', onAbort, { once: true });
  return {
    async ask(message) {
      signal.throwIfAborted();
      stop.signal.throwIfAborted();
      lease ??= leases.take({ signal: stop.signal });
      const process = await lease;
      stop.signal.throwIfAborted();
      return process.ask(message);
    },
    end,
  };
}

const END = endMessage();

function endMessage(): Uint8Array {
  const writer = new Writer();
  writer.u8(OP.end);
  return writer.copy();
}
