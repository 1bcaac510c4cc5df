/**
 * What an engine says of itself: plain data, for people and programs that look at it.
 *
 * @module
 */
import { isCoded } from '../lib/errors.ts';
import type { AttachedApp } from './extension.ts';

/** Events that the queue holds. */
export interface QueueStatus {
  readonly waiting: number;
  readonly running: number;
  /** Held by both. */
  readonly bytes: number;
}

export interface ModuleStatus {
  readonly name: string;
  /** Calls since it was loaded, those that run included. */
  readonly calls: number;
  /** How many of them failed, by a trap or otherwise. */
  readonly failed: number;
  /** The newest failure; absent when there was none. */
  readonly lastError?: {
    readonly code: string;
    readonly text: string;
    /** When, as ISO 8601. */
    readonly at: string;
  };
}

export interface AppStatus {
  readonly name: string;
  readonly version: string;
  readonly state: AttachedApp['state'];
  /** In manifest order. */
  readonly modules: readonly ModuleStatus[];
  readonly queue: QueueStatus;
}

export interface EngineStatus {
  readonly state: 'running' | 'stopping';
  /** By name, in the order of loading. */
  readonly apps: readonly AppStatus[];
  readonly queue: QueueStatus & {
    /** What may be queued in all. */
    readonly limits: { readonly events: number; readonly bytes: number };
  };
}

/** What {@link AppStatus} says of one module, kept while it is called. */
export class ModuleRecord {
  #calls = 0;
  #failed = 0;
  #last: { readonly error: unknown; readonly at: Temporal.Instant } | undefined;

  /** A call begins; answers how many there were before it. */
  begin(): number {
    return this.#calls++;
  }

  fail(error: unknown, at: Temporal.Instant): void {
    this.#failed++;
    this.#last = { error, at };
  }

  status(name: string): ModuleStatus {
    const counts = { name, calls: this.#calls, failed: this.#failed };
    if (!this.#last) return counts;
    const reason = reasonOf(this.#last.error);
    const text = Error.isError(reason) ? reason.message : String(reason);
    return { ...counts, lastError: { code: outcomeOf(reason), text, at: this.#last.at.toString() } };
  }
}

/**
 * What a failure counts as: its code, or `error`. A trap in a host function counts as what the function said: a
 * limit, or that a TypeScript handler threw.
 */
export function outcomeOf(error: unknown): string {
  const reason = reasonOf(error);
  return isCoded(reason) ? reason.code : 'error';
}

function reasonOf(error: unknown): unknown {
  return isCoded(error) && error.code === 'TRAP_HOST' && isCoded(error.cause) ? error.cause : error;
}
