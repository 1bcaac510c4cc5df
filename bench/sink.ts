/**
 * `node:http` and nothing else, which reads what it is sent and answers how much that was. As a process of its own it
 * tells its parent the port.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on a free port. */
export async function startSink(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length;
    });
    request.on('end', () => {
      const body = `${bytes}\n`;
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length });
      response.end(body);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

if (import.meta.main) {
  const { port } = await startSink();
  process.send?.(port);
}
