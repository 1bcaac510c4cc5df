import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMetrics } from './metrics.ts';

describe('createMetrics()', () => {
  it('adds up series and prints them', () => {
    const metrics = createMetrics();
    metrics.counter('hermes_calls_total', 'Calls', { app: 'a', outcome: 'ok' }).add();
    metrics.counter('hermes_calls_total', 'Calls', { app: 'b', outcome: 'ok' }).add(2);
    metrics.counter('hermes_calls_total', 'Calls', { app: 'a', outcome: 'ok' }).add(3);
    metrics.gauge('hermes_waiting', 'Waiting', () => 7);
    assert.equal(metrics.value('hermes_calls_total'), 6);
    assert.equal(metrics.value('hermes_calls_total', { app: 'a' }), 4);
    assert.equal(metrics.value('hermes_waiting'), 7);
    assert.equal(metrics.value('hermes_nothing'), 0);
    assert.equal(
      metrics.text(),
      `# HELP hermes_calls_total Calls
# TYPE hermes_calls_total counter
hermes_calls_total{app="a",outcome="ok"} 4
hermes_calls_total{app="b",outcome="ok"} 2
# HELP hermes_waiting Waiting
# TYPE hermes_waiting gauge
hermes_waiting 7
`,
    );
  });

  it('counts how many values were at most as large as each bound', () => {
    const metrics = createMetrics();
    const seconds = metrics.histogram('hermes_wait_seconds', 'Waiting', { app: 'a' });
    for (const value of [0.0001, 0.002, 0.002, 60]) seconds.observe(value);
    const lines = metrics.text().split('\n');
    assert.deepEqual(lines.slice(0, 2), [
      '# HELP hermes_wait_seconds Waiting',
      '# TYPE hermes_wait_seconds histogram',
    ]);
    for (const [le, count] of [
      ['0.0001', 1],
      ['0.001', 1],
      ['0.005', 3],
      ['30', 3],
      ['+Inf', 4],
    ])
      assert.ok(lines.includes(`hermes_wait_seconds_bucket{app="a",le="${le}"} ${count}`), `${le}`);
    assert.ok(lines.includes('hermes_wait_seconds_count{app="a"} 4'));
    assert.match(metrics.text(), /^hermes_wait_seconds_sum\{app="a"\} 60\.0041/m);
    assert.equal(metrics.value('hermes_wait_seconds', { app: 'a' }), 4);
  });

  it('tells every series, gauges with labels too', () => {
    const metrics = createMetrics();
    metrics.counter('a_total', 'A', { code: 'X' }).add();
    metrics.counter('a_total', 'A', { code: 'Y' }).add(2);
    metrics.gauge('hermes_build_info', 'Version', () => 1, { version: '1.2.3' });
    assert.deepEqual(metrics.series('a_total'), [
      { labels: { code: 'X' }, value: 1 },
      { labels: { code: 'Y' }, value: 2 },
    ]);
    assert.deepEqual(metrics.series('nothing'), []);
    assert.match(metrics.text(), /^hermes_build_info\{version="1\.2\.3"\} 1$/m);
  });

  it('escapes labels', () => {
    const metrics = createMetrics();
    metrics.counter('a_total', 'A', { app: 'a"\\\n' }).add();
    assert.match(metrics.text(), /^a_total\{app="a\\"\\\\\\n"\} 1$/m);
  });
});
