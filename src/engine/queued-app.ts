import type { CodedError } from '../lib/errors.ts';
import type { Emit, EventRef, HostEvent, Reply } from './extension.ts';
import type { QueueStatus } from './status.ts';

/** What the queue does with the events of one application. Both must not throw. */
export interface Handler {
  run(event: HostEvent, ref: EventRef): Promise<readonly Reply[]>;
  /** What an event answers that will never run. */
  refuse(event: HostEvent, reason: CodedError): readonly Reply[];
}

/** The place in the queue of one load of an application. */
export interface QueuedApp {
  /** Queues an event for this load, whether it serves or not. */
  readonly emit: Emit;
  /**
   * The application has started: what waited runs. Another load of its name that is open is replaced in this
   * moment: it keeps what it has and takes nothing more, and the new one begins with a source only when the old
   * one has no event of it left.
   */
  open(): void;
  /** Nothing new from outside; what waits runs, and events caused by it are still taken. */
  close(): void;
  /** Refuses everything from now on; what waits is answered with the reason. What runs goes on. */
  remove(reason: CodedError): void;
  /** Resolves when no event waits or runs. */
  idle(): Promise<void>;
  status(): QueueStatus;
}
