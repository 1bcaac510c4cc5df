import type { AttachedApp, Caller } from '../../engine/extension.ts';
import { isCoded } from '../../lib/errors.ts';
import { witError } from '../../lib/wit-error.ts';
import type { Errno } from './generated/api.ts';

export interface Answering {
  readonly app: Pick<AttachedApp, 'log'>;
  readonly caller: Pick<Caller, 'signal'>;
  /** The function, in the WIT's words. */
  readonly call: string;
  /** What a module is told unless the code says more. */
  readonly errno: Errno;
  /** What it is told for these codes. */
  readonly errnos?: Readonly<Record<string, Errno>>;
  /** Codes of what is no failure: a line for those who look for it. */
  readonly expected?: readonly string[];
}

/**
 * Runs a host call. What cannot be done is an `errno` for the module and a line in the application's log that says
 * why; what has no code is a fault of ours and goes on, as does the end of the event.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CodedError } from '../../lib/errors.ts';
 * import { fakeApp, fakeCaller } from '../../testkit/index.ts';
 * const around = { app: fakeApp(), caller: fakeCaller(), call: 'file-get', errno: 'file-get-error' } as const;
 * const run = async () => {
 *   throw new CodedError('IPFS_UNAVAILABLE', { blame: 'host', text: 'Cannot ask' });
 * };
 * await assert.rejects(answering(around, run), { payload: 'service-unavailable' });
 * ```
 */
export async function answering<T>(
  { app, caller, call, errno, errnos = {}, expected = [] }: Answering,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    // Its event is over: nobody hears an answer.
    caller.signal.throwIfAborted();
    if (!isCoded(error)) throw error;
    const { code, detail, message } = error;
    const fields = { call, code, reason: message, ...detail };
    if (expected.includes(code)) app.log.debug('A call of hermes:ipfs/api found nothing', fields);
    else app.log.warn('A call of hermes:ipfs/api failed', fields);
    throw witError(code === 'IPFS_UNAVAILABLE' ? 'service-unavailable' : (errnos[code] ?? errno));
  }
}
