import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Status } from '../admin/status.ts';
import { statusText } from './status-text.ts';

const queue = { waiting: 0, running: 0, bytes: 0 };
const failed = (at: string) => ({ code: 'TRAP_GUEST', text: 'Guest trapped', at });

function status(more: Partial<Status> = {}): Status {
  return {
    version: '0.1.0',
    pid: 42,
    started: '2026-08-01T10:00:00Z',
    uptimeSeconds: 90_000,
    home: '/home/ann/.hermes',
    addresses: ['http://127.0.0.1:7878', 'http://[::1]:7878'],
    metrics: ['http://127.0.0.1:9464'],
    state: 'running',
    apps: [],
    queue: { ...queue, limits: { events: 10_000, bytes: 1 << 28 } },
    pool: { concurrency: 256, running: 0, waiting: 0, workers: 0, workersLost: 0 },
    limits: {},
    memory: { residentBytes: 1_500_000_000, heapBytes: 1 << 20 },
    ...more,
  };
}

describe('statusText()', () => {
  it('says how an engine without applications is', () => {
    assert.equal(
      statusText(status({ state: 'stopping', limits: { DEADLINE: 1, QUEUE_FULL: 12 } })),
      `hermes 0.1.0 is stopping for 1 d 1 h: process 42, 1.4 GiB
Data folder  /home/ann/.hermes
Gateway      http://127.0.0.1:7878  http://[::1]:7878
Metrics      http://127.0.0.1:9464

No application is loaded

Queue   0 waiting, 0 running, at most 10000; 0 B of 256 MiB
Guests  0 running, 0 waiting, at most 256
Limits  reached: DEADLINE once, QUEUE_FULL 12 times
`,
    );
  });

  it('puts modules below their application, in columns', () => {
    const apps: Status['apps'] = [
      {
        name: 'guestbook',
        version: '1.0.0',
        state: 'running',
        queue: { waiting: 12, running: 3, bytes: 1_536 },
        modules: [
          { name: 'api', calls: 12_345, failed: 2, lastError: failed('2026-08-02T10:58:00Z') },
          { name: 'visits', calls: 7, failed: 1, lastError: failed('2026-08-02T10:59:59.5Z') },
        ],
      },
      { name: 'files', version: '2.0.0', state: 'starting', queue, modules: [] },
      { name: 'x', version: '3.0.0', state: 'running', queue, modules: [{ name: 'a', calls: 0, failed: 0 }] },
    ];
    const lines = statusText(status({ apps })).split('\n');
    assert.deepEqual(lines.slice(5, 12), [
      'application  version  state     waiting  running    bytes',
      '  module  calls  failed  last failure',
      'guestbook    1.0.0    running        12        3  1.5 KiB',
      '  api     12345       2  TRAP_GUEST, 2 min ago',
      '  visits      7       1  TRAP_GUEST, just now',
      'files        2.0.0    starting        0        0      0 B',
      'x            3.0.0    running         0        0      0 B',
    ]);
    assert.equal(lines[12], '  a           0       0');
  });

  it('counts worker threads when there are any, and lets nothing move the terminal', () => {
    const pool = { concurrency: 512, running: 1, waiting: 2, workers: 2, workersLost: 1 };
    const text = statusText(status({ pool, home: '/tmp/\u001b[2Ja\nb' }));
    assert.match(text, /^Guests {2}1 running, 2 waiting, at most 512; 2 worker threads, 1 lost$/m);
    assert.match(text, /^Data folder {2}\/tmp\/\\e\[2Ja\\nb$/m);
  });
});
