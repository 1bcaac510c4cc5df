/**
 * What an application gets before it is loaded: its writable folders, and what the operator says to it.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { failures } from '../lib/errors.ts';
import { isRecord } from '../lib/record.ts';
import { createUsers } from '../lib/users.ts';
import type { AppFiles } from '../vfs/app-files.ts';
import { createFolderVfs } from '../vfs/folder.ts';
import type { Vfs } from '../vfs/vfs.ts';
import type { AppConfig, SecretSource } from './app-config.ts';
import type { EngineApplication } from './application.ts';
import { checkNames } from './check-names.ts';
import type { EngineConfig } from './config.ts';
import type { Engine } from './engine.ts';
import type { GuestLimits } from './guest-limits.ts';
import type { OperatorSettings } from './settings.ts';

export const errors = {
  SECRET_FILE: {
    blame: 'operator',
    text: 'Cannot read a secret of the application: its file must be there and be readable text; correct apps in the configuration',
  },
} as const;
const fail = failures(errors);

export interface PrepareDeps {
  readonly config: Pick<EngineConfig, 'apps' | 'limits'>;
  readonly files: AppFiles;
}

/**
 * The same engine, whose applications are prepared before they are loaded or reloaded. `/tmp` is emptied when nothing
 * of the application runs. Loading rejects also with `SECRET_FILE` and `VFS_MOUNT`.
 */
export function preparing(engine: Engine, deps: PrepareDeps): Engine {
  const underWay = createUsers<string>();
  const prepared = async (
    source: EngineApplication,
    load: (source: EngineApplication) => ReturnType<Engine['load']>,
  ): ReturnType<Engine['load']> => {
    // Before a folder gets the name.
    checkNames(source);
    const { name } = source;
    const fresh = underWay.add(name) && !engine.apps.has(name);
    try {
      const [settings, vfs] = await Promise.all([settingsFrom(source, deps), withFiles(source, fresh, deps)]);
      const more = { limits: limitsFrom(source, deps), permissions: permissionsFrom(source, deps) };
      return await load({ ...source, ...more, vfs, ...(settings && { settings }) });
    } finally {
      underWay.remove(name);
    }
  };
  return {
    get services() {
      return engine.services;
    },
    get apps() {
      return engine.apps;
    },
    get done() {
      return engine.done;
    },
    status: () => engine.status(),
    load: (source) => prepared(source, (ready) => engine.load(ready)),
    reload: (source) => prepared(source, (ready) => engine.reload(ready)),
    unload: (name, options) => engine.unload(name, options),
    drain: (options) => engine.drain(options),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

/** A tree that cannot say what it is made of stays as it is. */
async function withFiles(
  { name, vfs }: EngineApplication,
  fresh: boolean,
  { config, files }: PrepareDeps,
): Promise<Vfs> {
  if (vfs.recipe === undefined) return vfs;
  const own = config.apps[name]?.limits;
  const limits = {
    bytes: own?.fileBytes ?? config.limits.fileBytes,
    files: own?.files ?? config.limits.files,
  };
  const mounts = await files.mounts(name, { limits, fresh });
  const modified = Temporal.Instant.from(vfs.recipe.modified);
  return createFolderVfs([...vfs.recipe.mounts, ...mounts], { modified });
}

function limitsFrom({ name }: EngineApplication, { config }: PrepareDeps): GuestLimits {
  const own = config.apps[name]?.limits;
  const chosen = (key: keyof GuestLimits): number => own?.[key] ?? config.limits[key];
  return {
    wallClockMs: chosen('wallClockMs'),
    fuel: chosen('fuel'),
    memoryBytes: chosen('memoryBytes'),
    callBytes: chosen('callBytes'),
    callValues: chosen('callValues'),
    handles: chosen('handles'),
    logLines: chosen('logLines'),
    logBytes: chosen('logBytes'),
  };
}

/** The operator's word takes the place of the application's, key by key of each extension. */
function permissionsFrom(
  { name, permissions = {} }: EngineApplication,
  { config }: PrepareDeps,
): Readonly<Record<string, unknown>> {
  const laid = Object.entries(config.apps[name]?.permissions ?? {}).map(([extension, own]) => {
    const asked = permissions[extension];
    return [extension, isRecord(asked) ? { ...asked, ...own } : own] as const;
  });
  return { ...permissions, ...Object.fromEntries(laid) };
}

async function settingsFrom(
  { name }: EngineApplication,
  { config }: PrepareDeps,
): Promise<OperatorSettings | undefined> {
  const own: AppConfig | undefined = config.apps[name];
  if (own === undefined) return undefined;
  const secrets = await Promise.all(
    Object.entries(own.secrets).map(async ([key, from]) => [key, await secretFrom(name, key, from)] as const),
  );
  const { environment, arguments: words, settings, timeZone } = own;
  return { environment, arguments: words, settings, secrets: Object.fromEntries(secrets), timeZone };
}

/** Without the end of line that editors put behind it. */
async function secretFrom(app: string, key: string, from: SecretSource): Promise<string> {
  if (typeof from === 'string') return from;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(from.file));
    return text.replace(/\r?\n$/, '');
  } catch (cause) {
    throw fail('SECRET_FILE', { app, secret: key, file: from.file }, cause);
  }
}
