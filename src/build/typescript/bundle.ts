import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildFailure, BuildOptions, Message, Plugin } from 'esbuild';
import { suggest } from '../../lib/nearest.ts';
import type { Wit, WitInterface } from '../../lib/wit/model.ts';
import { camel, pascal } from '../../lib/wit/names.ts';
import { fail } from '../errors.ts';
import { type Fault, faultText } from '../fault.ts';
import type { TraceTable } from '../guest/trace.ts';

/** What a bundle needs to know of the module. */
export interface BundleOptions {
  /** Absolute path of the module folder. */
  readonly folder: string;
  readonly wit: Wit;
}

/** Names exported by an entry, and what the code below it imports and is made of. */
export interface Outline {
  readonly exports: readonly string[];
  /** Source files, relative to the module folder. */
  readonly inputs: readonly string[];
}

export interface Bundle {
  readonly code: string;
  readonly table: TraceTable;
  /** Ids of the interfaces that the code imports. */
  readonly imports: readonly string[];
  /** Source files of the module, relative to its folder. */
  readonly inputs: readonly string[];
  readonly warnings: readonly string[];
}

const GUEST = fileURLToPath(new URL('../guest/', import.meta.url));
const INSTALL = join(GUEST, 'install.ts');
/** Read by the prelude, written by the last line of the bundle: its own lines must be known first. */
const TABLE = `globalThis[Symbol.for('hermes.trace')]`;
const NOTHING = `{ sources: [], mappings: '' }`;
/** What the template has ready for the bundle; see template.ts. */
const LOAD = `globalThis[Symbol.for('hermes.load')]`;
const NO_AWAIT =
  'Code outside of handlers cannot wait: nothing goes on while a module is built; take "await" away';
/** How paths of interfaces begin in what esbuild tells. */
const FACE = 'hermes-interface:';
/** `hermes:guest`. Files need WASI: what is not used falls away, and with it the import. */
const GUEST_TEXT = `
import { getDirectories } from 'wasi:filesystem/preopens@0.2.6';
import { createFiles } from ${JSON.stringify(join(GUEST, 'files.ts'))};
export { check, FileError, json, suite, text } from ${JSON.stringify(join(GUEST, 'guest.ts'))};
const files = /* @__PURE__ */ createFiles(() => getDirectories(), () => crypto.randomUUID());
${['readFile', 'readText', 'writeFile', 'appendFile', 'list', 'remove']
  .map((name) => `export const ${name} = (...values) => files.${name}(...values);`)
  .join('\n')}
`;
const PRELUDE = `
import { log } from 'hermes:logging/api';
import { exit } from 'wasi:cli/exit@0.2.6';
import { getRandomBytes } from 'wasi:random/random@0.2.6';
import { install } from ${JSON.stringify(INSTALL)};
const table = () => ${TABLE} ?? ${NOTHING};
export const { guard } = install(globalThis, {
  log, exit: () => exit({ tag: 'err' }), randomBytes: getRandomBytes, table,
});
`;

/** What a module exports, and from which files it is made. Throws `BUILD_FAILED` with every fault. */
export async function outline(entry: string, options: BundleOptions): Promise<Outline> {
  const { metafile } = await run({ entryPoints: [entry] }, options);
  const [output] = Object.values(metafile.outputs);
  return { exports: output?.exports ?? [], inputs: ownInputs(metafile.inputs) };
}

/**
 * A script for QuickJS, to be evaluated in a template (template.ts): the globals of a guest, the module's code, and its
 * handlers, each in a guard that logs what it throws. Throws `BUILD_FAILED` with every fault.
 */
export async function bundle(
  entry: string,
  objects: ReadonlyMap<string, readonly string[]>,
  options: BundleOptions,
): Promise<Bundle> {
  const { wit } = options;
  const handlers = [...new Set([...objects.values()].flat())];
  const names = handlers.map((name, index) => `${name} as handler${index}`);
  const guards = (list: readonly string[]): string =>
    list.map((name) => `${name}: guard('${name}', handler${handlers.indexOf(name)})`).join(', ');
  const contents = [
    `import { guard } from 'hermes:prelude';`,
    `import { ${names.join(', ')} } from ${JSON.stringify(`./${entry}`)};`,
    ...[...objects].map(([object, list]) => `Object.assign(${LOAD}.exports.${object}, { ${guards(list)} });`),
  ].join('\n');
  const stdin = { contents, resolveDir: options.folder, sourcefile: 'hermes:entry' };
  const { metafile, outputFiles, warnings } = await run(
    { stdin, sourcemap: 'external', format: 'iife' },
    options,
  );
  const map = JSON.parse(
    outputFiles.find(({ path }) => path.endsWith('.map'))?.text ?? '{}',
  ) as Partial<TraceTable>;
  const table = {
    sources: (map.sources ?? []).map((path) => sourceName(path)),
    mappings: map.mappings ?? '',
  };
  const code = outputFiles.find(({ path }) => path.endsWith('.js'))?.text ?? '';
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const imports = used.flatMap(([path, { bytesInOutput }]) => {
    const id = path.startsWith(FACE) ? path.slice(FACE.length) : '';
    return bytesInOutput > 0 && wit.interfaces.has(id) ? [id] : [];
  });
  return {
    // Modules are strict, scripts only when they say so; on the first line nothing has a place in a source.
    code: `'use strict';${code}\n${TABLE} = ${JSON.stringify(table)};\n`,
    table,
    imports: imports.toSorted(),
    inputs: ownInputs(metafile.inputs),
    warnings: warnings.map((message) => messageText(message)),
  };
}

