/**
 * Writes the TypeScript types of host functions and events from the WIT of each extension:
 * `src/extensions/<name>/wit/<interface>.wit` becomes `src/extensions/<name>/generated/<interface>.ts`. Writes
 * `docs/errors.md` from the tables of codes, and `docs/extensions/` from the README and the WIT of each extension.
 * An extension without a README is named, and makes it fail. With `--check` it writes nothing and names the files that are stale.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { hostTypes } from '../src/lib/wit/host-types.ts';
import { readWit, type WitFile } from '../src/lib/wit/read.ts';
import { codeRows, errorsPage } from './error-tables.ts';
import { type Extension, extensionPages } from './extension-pages.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const EXTENSIONS = 'src/extensions/';
const ERRORS = 'docs/errors.md';
/** Folders in which nothing else lies. */
const GENERATED = /\/generated\/[^/]+\.ts$|^docs\/extensions\/[^/]+$/;

/** What should be there, by path from the root of the project. */
export async function generated(root: string = ROOT): Promise<ReadonlyMap<string, string>> {
  const files: WitFile[] = [];
  const folders = [`${EXTENSIONS}`, 'wit/'];
  for (const folder of folders) {
    for (const path of await witFiles(root, folder))
      files.push({ path, text: await readFile(root + path, 'utf8') });
  }
  const wit = readWit(files);
  const outputs = new Map<string, string>();
  for (const part of wit.parts) {
    const extension = /^src\/extensions\/([^/]+)\/wit\//.exec(part.path)?.[1];
    if (extension === undefined) continue;
    for (const face of part.interfaces) {
      outputs.set(`${EXTENSIONS}${extension}/generated/${face.name}.ts`, hostTypes(wit, face));
    }
  }
  outputs.set(ERRORS, errorsPage(await codeRows()));
  const extensions: Extension[] = [];
  for (const name of extensionsOf(files)) {
    const path = readmeOf(name);
    if (existsSync(root + path)) extensions.push({ name, readme: await readFile(root + path, 'utf8') });
  }
  for (const [path, text] of extensionPages(wit, extensions)) outputs.set(path, text);
  return outputs;
}

/** What people have to write: the README of every extension that has WIT. */
export async function missing(root: string = ROOT): Promise<readonly string[]> {
  const paths = (await witFiles(root, EXTENSIONS)).map((path) => ({ path }));
  return extensionsOf(paths)
    .map(readmeOf)
    .filter((path) => !existsSync(root + path));
}

function extensionsOf(files: readonly { readonly path: string }[]): readonly string[] {
  const names = files.map(({ path }) => /^src\/extensions\/([^/]+)\/wit\//.exec(path)?.[1]);
  return [...new Set(names)].filter((name) => name !== undefined);
}

function readmeOf(extension: string): string {
  return `${EXTENSIONS}${extension}/README.md`;
}

/** Paths whose content is not what `generated` says, those that should not be there included. */
export async function stale(root: string = ROOT): Promise<readonly string[]> {
  const wanted = await generated(root);
  const found = new Set<string>(existsSync(root + ERRORS) ? [ERRORS] : []);
  for (const folder of [EXTENSIONS, 'docs/']) {
    for (const path of await filesBelow(root, folder)) if (GENERATED.test(path)) found.add(path);
  }
  const wrong = [...found].filter((path) => !wanted.has(path));
  for (const [path, text] of wanted) {
    if (!found.has(path) || (await readFile(root + path, 'utf8')) !== text) wrong.push(path);
  }
  return wrong.toSorted();
}

async function main(): Promise<void> {
  const [wrong, unwritten] = [await stale(), await missing()];
  for (const path of unwritten) console.error(`Missing: ${path}; write what the extension is for`);
  if (unwritten.length > 0) process.exitCode = 1;
  if (process.argv.includes('--check')) {
    for (const path of wrong) console.error(`Stale: ${path}; run "npm run generate"`);
    if (wrong.length > 0) process.exitCode = 1;
    return;
  }
  const wanted = await generated();
  for (const path of wrong) {
    const text = wanted.get(path);
    if (text === undefined) await rm(ROOT + path);
    else {
      await mkdir(ROOT + path.slice(0, path.lastIndexOf('/')), { recursive: true });
      await writeFile(ROOT + path, text);
    }
    console.log(`${text === undefined ? 'Removed' : 'Wrote'} ${path}`);
  }
  if (wrong.length === 0) console.log('Everything is up to date');
}

async function witFiles(root: string, folder: string): Promise<readonly string[]> {
  return (await filesBelow(root, folder)).filter((path) => path.endsWith('.wit'));
}

async function filesBelow(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(root + folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll('//', '/').slice(root.length))
    .toSorted();
}

if (import.meta.main) await main();
