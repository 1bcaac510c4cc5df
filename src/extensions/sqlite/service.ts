import type {
  AppBinding,
  AttachedApp,
  Caller,
  ExtensionContext,
  ExtensionService,
} from '../../engine/extension.ts';
import { failures } from '../../lib/errors.ts';
import { parseConfig } from './config.ts';
import { createDatabases, type Databases } from './databases.ts';
import { errors } from './errors.ts';
import { gaugeProcesses, killedOf } from './metrics.ts';
import { createSession, type Session } from './session.ts';

const fail = failures(errors);

type ServiceContext = Pick<ExtensionContext, 'config' | 'folder' | 'clock' | 'metrics'>;

/**
 * Gives each application two databases. Throws `CONFIG_INVALID`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeApp, fakeContext } from '../../testkit/index.ts';
 * await using context = fakeContext();
 * await using service = await startSqlite(context);
 * await using binding = await service.attach(fakeApp());
 * assert.deepEqual(Object.keys(binding.calls), ['ask']);
 * ```
 */
export async function startSqlite(context: ServiceContext): Promise<ExtensionService> {
  const { config, folder, clock, metrics } = context;
  const parsed = parseConfig(config);
  const opened = new Map<string, Databases>();
  gaugeProcesses(metrics, () => opened.values().reduce((sum, { leases }) => sum + leases.size, 0));
  /** By application: files of one that is being left must not be used. */
  const leaving = new Map<string, Promise<void>>();

  /** Joined, so that nobody closes them. */
  async function databasesOf(name: string): Promise<Databases> {
    const options = { folder: await folder(), name, config: parsed, closed: () => void opened.delete(name) };
    while (leaving.has(name)) await leaving.get(name);
    const databases = opened.getOrInsertComputed(name, () => createDatabases(options, { clock }));
    await databases.join();
    return databases;
  }
  async function leave(name: string, databases: Databases): Promise<void> {
    const left = databases.leave();
    leaving.set(name, left);
    try {
      await left;
    } finally {
      if (leaving.get(name) === left) leaving.delete(name);
    }
  }
  return {
    async attach(app) {
      const databases = await databasesOf(app.name);
      return bind(app, { databases, clock, metrics, leave: () => leave(app.name, databases) });
    },
    async [Symbol.asyncDispose]() {},
  };
}

interface Parts extends Pick<ExtensionContext, 'clock' | 'metrics'> {
  readonly databases: Databases;
  readonly leave: () => Promise<void>;
}

function bind(app: AttachedApp, { databases, clock, metrics, leave }: Parts): AppBinding {
  const killed = killedOf(metrics, app.name);
  /** By the event's signal, which no other event has. */
  const sessions = new Map<AbortSignal, Session>();
  let left: Promise<void> | undefined;

  async function close(): Promise<void> {
    await Promise.all([...sessions.values()].map((session) => session.end()));
    await leave();
  }
  function sessionOf({ signal, event, module }: Caller): Session {
    return sessions.getOrInsertComputed(signal, () => {
      const ended = (): void => void sessions.delete(signal);
      const log = app.log.child({ module: module.name, event: event.id });
      return createSession({ signal, ended }, { leases: databases.leases, clock, log, killed });
    });
  }
  return {
    calls: {
      ask(caller: Caller, message: Uint8Array) {
        if (left) throw fail('SQLITE_CLOSED', { app: app.name });
        caller.signal.throwIfAborted();
        return sessionOf(caller).ask(message);
      },
    },
    async [Symbol.asyncDispose]() {
      left ??= close();
      await left;
    },
  };
}
