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

  it('escapes labels', () => {
    const metrics = createMetrics();
    metrics.counter('a_total', 'A', { app: 'a"\\\n' }).add();
    assert.match(metrics.text(), /^a_total\{app="a\\"\\\\\\n"\} 1$/m);
  });
});