async function run(entry: BuildOptions, { folder, wit }: BundleOptions) {
  const esbuild = await import('esbuild');
  try {
    return await esbuild.build({
      ...entry,
      absWorkingDir: folder,
      outfile: join(folder, 'bundle.js'),
      bundle: true,
      write: false,
      metafile: true,
      format: entry.format ?? 'esm',
      platform: 'neutral',
      // QuickJS has all of it but explicit resource management, which is compiled away.
      target: 'es2023',
      mainFields: ['module', 'main'],
      charset: 'utf8',
      legalComments: 'none',
      logLevel: 'silent',
      sourcesContent: false,
      tsconfigRaw: { compilerOptions: { target: 'esnext', useDefineForClassFields: true } },
      plugins: [hostModules(wit)],
    });
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (!Array.isArray(errors)) throw fail('BUILD_TOOL', { tool: 'esbuild' }, error);
    throw fail('BUILD_FAILED', { faults: errors.map((message) => messageText(message)) });
  }
}

/** Interfaces of the WIT come from the template; an unknown one is a fault that names the nearest. */
function hostModules(wit: Wit): Plugin {
  const known = [...wit.interfaces.keys(), 'hermes:guest'];
  return {
    name: 'hermes',
    setup(build) {
      build.onResolve({ filter: /^hermes:prelude$/ }, () => ({
        path: 'hermes:prelude',
        namespace: 'hermes',
      }));
      build.onLoad({ filter: /.*/, namespace: 'hermes' }, ({ path }) => {
        return { contents: path === 'hermes:guest' ? GUEST_TEXT : PRELUDE, resolveDir: GUEST };
      });
      build.onLoad({ filter: /.*/, namespace: FACE.slice(0, -1) }, ({ path }) => {
        return { contents: faceText(wit.interfaces.get(path), path) };
      });
      build.onResolve({ filter: /^hermes:guest$/ }, ({ path }) => {
        return { path, namespace: 'hermes', sideEffects: false };
      });
      build.onResolve({ filter: /^[a-z][a-z0-9-]*:/ }, ({ path }) => {
        if (wit.interfaces.has(path)) return { path, namespace: FACE.slice(0, -1), sideEffects: false };
        if (!/^(hermes|wasi):/.test(path)) return undefined;
        return { errors: [{ text: `Cannot find the interface "${path}": ${suggest(path, known)}` }] };
      });
      build.onResolve({ filter: /^node:/ }, ({ path }) => {
        return {
          errors: [
            { text: `Cannot use "${path}": a module runs without Node; use the interfaces of the host` },
          ],
        };
      });
    },
  };
}

/** A module with the functions and classes of an interface, as the template has them. */
function faceText(face: WitInterface | undefined, id: string): string {
  const resources = [...(face?.types.values() ?? [])].filter(
    ({ definition }) => definition.kind === 'resource',
  );
  const names = [
    ...[...(face?.functions.values() ?? [])].map(({ name }) => camel(name)),
    ...resources.map(({ name }) => pascal(name)),
  ];
  // Under names of ours: theirs may be reserved words.
  const lines = names.map((name, n) => `const item${n} = /* @__PURE__ */ get(${JSON.stringify(name)});`);
  const exported = names.map((name, n) => `item${n} as ${name}`);
  return [
    `const get = (name) => ${LOAD}.interfaces[${JSON.stringify(id)}][name];`,
    ...lines,
    `export { ${exported.join(', ')} };`,
  ].join('\n');
}

/** Files of the module; ours and virtual ones are part of the tools. */
function ownInputs(inputs: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(inputs).filter((path) => !isVirtual(path) && !isOurs(path));
}

function isVirtual(path: string): boolean {
  return path.startsWith('hermes:') || path.startsWith(FACE);
}

function isOurs(path: string): boolean {
  return path.replaceAll('\\', '/').includes('/build/guest/');
}

function sourceName(path: string): string {
  return isOurs(path) || isVirtual(path) ? `hermes:${basename(path)}` : path;
}

function messageText({ text: said, location, notes }: Message): string {
  const text = said.startsWith('Top-level await') ? NO_AWAIT : said.replaceAll(FACE, '');
  const hints = notes.map((note) => `\n  ${note.text}`).join('');
  if (!location) return `${text}${hints}`;
  const { file, line, column, length, lineText } = location;
  const fault: Fault = { file, line, column: column + 1, length, text };
  return `${faultText(fault, `${'\n'.repeat(line - 1)}${lineText}`)}${hints}`;
}

/** A path of the module folder as its users write it. */
export function shortPath(folder: string, path: string): string {
  return relative(folder, path).replaceAll('\\', '/');
}
