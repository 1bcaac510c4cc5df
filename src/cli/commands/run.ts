import { relative } from 'node:path';
import type { Application } from '../../package/application.ts';
import { expectWords } from '../arguments.ts';
import type { Command, Given } from '../command.ts';
import type { Io } from '../io.ts';
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
  const load = (folder: string): Promise<Application> =>
    loadFolder(folder, { createVfs: createFolderVfs, ...(build && { build }) });
  // Before the engine starts: nobody should meet a server whose applications are still being built.
  const loaded: { readonly folder: string; readonly application: Application }[] = [];
  for (const folder of given.words) loaded.push({ folder, application: await load(folder) });
  await using watching = new AsyncDisposableStack();
  return await runEngine(options, io, async (node) => {
    for (const { application } of loaded) await node.run(application);
    if (!given.flag('watch')) return;
    const { watchApps } = await import('../watch.ts');
    const apps = loaded.map(({ folder, application: { name } }) => ({
      folder,
      name,
      load: () => load(folder),
    }));
    watching.use(watchApps(node, apps, io));
  });
}

/** Builds a module's sources when they have changed, and says so when that takes its time. */
function builder(given: Given, io: Io): (folder: string) => Promise<Uint8Array<ArrayBuffer>> {
  return async (folder) => {
    const { buildModule } = await import('../../build/build-module.ts');
    const { installedWit } = await import('../wit.ts');
    const started = performance.now();
    const { bytes, cached, warnings } = await buildModule(folder, {
      wit: await installedWit(),
      check: !given.flag('no-check'),
      building: () => io.err(`Building ${relative('.', folder)}\n`),
    });
    for (const warning of warnings) io.err(`Warning: ${warning}\n`);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (!cached) io.err(`Built ${relative('.', folder)} in ${seconds} s\n`);
    return bytes;
  };
}
