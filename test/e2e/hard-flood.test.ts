import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { isHttpGateway } from '../../src/extensions/http-gateway/index.ts';
import { checkLog } from '../conformance/check-log.ts';
import { long } from '../count.ts';
import { type HardWorld, hardComponent, hardWorld, workerCounts } from './hard/world.ts';

const CONNECTIONS = long ? 1_000 : 40;
/** Requests of the other application, half of them with large bodies of their own. */
const ASKED = long ? 10 : 4;
const BODY = Buffer.alloc(10 * 2 ** 20, 'x');

const hard = await hardComponent();

/** Connections to one application that send bodies of 10 MiB, again and again. */
class Flood implements Disposable {
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #over = false;
  /** Answers by status; `none` where the connection ended before one came. */
  readonly statuses: Record<string, number> = {};

  constructor({ node }: HardWorld, connections: number) {
    const gateway = node.services.get('http-gateway');
    assert.ok(gateway && isHttpGateway(gateway));
    this.#port = gateway.port;
    for (let n = 0; n < connections; n++) this.#open();
  }

  #open(): void {
    const socket = connect({ port: this.#port, host: '127.0.0.1' });
    let status = 'none';
    this.#sockets.add(socket);
    socket.write(
      `PUT /api/echo HTTP/1.1\r\nhost: greedy.localhost\r\nconnection: close\r\ncontent-length: ${BODY.length}\r\n\r\n`,
    );
    socket.write(BODY);
    socket.once('data', (chunk: Buffer) => {
      status = chunk.toString('latin1', 9, 12);
      socket.destroy();
    });
    // One that is refused may be closed before all of it was sent.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#over) return;
      this.statuses[status] = (this.statuses[status] ?? 0) + 1;
      this.#open();
    });
  }

  [Symbol.dispose](): void {
    this.#over = true;
    for (const socket of this.#sockets) socket.destroy();
  }
}

for (const workers of workerCounts) {
  const name = workers === 0 ? 'in one thread' : `with ${workers} workers`;
  describe(`a flood of ${CONNECTIONS} connections, ${name}`, { timeout: 180_000 }, () => {
    test('leaves every request of another application its answer', async () => {
      // Who finds no room is refused after this time, and not before: it is how long a flood takes at the least.
      const gateway = long ? {} : { roomTimeoutMs: 1_500 };
      const world = await hardWorld({ workers, gateway });
      await using _ = world;
      await world.run('greedy', hard);
      await world.run('modest', hard);
      const flood = new Flood(world, CONNECTIONS);
      using _flood = flood;
      const full = (): boolean => (flood.statuses['200'] ?? 0) > 0 && (flood.statuses['503'] ?? 0) > 0;
      for (let asked = 0; asked < ASKED || !full(); asked++) {
        // The last ones bring bodies of their own: their room is not the flood's.
        const body = asked < ASKED / 2 ? 'four' : BODY.subarray(0, 2 ** 20);
        const { status, text } = await world.ask('modest', 'PUT', '/api/echo', { body });
        assert.deepEqual([status, text], [200, String(body.length)]);
      }
      assert.deepEqual(
        Object.keys(flood.statuses).filter((status) => !['200', '503', 'none'].includes(status)),
        [],
        JSON.stringify(flood.statuses),
      );
      flood[Symbol.dispose]();
      await world.node.drain();
      assert.equal(world.node.metrics.value('hermes_events_queued_bytes'), 0);
      const { faults, open } = await checkLog(world.lines);
      assert.deepEqual({ faults, open }, { faults: [], open: [] });
    });
  });
}
