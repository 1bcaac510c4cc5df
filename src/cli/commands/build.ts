import { writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { buildModule } from '../../build/build-module.ts';
import { expectWords } from '../arguments.ts';
import type { Command, Given } from '../command.ts';
import { fail } from '../errors.ts';
import type { Io } from '../io.ts';
import { installedWit } from '../wit.ts';

/** `hermes build`. */
export const build: Command = {
  name: 'build',
  summary: 'Makes a component of a module written in TypeScript or C',
  usage: '<module folder> [options]',
  about: [
    'Builds src/index.ts or src/main.c of the folder into module.wasm. Handlers are exports with',
    'the names of the WIT in camelCase: init, reply, kvUpdate; in C the HERMES_ON_… macros of',
    '<hermes.h>. What a module may import and export is written to .hermes/types; for the editor,',
    'let tsconfig.json be { "extends": "./.hermes/tsconfig.json" }.',
  ].join('\n'),
  options: {
    output: {
      type: 'string',
      short: 'o',
      value: 'file',
      help: 'Where the component goes; <folder>/module.wasm by default',
    },
    'no-check': { type: 'boolean', help: 'Leaves out the check of types' },
    fresh: { type: 'boolean', help: 'Builds even when nothing has changed' },
  },
  examples: ['hermes build modules/api', 'hermes build modules/api --output api.wasm'],
  run: runBuild,
};

async function runBuild(given: Given, io: Io): Promise<number> {
  expectWords(given, { command: 'build', what: 'the folder of a module', least: 1, most: 1 });
  const folder = given.words[0] ?? '';
  const file = resolve(given.text('output')[0] ?? join(folder, 'module.wasm'));
  const started = performance.now();
  const options = { wit: await installedWit(), check: !given.flag('no-check'), fresh: given.flag('fresh') };
  const { bytes, warnings, cached } = await buildModule(folder, options);
  for (const warning of warnings) io.err(`Warning: ${warning}\n`);
  await writeFile(file, bytes).catch((cause: unknown) => {
    throw fail('OUTPUT_FILE', { file }, cause);
  });
  const how = cached ? 'nothing had changed' : `in ${((performance.now() - started) / 1000).toFixed(1)} s`;
  io.err(`Built ${relative('.', file) || file}: ${bytes.length.toLocaleString('en')} bytes, ${how}\n`);
  return 0;
}
