import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Reply } from '../../engine/extension.ts';
import { http, readAll, startHarness } from './fixtures/harness.ts';

/** Modules that answer when they are let. */
function gated(): {
  readonly replies: () => Promise<readonly Reply[]>;
  readonly started: Promise<void>;
  readonly open: () => void;
} {
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  return {
    started: started.promise,
    open: gate.resolve,
    async replies() {
      started.resolve();
      await gate.promise;
      return [{ module: 'api', ok: true, value: http('done') }];
    },
  };
}

const handles = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => /TCP|Timeout|Server/.test(kind))
    .sort();

test('close finishes what runs, takes nothing new and ends the connections', async () => {
  const { replies, started, open } = gated();
  await using gateway = await startHarness({ replies });
  const idle = await gateway.socket();
  const running = await gateway.socket();
  running.write(
    'GET /api HTTP/1.1\r\nHost: shop.localhost\r\n\r\nGET /api HTTP/1.1\r\nHost: shop.localhost\r\n\r\n',
  );
  await started;
  await gateway.service.close?.();
  await gateway.service.close?.();
  await assert.rejects(gateway.ask('/api'), { code: 'ECONNREFUSED' });
  const all = readAll(running);
  open();
  const text = await all;
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(text, /\r\nConnection: close\r\n/);
  assert.equal(text.match(/HTTP\/1\.1/g)?.length, 1);
  idle.destroy();
  if (!idle.closed) await once(idle, 'close');
});

test('disposal after close lets an answer arrive that is on its way', async () => {
  const { replies, started, open } = gated();
  const gateway = await startHarness({ replies });
  const answer = gateway.ask('/api');
  await started;
  await gateway.service.close?.();
  open();
  await new Promise(setImmediate);
  await gateway[Symbol.asyncDispose]();
  assert.equal((await answer).text, 'done');
});

test('disposal closes every connection at once, whatever runs', async () => {
  const { replies, started } = gated();
  const gateway = await startHarness({ replies });
  const idle = await gateway.socket();
  const closed = once(idle, 'close');
  const answer = gateway.ask('/api');
  await started;
  const failed = assert.rejects(answer, { code: 'ECONNRESET' });
  await gateway[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await Promise.all([failed, closed]);
});

test('nothing is left of a gateway that was used and misused', async () => {
  const before = handles();
  const gateway = await startHarness({ files: { '/www/index.html': 'page' } });
  await Promise.all(Array.from({ length: 20 }, () => gateway.ask('/api', { method: 'POST', body: 'x' })));
  await gateway.ask('/');
  await gateway.raw('rubbish\r\n\r\n');
  await gateway.raw('POST /api HTTP/1.1\r\nHost: HOST\r\nContent-Length: 99999999\r\n\r\n');
  const client = await gateway.socket();
  await gateway.service.close?.();
  await gateway[Symbol.asyncDispose]();
  client.destroy();
  if (!client.closed) await once(client, 'close');
  await new Promise(setImmediate);
  assert.deepEqual(handles(), before);
});
