import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEnvironment } from './environment.ts';

test('the environment speaks to the IPFS node in the words of its configuration', () => {
  const { ipfs } = readEnvironment({
    IPFS_BOOTSTRAP_PEERS: ' /ip4/192.0.2.7/tcp/1/p2p/12D3KooWA, ,/ip4/192.0.2.8/tcp/2/p2p/12D3KooWB',
    IPFS_LISTEN_PORT: '4001',
    IPFS_ANNOUNCE_ADDRESS: '/dns4/board.example.org/tcp/4001',
    IPFS_RETRY_INTERVAL_SECS: '5',
    IPFS_MAX_RETRIES: '0',
  });
  assert.deepEqual(ipfs, {
    bootstrap: ['/ip4/192.0.2.7/tcp/1/p2p/12D3KooWA', '/ip4/192.0.2.8/tcp/2/p2p/12D3KooWB'],
    port: 4001,
    announce: ['/dns4/board.example.org/tcp/4001'],
    retrySeconds: 5,
    maxRetries: 0,
  });
  assert.deepEqual(readEnvironment({ IPFS_BOOTSTRAP_PEERS: '', IPFS_LISTEN_PORT: '' }).ipfs, {});
});

test('every variable that does not parse is named', () => {
  const env = { IPFS_LISTEN_PORT: '70000', IPFS_RETRY_INTERVAL_SECS: 'ten', IPFS_MAX_RETRIES: '-1' };
  assert.throws(() => readEnvironment(env), {
    code: 'ENV_INVALID',
    detail: {
      faults: [
        'IPFS_LISTEN_PORT must be a port from 0 to 65535; found "70000"',
        'IPFS_RETRY_INTERVAL_SECS must be a whole number; found "ten"',
        'IPFS_MAX_RETRIES must be a whole number; found "-1"',
      ],
    },
  });
});
