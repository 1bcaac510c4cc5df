import type { AppBinding, Caller, ExtensionContext, ExtensionService } from '../../engine/extension.ts';
import { createAlarm } from './alarm.ts';
import { parseConfig } from './config.ts';
import { createEntries, type Entries, type Entry } from './entries.ts';
import type { CronApi } from './generated/api.ts';
import { coalescedOf, gaugeEntries } from './metrics.ts';

type ServiceContext = Pick<ExtensionContext, 'config' | 'clock' | 'emit' | 'log' | 'metrics'>;

/** Everything of {@link CronApi} but what is written beside the guest. */
type RemoteApi = Omit<CronApi<Caller>, 'mkcron'>;

/**
 * Keeps the entries of all applications and sends their ticks. Throws `CONFIG_INVALID`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeApp, fakeCaller, fakeContext } from '../../testkit/index.ts';
 * await using context = fakeContext();
 * await using service = await startCron(context);
 * await using binding = await service.attach(fakeApp({ name: 'shop' }));
 * binding.calls['add']?.(fakeCaller(), { when: '* * * * *', tag: 'tick' }, true);
 * await context.clock.advance({ minutes: 1 });
 * assert.deepEqual(context.sent[0]?.source, ['cron', 'shop', 'tick']);
 * ```
 */
export async function startCron(context: ServiceContext): Promise<ExtensionService> {
  const { clock, emit, log, metrics } = context;
  const { maxEntries: limit } = parseConfig(context.config);
  const apps = new Set<Entries>();
  const alarm = createAlarm<Entry>({ clock, log, ring: (entry, now) => entry.of.ring(entry, now) });
  gaugeEntries(metrics, () => [...apps].reduce((all, { size }) => all + size, 0));
  return {
    async attach(app) {
      const coalesced = coalescedOf(metrics, app.name);
      const entries = createEntries(app, { alarm, clock, emit, limit, coalesced });
      apps.add(entries);
      return bind(entries, () => void apps.delete(entries));
    },
    async close() {
      alarm.stop();
    },
    [Symbol.asyncDispose]: () => alarm[Symbol.asyncDispose](),
  };
}

function bind(entries: Entries, end: () => void): AppBinding {
  const calls: RemoteApi = {
    add: (_caller, entry, retrigger) => entries.add(entry, retrigger),
    delay: (_caller, duration, tag) => entries.delay(duration, tag),
    ls: (_caller, tag) => entries.ls(tag),
    rm: (_caller, entry) => entries.rm(entry),
  };
  return {
    calls: { ...calls },
    async [Symbol.asyncDispose]() {
      entries.close();
      end();
    },
  };
}
