/**
 * A `node:http` server with every limit set, and what it owes to its connections.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../engine/extension.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { HttpGatewayConfig } from './config.ts';
import { type Connection, createConnection, type Exchange, type Handle, statusOf } from './connection.ts';
import type { Seats } from './seats.ts';

export interface ServerOptions {
  readonly config: HttpGatewayConfig;
  readonly handle: Handle;
  readonly clock: Clock;
  readonly log: Logger;
  /** Every open connection is added, and taken away when it is closed. */
  readonly connections: Set<Connection>;
  readonly seats: Seats;
}

/** A server for one address, not listening yet. */
export function createHttpServer(options: ServerOptions): Server {
  const { config, handle, clock, log, connections, seats } = options;
  const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs } = config;
  const server = createServer({
    headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // Node looks this often for clients that are late.
    connectionsCheckingInterval: Math.max(20, Math.min(5000, Math.ceil(headersTimeoutMs / 4))),
    maxHeaderSize: config.maxHeaderBytes,
    insecureHTTPParser: false,
    // Ours says the same, in the form of our other answers.
    requireHostHeader: false,
    keepAlive: false,
    noDelay: true,
  });
  // Node would leave out, without a word, what comes after the 2,000th; the size is bounded already.
  server.maxHeadersCount = 0;
  const bySocket = new WeakMap<Socket, Connection>();
  let refused = 0;
  server.on('connection', (socket) => {
    const seat = seats.take({ address: socket.remoteAddress ?? '', close: () => socket.destroy() });
    if (!seat) {
      socket.destroy();
      // At the first, second, fourth, eighth … time: who floods us does not flood the log.
      if (!Number.isInteger(Math.log2(++refused))) return;
      log.warn('Connection refused: too many are open', { refused, maxConnections: config.maxConnections });
      return;
    }
    const connection = createConnection(socket, { handle, clock, seat });
    bySocket.set(socket, connection);
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  });
  const take =
    (expects: Exchange['expects']) =>
    (request: IncomingMessage, response: ServerResponse): void =>
      bySocket.get(request.socket)?.request(request, response, { expects });
  server.on('request', take('nothing'));
  server.on('checkContinue', take('continue'));
  server.on('checkExpectation', take('unknown'));
  server.on('connect', (request) => bySocket.get(request.socket)?.refuse(501));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') socket.destroy();
    else bySocket.get(socket as Socket)?.refuse(statusOf(error));
  });
  return server;
}
