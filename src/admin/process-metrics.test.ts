import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createMetrics } from '../telemetry/metrics.ts';
import { ManualClock } from '../testkit/clock.ts';
import { addProcessMetrics } from './process-metrics.ts';

it('tells the worst lateness of the event loop for a window or two, then forgets it', async () => {
  const [metrics, clock] = [createMetrics(), new ManualClock()];
  using _ = addProcessMetrics({ version: '1.2.3', metrics, clock });
  const late = () => metrics.value('nodejs_eventloop_lag_max_seconds');
  // Whoever measures is asked every 20 ms, so it must have been asked once before the loop is held up.
  const blocked = async () => {
    for (let held = late(); late() <= Math.max(held, 0.1); held = 0) {
      const end = performance.now() + 150;
      while (performance.now() < end);
      await turn();
    }
  };
  await blocked();
  clock.advance({ seconds: 16 });
  assert.ok(late() > 0.1);
  // The window has ended with this look; the next one still knows of it.
  assert.ok(late() > 0.1);
  const worst = late();
  clock.advance({ seconds: 16 });
  late();
  clock.advance({ seconds: 16 });
  assert.ok(late() < worst);
  assert.match(metrics.text(), /^hermes_build_info\{version="1\.2\.3"\} 1$/m);
});
