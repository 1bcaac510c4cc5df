/**
 * The flood: a process of its own that sends large bodies over many connections, again and again, until it is
 * stopped; then it tells its parent what it was answered.
 *
 * @module
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What a flood consists of. */
export interface Flood {
  readonly port: number;
  readonly host: string;
  readonly connections: number;
  /** Of each body. */
  readonly bytes: number;
}

/** Connections that send again and again, until they are told to stop. */
class Flooding {
  readonly statuses: Record<string, number> = {};
  readonly #flood: Flood;
  readonly #body: Buffer;
  readonly #sockets = new Set<Socket>();
  #stopped = false;

  constructor(flood: Flood) {
    this.#flood = flood;
    this.#body = Buffer.alloc(flood.bytes, 'x');
  }

  /** Resolves when every connection stood. */
  async start(): Promise<void> {
    const { connections } = this.#flood;
    await Promise.all(
      Array.from({ length: connections }, async () => {
        const socket = this.#open();
        // One more than there may be is let go at once, and stood nevertheless.
        await Promise.race([
          once(socket, 'connect'),
          new Promise((resolve) => socket.once('close', resolve)),
        ]);
      }),
    );
  }

  stop(): void {
    this.#stopped = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(): Socket {
    const { port, host, bytes } = this.#flood;
    const socket = connect({ port, host: '127.0.0.1' });
    this.#sockets.add(socket);
    socket.once('connect', () => {
      socket.write(`PUT /api/flood HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${bytes}\r\n\r\n`);
      socket.write(this.#body);
    });
    socket.once('data', (chunk: Buffer) => {
      const status = chunk.toString('latin1', 9, 12);
      this.statuses[status] = (this.statuses[status] ?? 0) + 1;
      socket.destroy();
    });
    // Refused before all of it was sent: the other side has closed, which is its right.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (!this.#stopped) this.#open();
    });
    return socket;
  }
}

if (import.meta.main) {
  let flooding: Flooding | undefined;
  process.on('message', (message: Flood | 'stop') => {
    if (message === 'stop') {
      flooding?.stop();
      process.send?.(flooding?.statuses ?? {});
      return;
    }
    flooding = new Flooding(message);
    void flooding.start().then(() => process.send?.('stands'));
  });
}
