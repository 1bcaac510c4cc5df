/**
 * Builds the test guests: `node test/guests/build.ts [names…]`, or `guest('c-echo')` in a test. What is built
 * stays in `node_modules/.cache/hermes/guests` under a hash of all that it was made of.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GuestName, guests, type Recipe } from './list.ts';
import { allWit } from './wit.ts';

export type { GuestName };

const here = import.meta.dirname;
const root = join(here, '../..');
const cache = join(root, 'node_modules/.cache/hermes/guests');
const tools = [
  '@bytecodealliance/jco-transpile',
  '@yowasp/clang',
  'assemblyscript',
  'componentize-qjs',
  'esbuild',
];

/**
 * The bytes of a guest, built now if they are not in the cache. Two processes may ask at once.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const bytes = await guest('rust-echo');
 * assert.deepEqual([...bytes.subarray(0, 4)], [0, 0x61, 0x73, 0x6d]);
 * ```
 */
export async function guest(name: GuestName): Promise<Uint8Array<ArrayBuffer>> {
  const recipe = guests[name];
  const wit = await allWit();
  const file = join(cache, `${name}-${await digest(recipe, wit)}.wasm`);
  const cached = await readFile(file).catch(unlessMissing);
  const bytes = cached ?? (await recipe.make(await import('./tools.ts'), wit));
  if (!cached) await store(name, file, bytes);
  return new Uint8Array(bytes);
}

/** Builds these guests, all by default, and says what was not in the cache. */
export async function buildGuests(names: readonly string[] = Object.keys(guests)): Promise<void> {
  for (const name of names) {
    if (!Object.hasOwn(guests, name)) {
      throw new Error(`Cannot build "${name}": the guests are ${Object.keys(guests).join(', ')}`);
    }
    await guest(name as GuestName);
  }
}

/** Written beside its place and renamed, so that no reader sees half of it. Older builds of the guest go. */
async function store(name: GuestName, file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(cache, { recursive: true });
  const draft = join(cache, `.${name}-${process.pid}-${crypto.randomUUID()}`);
  await writeFile(draft, bytes);
  await rename(draft, file);
  const old = new RegExp(`^${name}-[0-9a-f]{24}\\.wasm$`);
  for (const entry of await readdir(cache)) {
    if (old.test(entry) && join(cache, entry) !== file) await rm(join(cache, entry), { force: true });
  }
  console.log(`Built guest ${name}: ${bytes.length.toLocaleString('en')} bytes`);
}

async function digest(recipe: Recipe, wit: string): Promise<string> {
  const hash = createHash('sha256').update(recipe.make.toString());
  if (recipe.make.length > 1) hash.update(wit);
  for (const tool of tools) hash.update(await readFile(join(root, 'node_modules', tool, 'package.json')));
  for (const path of ['tools.ts', 'list.ts', ...recipe.from]) {
    for (const file of await filesBelow(path))
      hash.update(`\0${file}\0`).update(await readFile(join(here, file)));
  }
  return hash.digest('hex').slice(0, 24);
}

async function filesBelow(path: string): Promise<readonly string[]> {
  if (/\.\w+$/.test(path)) return [path];
  const entries = await readdir(join(here, path), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.map((file) => file.slice(here.length + 1)).sort();
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

if (import.meta.main) await buildGuests(process.argv.length > 2 ? process.argv.slice(2) : undefined);
