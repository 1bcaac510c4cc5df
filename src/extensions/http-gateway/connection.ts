/**
 * One connection: its requests one after another, and a well-formed end when what comes is no HTTP.
 *
 * @module
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../engine/extension.ts';
import type { Seat } from './seats.ts';

/** Handles one request to its end; never rejects. */
export type Handle = (exchange: Exchange) => Promise<void>;

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Of its `Expect`: to hear that its body is wanted, or what nobody knows. */
  readonly expects: 'nothing' | 'continue' | 'unknown';
  /** Aborts with a number, the status to answer, when the rest of this request cannot come. */
  readonly broken: AbortSignal;
  /** Of its connection. */
  readonly seat: Seat;
}

export interface Connection {
  request(request: IncomingMessage, response: ServerResponse, options: Pick<Exchange, 'expects'>): void;
  /** What came is no HTTP, or not in time: the answer to it is the last. */
  refuse(status: number): void;
  destroy(): void;
}

/** A client that sends this many requests without waiting is not read from until some are answered. */
const MAX_WAITING = 16;
/** A client that still sends after its last answer is cut off after this long. */
const LINGER_MS = 500;

interface Job {
  readonly exchange: Exchange;
  readonly stop: AbortController;
}

export interface ConnectionOptions {
  readonly handle: Handle;
  readonly clock: Clock;
  readonly seat: Seat;
}

/** The connection over a socket. */
export function createConnection(socket: Socket, { handle, clock, seat }: ConnectionOptions): Connection {
  const waiting: Job[] = [];
  let running = false;
  let last: Job | undefined;
  let refused: { readonly status: number | undefined } | undefined;
  let ended = false;

  async function run(first: Job): Promise<void> {
    running = true;
    seat.works();
    for (let job: Job | undefined = first; job !== undefined; job = waiting.shift()) {
      // The time that the client had for the previous answer.
      if (job !== first) socket.setTimeout(0);
      if (waiting.length < MAX_WAITING && socket.isPaused()) socket.resume();
      await handle(job.exchange);
    }
    running = false;
    seat.rests();
    if (refused !== undefined) end(refused.status);
  }

  function end(status: number | undefined): void {
    if (ended) return;
    ended = true;
    if (status !== undefined) socket.write(lastAnswer(status, clock));
    endSoon(socket);
  }

  socket.once('close', () => {
    // Nobody is there to answer: what has not begun does not begin.
    waiting.length = 0;
    seat.leave();
  });
  return {
    request(request, response, { expects }) {
      const job = jobOf({ request, response, expects, seat });
      last = job;
      if (!running) void run(job);
      else if (waiting.push(job) >= MAX_WAITING) socket.pause();
    },
    refuse(status) {
      if (refused !== undefined || ended) return;
      if (!socket.writable) {
        socket.destroy();
        return;
      }
      if (last === undefined || last.exchange.request.complete) refused = { status };
      else {
        // The body of a request is what is wrong: the answer to that request says so, and no other follows.
        refused = { status: undefined };
        last.stop.abort(status);
      }
      if (!running) end(refused.status);
    },
    destroy: () => socket.destroy(),
  };
}

function jobOf(exchange: Omit<Exchange, 'broken'>): Job {
  const stop = new AbortController();
  return { exchange: { ...exchange, broken: stop.signal }, stop };
}

/** Ends our side, and the other one in a while. */
function endSoon(socket: Socket): void {
  socket.end();
  // What is still on its way is read past, so that the answer is not thrown away with it.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}

/** Written by hand because what it answers never became a request. */
function lastAnswer(status: number, clock: Clock): string {
  const text = `${status} ${STATUS_CODES[status] ?? 'Error'}`;
  return [
    `HTTP/1.1 ${text}`,
    `Date: ${new Date(clock.now().epochMilliseconds).toUTCString()}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${text.length + 1}`,
    '',
    `${text}\n`,
  ].join('\r\n');
}

/**
 * The status for what Node's parser or its clock found wrong.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(statusOf({ code: 'HPE_HEADER_OVERFLOW' }), 431);
 * assert.equal(statusOf({ code: 'HPE_INVALID_METHOD' }), 400);
 * ```
 */
export function statusOf({ code }: { readonly code?: string | undefined }): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  return 400;
}
