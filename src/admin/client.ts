import { connect, type Socket } from 'node:net';
import { CodedError, isCoded } from '../lib/errors.ts';
import { errors, fail } from './errors.ts';
import { linesOf } from './lines.ts';
import { socketOf } from './place.ts';
import { isRecord } from './protocol.ts';

export interface AskOptions {
  /** The engine's data folder. */
  readonly home: string;
  /** How long the engine may take; 10 s by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** An engine says much of itself, but not without end. */
const MAX_ANSWER = 64 * 1024 * 1024;

/**
 * Asks the engine that runs in a data folder. Rejects with `ENGINE_NOT_RUNNING`, `ENGINE_UNREACHABLE`,
 * `ENGINE_SILENT`, `ENGINE_ANSWER`, the error that the engine answers, or the signal's reason.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * await assert.rejects(askEngine('status', {}, { home: '/nowhere' }), { code: 'ENGINE_NOT_RUNNING' });
 * ```
 */
export async function askEngine(
  method: string,
  params: Readonly<Record<string, unknown>>,
  { home, timeoutMs = 10_000, signal }: AskOptions,
): Promise<unknown> {
  const late = AbortSignal.timeout(timeoutMs);
  const ended = signal ? AbortSignal.any([signal, late]) : late;
  try {
    using socket = await connected(await pathOf(home), ended);
    using _ = onAbort(ended, () => socket.destroy(ended.reason));
    // The other half stays open for the answer.
    socket.end(`${JSON.stringify({ id: 1, method, params })}\n`);
    for await (const line of linesOf(socket, { maxBytes: MAX_ANSWER })) return resultOf(line, method);
    throw fail('ENGINE_ANSWER', { method, found: 'nothing' });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (late.aborted) throw fail('ENGINE_SILENT', { home, method, seconds: timeoutMs / 1000 });
    if (isCoded(error)) throw error.code === 'ADMIN_LINE' ? fail('ENGINE_ANSWER', { method }, error) : error;
    // It went while it was asked.
    throw fail('ENGINE_NOT_RUNNING', { home }, error);
  }
}

async function pathOf(home: string): Promise<string> {
  try {
    return await socketOf(home);
  } catch (error) {
    throw fail('ENGINE_UNREACHABLE', { home }, error);
  }
}

/** Nobody is there to answer, or nothing is. */
const ABSENT: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'ENAMETOOLONG', 'EINVAL']);

async function connected(path: string, signal: AbortSignal): Promise<Socket & Disposable> {
  signal.throwIfAborted();
  const socket = connect({ path, allowHalfOpen: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve).once('error', reject);
  try {
    using _ = onAbort(signal, () => reject(signal.reason));
    await promise;
  } catch (error) {
    socket.destroy();
    if (signal.aborted || !Error.isError(error)) throw error;
    const code = 'code' in error ? error.code : undefined;
    throw fail(ABSENT.has(code) ? 'ENGINE_NOT_RUNNING' : 'ENGINE_UNREACHABLE', { path }, error);
  }
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.destroy() });
}

function onAbort(signal: AbortSignal, run: () => void): Disposable {
  signal.addEventListener('abort', run, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', run) };
}

function resultOf(line: string, method: string): unknown {
  let answer: unknown;
  try {
    answer = JSON.parse(line);
  } catch (error) {
    throw fail('ENGINE_ANSWER', { method, found: line.slice(0, 200) }, error);
  }
  if (isRecord(answer) && 'result' in answer) return answer['result'];
  if (isRecord(answer) && isRecord(answer['error'])) throw errorOf(answer['error']);
  throw fail('ENGINE_ANSWER', { method, found: line.slice(0, 200) });
}

/** The engine's own error, as if it had been thrown here. */
function errorOf({ code, blame, text, detail, cause }: Readonly<Record<string, unknown>>): CodedError {
  const whose = blame === 'guest' || blame === 'operator' || blame === 'caller' ? blame : 'host';
  const row = { blame: whose, text: typeof text === 'string' ? text : errors.ENGINE_ANSWER.text } as const;
  const found = isRecord(detail) ? detail : {};
  const because = isRecord(cause) && typeof cause['text'] === 'string' ? new Error(cause['text']) : undefined;
  return new CodedError(typeof code === 'string' ? code : 'ENGINE_ANSWER', row, found, because);
}
