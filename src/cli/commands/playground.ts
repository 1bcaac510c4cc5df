import { expectWords } from '../arguments.ts';
import type { Command, Given } from '../command.ts';
import { moduleName, readComponent } from '../component-file.ts';
import type { Io } from '../io.ts';
import { ENGINE_OPTIONS } from './engine-options.ts';

/** `hermes playground`. */
export const playground: Command = {
  name: 'playground',
  summary: 'Runs bare components as one application, without manifests',
  usage: '<component.wasm>… [options]',
  about: [
    'Each component becomes a module with the name of its file; the application has no files and',
    'no configuration.',
  ].join('\n'),
  options: {
    'app-name': {
      type: 'string',
      value: 'name',
      help: 'The name of the application; playground-app by default',
    },
    ...ENGINE_OPTIONS,
  },
  examples: ['hermes playground echo.wasm', 'hermes playground api.wasm cron.wasm --app-name trial'],
  run: runComponents,
};

async function runComponents(given: Given, io: Io): Promise<number> {
  const { printConfig, readEngineOptions, runEngine } = await import('./running.ts');
  const options = readEngineOptions(given, io, 'playground');
  if (await printConfig(given, io, options)) return 0;
  expectWords(given, { command: 'playground', what: 'the file of a component', least: 1 });
  const [{ applicationOf }, { createMemoryVfs }] = await Promise.all([
    import('../../package/components.ts'),
    import('../../vfs/memory.ts'),
  ]);
  const components = [];
  for (const file of given.words)
    components.push({ name: moduleName(file), bytes: await readComponent(file) });
  const name = given.text('app-name')[0] ?? 'playground-app';
  const application = applicationOf({ name, components, vfs: createMemoryVfs({}) });
  return runEngine(options, io, async (node) => {
    await node.run(application);
  });
}
