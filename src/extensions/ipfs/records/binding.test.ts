import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failures } from '../../../lib/errors.ts';
import { type Collector, createCollector } from '../../../telemetry/collector.ts';
import { fakeApp, fakeCaller } from '../../../testkit/index.ts';
import { errors as ipfsErrors } from '../errors.ts';
import { parsePermissions } from '../permissions.ts';
import { bindRecords, type RecordsBinding } from './binding.ts';
import type { Place } from './calls.ts';
import { errors } from './errors.ts';
import { MAX_KEY, MAX_VALUE } from './record.ts';

const AUTHOR = '12D3KooWGRUWpRxLdUpNd3UyTEnjcaZBkLFhK6Z2Ym4wKcZCg4Vd';

interface World {
  readonly binding: RecordsBinding;
  readonly asked: {
    readonly method: string;
    readonly args: readonly unknown[];
    readonly app: string | undefined;
  }[];
  readonly log: Collector;
}

function world(permissions?: unknown, answer: () => unknown = () => true): World {
  const asked: World['asked'] = [];
  const log = createCollector();
  const app = { ...fakeApp({ name: 'shop' }), log };
  const link = {
    call: async (
      method: string,
      args: readonly unknown[],
      options?: { readonly app?: string },
    ): Promise<unknown> => {
      asked.push({ method, args, app: options?.app });
      return answer();
    },
  };
  return { asked, log, binding: bindRecords({ link, app, permissions: parsePermissions(permissions) }) };
}

test('a name belongs to the application, unless it begins with a namespace that is listed', async () => {
  const permissions = { namespaces: ['notes', { namespace: 'prices', authors: [AUTHOR] }] };
  const { binding, asked } = world(permissions);
  const cases: readonly (readonly [name: string, place: Omit<Place, 'key'> & { readonly key: string }])[] = [
    ['first', { namespace: 'shop', key: 'first' }],
    ['/notes/first', { namespace: 'notes', key: 'first' }],
    ['/notes/a/b', { namespace: 'notes', key: 'a/b' }],
    ['/notes/', { namespace: 'shop', key: '/notes/' }],
    ['notes/first', { namespace: 'shop', key: 'notes/first' }],
    ['/news/first', { namespace: 'shop', key: '/news/first' }],
    ['/prices/\n', { namespace: 'prices', key: '\n', authors: [AUTHOR] }],
  ];
  for (const [name, place] of cases) {
    await binding.calls.dhtProvide(fakeCaller(), Buffer.from(name));
    const found = asked.at(-1)?.args[0] as Place;
    assert.deepEqual({ ...found, key: Buffer.from(found.key).toString() }, place, name);
  }
  assert.deepEqual(
    [...new Set(asked.map(({ method, app }) => `${method} ${app}`))],
    ['records.provide shop'],
  );
});

test('the namespace of an application’s own name may be kept to authors as well', async () => {
  const { binding, asked } = world({ namespaces: [{ namespace: 'shop', authors: [AUTHOR] }] });
  await binding.calls.dhtPut(fakeCaller(), Buffer.from('first'), Buffer.from('x'));
  assert.deepEqual(
    asked.map(({ args }) => (args[0] as Place).authors),
    [[AUTHOR]],
  );
});

test('what does not fit is refused before the node is asked, and validate says so beforehand', async () => {
  const { binding, asked, log } = world();
  const key = (bytes: number): Uint8Array => new Uint8Array(bytes);
  const { dhtPut, dhtGet } = binding.calls;
  for (const bytes of [0, MAX_KEY + 1]) {
    await assert.rejects(dhtPut(fakeCaller(), key(bytes), key(1)), { payload: 'invalid-dht-key' });
    await assert.rejects(dhtGet(fakeCaller(), key(bytes)), { payload: 'invalid-dht-key' });
    assert.equal(binding.validate(key(bytes), key(1)), false);
  }
  for (const bytes of [0, MAX_VALUE + 1]) {
    await assert.rejects(dhtPut(fakeCaller(), key(1), key(bytes)), { payload: 'invalid-dht-value' });
    assert.equal(binding.validate(key(1), key(bytes)), false);
  }
  assert.equal(asked.length, 0);
  assert.equal(binding.validate(key(MAX_KEY), key(MAX_VALUE)), true);
  assert.equal(await dhtPut(fakeCaller(), key(MAX_KEY), key(MAX_VALUE)), true);
  assert.equal(log.lines.filter(({ level }) => level === 'warn').length, 6, 'a line for each');
});

test('each failure is an errno of the function, and a line that tells why', async () => {
  const refused = failures({ ...errors, ...ipfsErrors });
  const cases = [
    ['RECORD_LIMIT', 'dhtPut', 'dht-put-error', 'warn'],
    ['RECORD_AUTHOR', 'dhtPut', 'dht-put-error', 'warn'],
    ['RECORD_NOT_FOUND', 'dhtGet', 'dht-get-error', 'debug'],
    ['RECORD_BUSY', 'dhtGet', 'dht-get-error', 'warn'],
    ['RECORD_LIMIT', 'dhtProvide', 'dht-provide-error', 'warn'],
    ['IPFS_TIMEOUT', 'dhtGetProviders', 'dht-get-providers-error', 'warn'],
    ['IPFS_UNAVAILABLE', 'dhtGetProviders', 'service-unavailable', 'warn'],
  ] as const;
  for (const [code, name, payload, level] of cases) {
    const { binding, log } = world(undefined, () => {
      throw refused(code, { found: 7 });
    });
    await assert.rejects(binding.calls[name](fakeCaller(), Buffer.from('a'), Buffer.from('b')), { payload });
    const line = log.lines.at(-1);
    const { code: told, found, call } = line?.fields ?? {};
    assert.deepEqual([line?.level, told, found], [level, code, 7]);
    assert.ok(payload === `${call}-error` || payload === 'service-unavailable', 'in the words of the WIT');
  }
});

test('a fault of ours is no errno, and an event that is over hears its own end', async () => {
  const broken = world(undefined, () => {
    throw new TypeError('A fault');
  });
  await assert.rejects(broken.binding.calls.dhtGet(fakeCaller(), Buffer.from('a')), { name: 'TypeError' });
  const signal = AbortSignal.abort(new Error('The event is over'));
  const gone = broken.binding.calls.dhtGet(fakeCaller({ signal }), Buffer.from('a'));
  await assert.rejects(gone, { message: 'The event is over' });
});
