/**
 * One client of the admin socket that speaks JSON lines.
 *
 * @module
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { AdminMethod } from '../engine/extension.ts';
import { isCoded } from '../lib/errors.ts';
import { suggest } from '../lib/nearest.ts';
import type { Logger } from '../telemetry/logger.ts';
import { fail } from './errors.ts';
import { linesOf } from './lines.ts';
import { answerLine, MAX_LINE, readRequest, refusal } from './protocol.ts';

/** By name. What they throw with a code is told to the client, whatever else is told to the log, too. */
export type AdminMethods = Readonly<Record<string, AdminMethod>>;

/** How long a client may keep us waiting; it is cut off then. */
export interface Patience {
  /** The client's move: the time begins anew. */
  restart(): void;
  /** Our move. */
  pause(): void;
}

export interface ConversationOptions {
  readonly methods: AdminMethods;
  readonly patience: Patience;
  /** Aborts when the connection is closed. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Answers the requests of a client one after another, until it ends. Never rejects. */
export async function converse(socket: Socket, options: ConversationOptions): Promise<void> {
  const { patience, signal, log } = options;
  try {
    for await (const line of linesOf(socket, { maxBytes: MAX_LINE })) {
      patience.pause();
      const answer = await answerTo(line, options);
      patience.restart();
      // A client that does not read is asked nothing more, and in the end cut off.
      if (!socket.write(answer)) await once(socket, 'drain', { signal });
    }
    socket.end();
  } catch (error) {
    if (!isCoded(error)) {
      // The client left in the middle, or was cut off.
      if (!socket.destroyed) log.debug('Admin connection broke off', {}, error);
      socket.destroy();
      return;
    }
    // What it still sends is read past until it ends or is cut off: else the answer would not arrive.
    socket.end(answerLine(refusal(null, error)));
    socket.resume();
  }
}

async function answerTo(line: string, { methods, signal, log }: ConversationOptions): Promise<string> {
  const { id, method, params } = readRequest(line);
  try {
    const result = await call({ method, params }, methods, signal);
    return answerLine({ id, result: result ?? null });
  } catch (error) {
    if (isCoded(error)) return answerLine(refusal(id, error));
    log.error('Admin request failed', { method }, error);
    return answerLine(refusal(id, fail('ADMIN_FAILED', { method }, error)));
  }
}

async function call(
  { method, params }: Pick<ReturnType<typeof readRequest>, 'method' | 'params'>,
  methods: AdminMethods,
  signal: AbortSignal,
): Promise<unknown> {
  if (method === undefined) throw fail('ADMIN_REQUEST');
  const run = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!run) throw fail('ADMIN_METHOD', { method, hint: suggest(method, Object.keys(methods)) });
  return run(params, { signal });
}
