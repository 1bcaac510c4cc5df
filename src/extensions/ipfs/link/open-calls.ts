import { type CodedError, failures } from '../../../lib/errors.ts';
import { errors } from '../errors.ts';
import type { LinkCall } from './node-link.ts';

const fail = failures(errors);

/** A call that has been made and not answered. */
export interface OpenCall {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly app: string | undefined;
  readonly moved: readonly Uint8Array[];
  /** Whether the node has been told of it. */
  sent: boolean;
}

export interface OpenCallsOptions {
  /** Until a call is answered with `IPFS_TIMEOUT`. */
  readonly deadlineMs: number;
  /** Of one application. */
  readonly most: number;
}

export interface OpenCalls {
  /** `cancel` is called when nobody waits for the answer any more. */
  open(
    request: Pick<OpenCall, 'method' | 'args'> & LinkCall,
    cancel: (call: OpenCall) => void,
  ): { readonly call: OpenCall; readonly answer: Promise<unknown> };
  resolve(id: number, value: unknown): void;
  reject(id: number, error: unknown): void;
  /** Ends all: they reject with this. */
  rejectAll(reason: CodedError): void;
  /** In the order in which they were made. */
  all(): Iterable<OpenCall>;
  readonly size: number;
}

interface Entry {
  readonly call: OpenCall;
  readonly settle: (settle: () => void) => void;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The calls that wait for the node: each ends with its answer, its signal or its deadline, whichever is first.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const calls = createOpenCalls({ deadlineMs: 10, most: 1 });
 * const cancelled: string[] = [];
 * const { answer } = calls.open({ method: 'files.get', args: [] }, ({ method }) => void cancelled.push(method));
 * await assert.rejects(answer, { code: 'IPFS_TIMEOUT', detail: { method: 'files.get', seconds: 0.01 } });
 * assert.deepEqual(cancelled, ['files.get']);
 * ```
 */
export function createOpenCalls({ deadlineMs, most }: OpenCallsOptions): OpenCalls {
  const entries = new Map<number, Entry>();
  const byApp = new Map<string, number>();
  let next = 0;
  const count = (app: string | undefined, by: number): void => {
    if (app === undefined) return;
    const now = (byApp.get(app) ?? 0) + by;
    if (now === 0) byApp.delete(app);
    else byApp.set(app, now);
  };
  return {
    get size() {
      return entries.size;
    },
    all: () => entries.values().map(({ call }) => call),
    open({ method, args, app, signal, moved = [] }, cancel) {
      signal?.throwIfAborted();
      if (app !== undefined && (byApp.get(app) ?? 0) >= most) throw fail('IPFS_BUSY', { app, most });
      const call: OpenCall = { id: ++next, method, args, app, moved, sent: false };
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const giveUp = (reason: unknown): void =>
        settle(() => {
          reject(reason);
          cancel(call);
        });
      const abort = (): void => giveUp(signal?.reason);
      const late = (): void => giveUp(fail('IPFS_TIMEOUT', { method, seconds: deadlineMs / 1_000 }));
      const timer = setTimeout(late, deadlineMs);
      const settle = (then: () => void): void => {
        if (!entries.delete(call.id)) return;
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        count(app, -1);
        then();
      };
      signal?.addEventListener('abort', abort, { once: true });
      count(app, 1);
      entries.set(call.id, { call, settle, resolve, reject });
      return { call, answer: promise };
    },
    resolve(id, value) {
      const entry = entries.get(id);
      entry?.settle(() => entry.resolve(value));
    },
    reject(id, error) {
      const entry = entries.get(id);
      entry?.settle(() => entry.reject(error));
    },
    rejectAll(reason) {
      for (const { settle, reject } of [...entries.values()]) settle(() => reject(reason));
    },
  };
}
