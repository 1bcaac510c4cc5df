import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Reply } from '../../engine/extension.ts';
import { type Harness, http, startHarness } from './fixtures/harness.ts';

/** As many as there may be, and some that find no place. */
const MANY = 1_400;
const turn = () => new Promise(setImmediate);
const put = (app: string, bytes: number) =>
  `PUT /api HTTP/1.1\r\nHost: ${app}.localhost\r\nContent-Length: ${bytes}\r\n\r\n`;
const GET = 'GET /api HTTP/1.1\r\nHost: modest.localhost\r\n\r\n';

/** Two applications; modules of the greedy one answer when the gate opens. */
async function twoApps(t: TestContext, config: Readonly<Record<string, unknown>> = {}) {
  const gate = Promise.withResolvers<void>();
  const replies = async ({ app }: { readonly app: string }): Promise<readonly Reply[]> => {
    if (app === 'greedy') await gate.promise;
    return [{ module: 'api', ok: true, value: http(app) }];
  };
  const gateway = await startHarness({ apps: ['greedy', 'modest'], replies, config });
  t.after(async () => {
    gate.resolve();
    await gateway[Symbol.asyncDispose]();
  });
  return { gateway, open: gate.resolve };
}

/** Connections that all say this, and those of them that are still open. */
async function flood(t: TestContext, gateway: Harness, count: number, text: string): Promise<Set<Socket>> {
  const open = new Set<Socket>();
  t.after(() => {
    for (const socket of open) socket.destroy();
  });
  const { port } = gateway.service;
  await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect({ host: '127.0.0.1', port });
      // Who is let go may hear of it by a reset.
      socket.on('error', () => undefined);
      socket.once('close', () => open.delete(socket));
      open.add(socket);
      await once(socket, 'connect');
      if (text !== '') socket.write(text);
    }),
  );
  return open;
}

/** Asks over a connection that is kept. */
async function askOver(socket: Socket): Promise<string> {
  socket.write(GET);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString('latin1', 9, 12);
}

async function assertServed(gateway: Harness, kept: Socket, others: ReadonlySet<Socket>): Promise<void> {
  for (let asked = 0; asked < 5; asked++) {
    const { status, text } = await gateway.ask('/api', { headers: { host: 'modest.localhost' } });
    assert.deepEqual([status, text], [200, 'modest']);
    assert.equal(await askOver(kept), '200');
  }
  assert.ok(others.size >= 1_000, `${others.size} connections of others`);
}

const floods = {
  'send large bodies': put('greedy', 1_000_000) + 'x'.repeat(1_000),
  'send no body, and their modules do not answer': 'GET /api HTTP/1.1\r\nHost: greedy.localhost\r\n\r\n',
  'say nothing': '',
  'never end their head': 'GET /api HTTP/1.1\r\nHost: greedy.',
};
for (const [what, text] of Object.entries(floods)) {
  test(`a quiet client is answered while ${MANY} connections of others ${what}`, async (t) => {
    const { gateway } = await twoApps(t, { roomTimeoutMs: 600_000 });
    const kept = await gateway.socket();
    t.after(() => kept.destroy());
    assert.equal(await askOver(kept), '200');
    await assertServed(gateway, kept, await flood(t, gateway, MANY, text));
  });
}

test('who finds no room waits with its body unread, and is served in its turn', async (t) => {
  const { gateway, open } = await twoApps(t, { maxWaitingBytes: 4_000_000 });
  const body = new Uint8Array(1_500_000);
  const ask = () => gateway.ask('/api', { method: 'PUT', body });
  const first = ask();
  while (gateway.context.sent.length === 0) await turn();
  const others = [ask(), ask(), ask()];
  while (gateway.context.metrics.value('hermes_http_requests_waiting') !== 3) await turn();
  assert.equal(gateway.context.sent.length, 1);
  open();
  for (const { status, text } of await Promise.all([first, ...others])) {
    assert.deepEqual([status, text], [200, 'greedy']);
  }
  assert.equal(gateway.context.metrics.value('hermes_http_requests_waiting'), 0);
});

test('who has waited too long is told to come again', async (t) => {
  const { gateway, open } = await twoApps(t, { maxWaitingBytes: 4_000, roomTimeoutMs: 20 });
  const first = gateway.ask('/api', { method: 'PUT', body: 'x'.repeat(1_500) });
  while (gateway.context.sent.length === 0) await turn();
  const { status, headers } = await gateway.ask('/api', { method: 'PUT', body: 'x'.repeat(1_500) });
  assert.deepEqual([status, headers['retry-after'], headers.connection], [503, '1', 'close']);
  open();
  assert.equal((await first).status, 200);
});

test('who goes away while it waits leaves its place to the next, and reaches no module', async (t) => {
  const { gateway, open } = await twoApps(t, { maxWaitingBytes: 4_000, roomTimeoutMs: 600_000 });
  const first = gateway.ask('/api', { method: 'PUT', body: 'x'.repeat(1_500) });
  while (gateway.context.sent.length === 0) await turn();
  const gone = await gateway.socket();
  gone.write(put('greedy', 1_500));
  while (gateway.context.metrics.value('hermes_http_requests_waiting') !== 1) await turn();
  const last = gateway.ask('/api', { method: 'PUT', body: 'y'.repeat(1_500) });
  while (gateway.context.metrics.value('hermes_http_requests_waiting') !== 2) await turn();
  gone.destroy();
  await once(gone, 'close');
  open();
  assert.deepEqual([(await first).status, (await last).status], [200, 200]);
  assert.equal(gateway.context.sent.length, 2);
});
