import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Socket } from 'node:net';
import type { Logger } from '../telemetry/logger.ts';
import { type AdminMethods, converse, type Patience } from './conversation.ts';
import { fail } from './errors.ts';
import { listenAt } from './place.ts';
import { answerLine, refusal } from './protocol.ts';

export interface AdminServerOptions {
  /** The data folder, absolute; whoever calls has its lock. */
  readonly home: string;
  /** What can be asked, by name. */
  readonly methods: AdminMethods;
  /** Answers HTTP requests. */
  readonly pages: RequestListener;
  /** At one time; one more is told so and closed. 32 by default. */
  readonly connections?: number;
  /** How long a client may take for one request, or to take its answer; 10 s by default. */
  readonly patienceMs?: number;
}

/** Disposal closes every connection and takes the socket away. */
export interface AdminServer extends AsyncDisposable {
  /** What clients connect to. */
  readonly path: string;
}

/**
 * Opens the admin socket: a Unix socket that only this user can connect to. A client whose first byte is a capital
 * letter speaks HTTP, any other sends JSON lines. Rejects with `ADMIN_SOCKET`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempDisposable } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { createCollector } from '../telemetry/collector.ts';
 * import { askEngine } from './client.ts';
 * await using folder = await mkdtempDisposable(`${tmpdir()}/hermes-`);
 * const home = folder.path;
 * const methods = { add: ({ a, b }) => a + b };
 * const pages = (_request, response) => void response.end('ok');
 * await using server = await createAdminServer({ home, methods, pages }, { log: createCollector() });
 * assert.equal(await askEngine('add', { a: 1, b: 2 }, { home }), 3);
 * ```
 */
export async function createAdminServer(
  options: AdminServerOptions,
  { log }: { readonly log: Logger },
): Promise<AdminServer> {
  const { home, methods, pages, connections = 32, patienceMs = 10_000 } = options;
  const sockets = new Set<Socket>();
  const stop = new AbortController();
  const http = createHttpServer({ maxHeaderSize: 16 * 1024 }, pages);
  http.on('clientError', (_error, socket) => void socket.destroy());

  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const closed = new AbortController();
    // Its end is news for nobody but those who use the signal.
    socket.on('error', () => undefined);
    const patience = patienceWith(socket, patienceMs);
    sockets.add(socket);
    socket.once('close', () => {
      patience.pause();
      sockets.delete(socket);
      closed.abort();
    });
    patience.restart();
    if (sockets.size > connections) {
      socket.end(answerLine(refusal(null, fail('ADMIN_BUSY', { connections }))));
      socket.resume();
      return;
    }
    const signal = AbortSignal.any([closed.signal, stop.signal]);
    firstByte(socket, (byte) => {
      if (isCapital(byte)) {
        http.emit('connection', socket);
        socket.resume();
      } else void converse(socket, { methods, patience, signal, log });
    });
  });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const place = stack.use(await listenAt(server, home));
  server.on('error', (error) => log.warn('Admin socket failed to take a connection', {}, error));
  const opened = stack.move();

  let disposed: Promise<void> | undefined;
  async function close(): Promise<void> {
    stop.abort();
    const gone = new Promise<void>((resolve) => void server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await gone;
    await opened.disposeAsync();
  }
  return {
    path: place.path,
    [Symbol.asyncDispose]() {
      disposed ??= close();
      return disposed;
    },
  };
}

/** Looks at the first byte and leaves it where it is; nothing happens when there is none. */
function firstByte(socket: Socket, look: (byte: number) => void): void {
  const leave = (): void => void socket.end();
  socket.once('end', leave);
  socket.once('data', (chunk: Uint8Array) => {
    socket.off('end', leave);
    socket.pause();
    socket.unshift(chunk);
    look(chunk[0] ?? 0);
  });
}

function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

/** The whole of an HTTP exchange, and each step of a conversation, must fit. */
function patienceWith(socket: Socket, ms: number): Patience {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pause = (): void => clearTimeout(timer);
  return {
    pause,
    restart() {
      pause();
      timer = setTimeout(() => socket.destroy(), ms);
    },
  };
}
