/**
 * `hermes run --watch`: an application folder that is written while it runs.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { isHttpGateway, type Watching } from '../extensions/http-gateway/index.ts';
import { isCoded } from '../lib/errors.ts';
import type { Node } from '../node.ts';
import type { Application } from '../package/application.ts';
import type { Io } from './io.ts';
import { placeholder } from './placeholder.ts';
import { report } from './report.ts';
import { type Changes, watchFolder } from './watch-folder.ts';

export interface WatchedApp {
  readonly folder: string;
  /** Builds what has changed and reads the folder anew. Rejects with what is wrong with it, or the signal's reason. */
  readonly load: (signal: AbortSignal) => Promise<Application>;
  /** When the first load began, in milliseconds since 1970. */
  readonly since: number;
  /** What came of the first load. */
  readonly first: Application | { readonly fault: unknown };
}

/** What the end of the engine says to a reload under way: no news. */
const ENDED: ReadonlySet<string> = new Set(['STOPPING', 'APP_UNLOADED', 'ENGINE_DISPOSED']);

/**
 * Runs applications and reloads them when something in their folders changes, and tells the pages in browsers; a
 * change of web files only is told at once. What is wrong is said on the terminal and over the pages. The version
 * that runs goes on; when there is none yet, an empty page waits in its place. Disposal ends it, builds under way
 * included. Rejects with `WATCH_FAILED`.
 */
export async function watchApps(node: Node, apps: readonly WatchedApp[], io: Io): Promise<AsyncDisposable> {
  const pages = [...node.services.values()].filter(isHttpGateway).map((gateway) => gateway.watch());
  const end = new AbortController();
  await using stack = new AsyncDisposableStack();
  for (const app of apps) {
    const current = await begin(node, app, { io, pages });
    const change = reloader(node, app, { io, pages, current, signal: end.signal });
    const failed = (error: unknown): void => io.err(shown(error, io.colors));
    stack.use(watchFolder(app.folder, { change, failed, since: app.since }));
  }
  stack.defer(() => end.abort(new Error('Nobody watches any more')));
  return stack.move();
}

interface Told {
  readonly io: Io;
  readonly pages: readonly Watching[];
}

/** What is there of an application. */
interface Current {
  name: string;
  /** `waiting` for a first version that runs, or the last change could not be taken over. */
  state: 'good' | 'broken' | 'waiting';
}

async function begin(node: Node, { folder, first }: WatchedApp, told: Told): Promise<Current> {
  let fault: unknown;
  if ('fault' in first) fault = first.fault;
  else {
    try {
      await node.run(first, { folder });
      return { name: first.name, state: 'good' };
    } catch (error) {
      if (!isCoded(error) || ENDED.has(error.code)) throw error;
      fault = error;
    }
  }
  const empty = placeholder('fault' in first ? await nameOf(folder) : first.name);
  const { name } = empty;
  await node.run(empty, { folder });
  tell(name, fault, { ...told, outlook: `${name} starts when that is mended: the next save is tried` });
  return { name, state: 'waiting' };
}

function reloader(
  node: Node,
  { folder, load }: WatchedApp,
  { current, signal, ...told }: Told & { readonly current: Current; readonly signal: AbortSignal },
): (changes: Changes) => Promise<void> {
  async function replace(): Promise<void> {
    const started = performance.now();
    const application = await load(signal);
    if (application.name === current.name) await node.reload(application, { folder });
    else {
      await node.run(application, { folder });
      await node.unload(current.name);
      current.name = application.name;
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const done = current.state === 'waiting' ? 'Started' : 'Reloaded';
    told.io.err(`${done} ${current.name} in ${seconds} s\n`);
  }
  return async (changes) => {
    if (!node.apps.has(current.name)) {
      told.io.err(`${current.name} is not loaded any more: the change waits for hermes load\n`);
      return;
    }
    try {
      if (current.state !== 'good' || !(await areWebFiles(folder, changes))) await replace();
      current.state = 'good';
      for (const page of told.pages) page.reload(current.name);
    } catch (error) {
      if (signal.aborted || (isCoded(error) && ENDED.has(error.code))) return;
      if (current.state === 'good') current.state = 'broken';
      const outlook =
        current.state === 'waiting' ? 'still waits for a version that runs' : 'goes on as it was';
      tell(current.name, error, { ...told, outlook: `${current.name} ${outlook}` });
    }
  };
}

/** Says a fault on the terminal and over the pages. */
function tell(
  name: string,
  fault: unknown,
  { io, pages, outlook }: Told & { readonly outlook: string },
): void {
  io.err(`${shown(fault, io.colors)}${outlook}\n`);
  for (const page of pages) page.fault(name, shown(fault, false));
}

/** Whether only what browsers fetch has changed: the engine reads those files when they are asked for. */
async function areWebFiles(folder: string, changes: Changes): Promise<boolean> {
  const { www } = await manifestOf(folder);
  if (typeof www !== 'string') return false;
  return [...changes].every((path) => {
    const inside = relative(join(folder, www), join(folder, path));
    return inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
  });
}

async function nameOf(folder: string): Promise<unknown> {
  return (await manifestOf(folder))['name'];
}

async function manifestOf(folder: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return { ...JSON.parse(await readFile(join(folder, 'application.json'), 'utf8')) };
  } catch {
    // What is wrong with the manifest is for the loading to say, with file and place.
    return {};
  }
}

function shown(error: unknown, colors: boolean): string {
  return report(error, { colors, verbose: false });
}
