import { relative } from 'node:path';
import { isCoded } from '../../lib/errors.ts';
import type { Node } from '../../node.ts';
import type { Application } from '../../package/application.ts';
import { expectWords } from '../arguments.ts';
import type { Command, Given } from '../command.ts';
import type { Io } from '../io.ts';
import type { WatchedApp } from '../watch.ts';
import { ENGINE_OPTIONS } from './engine-options.ts';

/** `hermes run`. */
export const run: Command = {
  name: 'run',
  summary: 'Runs applications from their folders',
  usage: '<application folder>… [options]',
  about: [
    'Loads the application of each folder (application.json), builds its modules that come as',
    'sources and have changed, and serves it at http://<name>.localhost:<port>/. Ctrl-C or SIGTERM',
    'lets running events end; a second one ends them at once.',
  ].join('\n'),
  options: {
    ...ENGINE_OPTIONS,
    'no-build': { type: 'boolean', help: 'Takes modules as they were built before' },
    watch: { type: 'boolean', help: 'Reloads an application when its folder changes, and its pages' },
    'no-check': { type: 'boolean', help: 'Leaves out the check of types when building' },
  },
  examples: [
    'hermes run examples/guestbook',
    'hermes run shop --watch',
    'hermes run shop forum --port 8080 --home ./data',
  ],
  run: runFolders,
};

async function runFolders(given: Given, io: Io): Promise<number> {
  const { printConfig, readEngineOptions, runEngine } = await import('./running.ts');
  const options = readEngineOptions(given, io, 'run');
  if (await printConfig(given, io, options)) return 0;
  expectWords(given, { command: 'run', what: 'the folder of an application', least: 1 });
  const build = given.flag('no-build') ? undefined : builder(given, io);
  const [{ loadFolder }, { createFolderVfs }] = await Promise.all([
    import('../../package/load-folder.ts'),
    import('../../vfs/folder.ts'),
  ]);
  const load = (folder: string, signal?: AbortSignal): Promise<Application> =>
    loadFolder(folder, {
      createVfs: createFolderVfs,
      ...(build && { build: (module) => build(module, signal) }),
    });
  const nodeOptions = { ...options, ...(build && { build }) };
  const serve = (use: (node: Node) => Promise<void>): Promise<number> => runEngine(nodeOptions, io, use);
  if (given.flag('watch')) return runWatched(given.words, load, { io, serve });
  // Before the engine starts: nobody should meet a server whose applications are still being built.
  const loaded: { readonly folder: string; readonly application: Application }[] = [];
  for (const folder of given.words) loaded.push({ folder, application: await load(folder) });
  return await serve(async (node) => {
    for (const { folder, application } of loaded) await node.run(application, { folder });
  });
}

/** As without watching, but what is wrong with an application ends nothing. */
async function runWatched(
  folders: readonly string[],
  load: (folder: string, signal?: AbortSignal) => Promise<Application>,
  { io, serve }: { readonly io: Io; readonly serve: (use: (node: Node) => Promise<void>) => Promise<number> },
): Promise<number> {
  const apps: WatchedApp[] = [];
  for (const folder of folders) {
    const since = Date.now();
    const first = await load(folder).catch((fault: unknown) => {
      // Without a folder there is nothing to watch.
      if (!isCoded(fault) || fault.code === 'APP_NOT_FOUND') throw fault;
      return { fault };
    });
    apps.push({ folder, load: (signal) => load(folder, signal), since, first });
  }
  const { watchApps } = await import('../watch.ts');
  await using watching = new AsyncDisposableStack();
  return await serve(async (node) => void watching.use(await watchApps(node, apps, io)));
}

/** Builds a module's sources when they have changed, and says so when that takes its time. */
function builder(
  given: Given,
  io: Io,
): (folder: string, signal: AbortSignal | undefined) => Promise<Uint8Array<ArrayBuffer>> {
  let installed: ReturnType<typeof buildTools> | undefined;
  return async (folder, signal) => {
    // Neither changes while this process runs.
    installed ??= buildTools();
    const { buildModule, wit, tools, compiler } = await installed;
    const started = performance.now();
    const { bytes, cached, warnings } = await buildModule(folder, {
      wit,
      tools,
      compiler,
      check: !given.flag('no-check'),
      ...(signal && { signal }),
      building: () => io.err(`Building ${relative('.', folder)}\n`),
    });
    for (const warning of warnings) io.err(`Warning: ${warning}\n`);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (!cached) io.err(`Built ${relative('.', folder)} in ${seconds} s\n`);
    return bytes;
  };
}

/** What every build needs. */
async function buildTools() {
  const [{ buildModule }, { createCompiler }, { toolsKey }, { installedWit }] = await Promise.all([
    import('../../build/build-module.ts'),
    import('../../build/c/compiler.ts'),
    import('../../build/cache.ts'),
    import('../wit.ts'),
  ]);
  // The compiler ends with this process, and long before when nothing is built.
  return { buildModule, wit: await installedWit(), tools: await toolsKey(), compiler: createCompiler() };
}
