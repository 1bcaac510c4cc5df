import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './config.ts';

const ann = '12D3KooWGRUWpRxLdUpNd3UyTEnjcaZBkLFhK6Z2Ym4wKcZCg4Vd';

test('an engine is alone and on loopback unless told', () => {
  const config = parseConfig(undefined);
  assert.deepEqual([config.start, config.port, config.bootstrap], ['on-demand', 0, []]);
  assert.deepEqual(config.listen, ['127.0.0.1']);
  assert.equal(config.limits.messageBytes, 1_048_576);
  assert.deepEqual(structuredClone(config), { ...config }, 'crosses to another thread');
});

test('addresses of every kind are taken', () => {
  const bootstrap = [
    `/ip4/192.0.2.7/tcp/4001/p2p/${ann}`,
    `/ip6/2001:db8::7/tcp/1/p2p/${ann}`,
    `/dns4/board.example.org/tcp/65535/p2p/${ann}`,
    `/dnsaddr/board.example.org/p2p/${ann}`,
  ];
  assert.deepEqual(parseConfig({ bootstrap }).bootstrap, bootstrap);
});

test('every fault is told at once', () => {
  const config = {
    start: 'later',
    listen: ['localhost'],
    announce: ['/ip4/1.2.3.4.5/tcp/1'],
    bootstrap: ['/ip4/192.0.2.7/tcp/4001'],
    topics: { board: { raw: 'yes' } },
    keys: { shop: '' },
    deny: ['ann'],
    limits: { callSeconds: 0, conections: 1 },
    boostrap: [],
  };
  assert.throws(
    () => parseConfig(config),
    (error: { readonly detail: { readonly faults: readonly string[] } }) => {
      assert.deepEqual(
        error.detail.faults.map((fault) => fault.split(' ')[0]),
        [
          'ipfs.boostrap',
          'ipfs.start',
          'ipfs.listen',
          'ipfs.announce',
          'ipfs.bootstrap',
          'ipfs.topics',
          'ipfs.keys',
          'ipfs.deny',
          'ipfs.limits.conections',
          'ipfs.limits.callSeconds',
        ],
      );
      return true;
    },
  );
});

test('what is no address is refused', () => {
  for (const address of [
    `/ip4/192.0.2.7/tcp/65536/p2p/${ann}`,
    `/ip4/::1/tcp/1/p2p/${ann}`,
    `/ip4/192.0.2.7/udp/4001/quic-v1/p2p/${ann}`,
    `/ip4/192.0.2.7/tcp/4001/p2p/0OIl`,
    // A letter was lost on the way.
    `/ip4/192.0.2.7/tcp/4001/p2p/${ann.slice(0, -1)}`,
    `/dns4/board.example.org/p2p/${ann}`,
    ` /ip4/192.0.2.7/tcp/1/p2p/${ann}`,
  ])
    assert.throws(() => parseConfig({ bootstrap: [address] }), { code: 'CONFIG_INVALID' }, address);
});
