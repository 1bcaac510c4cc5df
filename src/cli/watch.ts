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
import { report } from './report.ts';
import { type Changes, watchFolder } from './watch-folder.ts';

export interface WatchedApp {
  readonly folder: string;
  /** As it was loaded. */
  readonly name: string;
  /** Builds what has changed and reads the folder anew. Rejects with what is wrong with it. */
  readonly load: () => Promise<Application>;
}

/** What the end of the engine says to a reload under way: no news. */
const ENDED: ReadonlySet<string> = new Set(['STOPPING', 'APP_UNLOADED', 'ENGINE_DISPOSED']);

/**
 * Reloads applications when something in their folders changes, and tells the pages in browsers; a change of
 * web files only is told at once. What is wrong is said on the terminal and over the pages; the version that
 * runs goes on. Disposal ends it. Throws `WATCH_FAILED`.
 */
export function watchApps(node: Node, apps: readonly WatchedApp[], io: Io): AsyncDisposable {
  const pages = [...node.services.values()].filter(isHttpGateway).map((gateway) => gateway.watch());
  const stack = new AsyncDisposableStack();
  for (const app of apps) {
    const change = reloader(node, app, { io, pages });
    stack.use(watchFolder(app.folder, { change, failed: (error) => io.err(shown(error, io.colors)) }));
  }
  return stack;
}

function reloader(
  node: Node,
  { folder, load, ...app }: WatchedApp,
  { io, pages }: { readonly io: Io; readonly pages: readonly Watching[] },
): (changes: Changes) => Promise<void> {
  let { name } = app;
  let broken = false;

  async function replace(): Promise<void> {
    const started = performance.now();
    const application = await load();
    if (application.name === name) await node.reload(application);
    else {
      await node.run(application);
      await node.unload(name);
      name = application.name;
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    io.err(`Reloaded ${name} in ${seconds} s\n`);
  }
  return async (changes) => {
    try {
      if (broken || !(await areWebFiles(folder, changes))) await replace();
      broken = false;
      for (const page of pages) page.reload(name);
    } catch (error) {
      if (isCoded(error) && ENDED.has(error.code)) return;
      broken = true;
      io.err(`${shown(error, io.colors)}${name} goes on as it was\n`);
      for (const page of pages) page.fault(name, shown(error, false));
    }
  };
}

/** Whether only what browsers fetch has changed: the engine reads those files when they are asked for. */
async function areWebFiles(folder: string, changes: Changes): Promise<boolean> {
  const www = await wwwOf(folder);
  if (www === undefined) return false;
  return [...changes].every((path) => {
    const inside = relative(join(folder, www), join(folder, path));
    return inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
  });
}

async function wwwOf(folder: string): Promise<string | undefined> {
  try {
    const { www } = JSON.parse(await readFile(join(folder, 'application.json'), 'utf8'));
    return typeof www === 'string' ? www : undefined;
  } catch {
    // What is wrong with the manifest is for the loading to say, with file and place.
    return undefined;
  }
}

function shown(error: unknown, colors: boolean): string {
  return report(error, { colors, verbose: false });
}
