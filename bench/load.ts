/**
 * The load generator: a process of its own that sends requests over connections which it keeps, one at a time on
 * each, and tells its parent how long a block took. It reads HTTP just far enough to know where an answer ends.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';

/** One block of requests. */
export interface Load {
  readonly port: number;
  /** One request, as it goes over the wire. */
  readonly request: string;
  readonly connections: number;
  readonly requests: number;
}

export interface Loaded {
  readonly seconds: number;
  /** One in a hundred requests took longer, in microseconds. */
  readonly p99Us: number;
  /** Answers by status code. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** Runs one block. The clock starts when all connections stand. */
async function run({ port, request, connections, requests }: Load): Promise<Loaded> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const statuses: Record<string, number> = {};
  const took: number[] = [];
  let left = requests;
  const start = performance.now();
  await Promise.all(
    sockets.map((socket) => {
      let sent = 0;
      const next = (): boolean => {
        if (left === 0) return false;
        left--;
        sent = performance.now();
        socket.write(request);
        return true;
      };
      return answers(
        socket,
        (status) => {
          statuses[status] = (statuses[status] ?? 0) + 1;
          took.push(performance.now() - sent);
          return next();
        },
        next,
      );
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const socket of sockets) socket.destroy();
  took.sort((a, b) => a - b);
  const p99Us = (took[Math.ceil(took.length * 0.99) - 1] ?? 0) * 1000;
  return { seconds, p99Us, statuses };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('connect', () => resolve(socket)).once('error', reject);
  });
}

/** Resolves when `again` says that this connection has done its part. */
function answers(socket: Socket, again: (status: string) => boolean, first: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let waiting: Buffer = Buffer.alloc(0);
    let wanted = -1;
    let status = '';
    socket.on('data', (chunk: Buffer) => {
      waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
      if (wanted < 0) {
        const end = waiting.indexOf('\r\n\r\n');
        if (end < 0) return;
        const head = waiting.toString('latin1', 0, end);
        const length = /^content-length: (\d+)/im.exec(head)?.[1];
        if (length === undefined)
          return reject(new Error(`Cannot measure: an answer has no length:\n${head}`));
        status = head.slice(9, 12);
        wanted = end + 4 + Number(length);
      }
      if (waiting.length < wanted) return;
      waiting = waiting.subarray(wanted);
      wanted = -1;
      if (!again(status)) resolve();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('Cannot measure: the server closed a connection')));
    if (!first()) resolve();
  });
}

if (import.meta.main) {
  process.on('message', (load: Load) => {
    run(load).then(
      (loaded) => process.send?.(loaded),
      (error: unknown) => process.send?.({ failed: String(error) }),
    );
  });
}
