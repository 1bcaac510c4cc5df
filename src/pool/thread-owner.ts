import type { CodedError } from '../lib/errors.ts';
import type { Thread } from './thread.ts';
import type { ThreadCall } from './thread-call.ts';

/** Why a thread is replaced, and which call is to blame. */
export interface Doom {
  readonly culprit: ThreadCall | undefined;
  readonly reason: CodedError;
}

/** Whom a thread tells what happened. */
export interface ThreadOwner {
  /** Something may be dispatched here that could not be before. */
  roomier(): void;
  /** The call was not entered and must find another thread. */
  dispatch(call: ThreadCall): void;
  /** It runs a guest that does not end: it must be replaced. */
  stuck(thread: Thread, culprit: ThreadCall | undefined, reason: CodedError): void;
  /** The worker is gone; `calls` were in it. */
  gone(thread: Thread, cause: unknown): void;
}
