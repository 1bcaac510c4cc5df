/**
 * Builds the test guests: `node test/guests/build.ts [names…]`, or `guest('c-echo')` in a test. What is built
 * stays in `node_modules/.cache/hermes/guests` under a hash of all that it was made of. Without names it builds
 * what is missing, in as many processes as there are processors.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GuestName, guestNames, guests, type Recipe } from './list.ts';
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
  const file = await placeOf(name, wit);
  const cached = await readFile(file).catch(unlessMissing);
  const bytes = cached ?? (await recipe.make(await import('./tools.ts'), wit));
  if (!cached) await store(name, file, bytes);
  return new Uint8Array(bytes);
}

/** Builds these guests, and says what was not in the cache. */
async function buildGuests(names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!Object.hasOwn(guests, name)) {
      throw new Error(`Cannot build "${name}": the guests are ${Object.keys(guests).join(', ')}`);
    }
    await guest(name as GuestName);
  }
}

/** What takes longest comes first. Guests of one language share a process, since starting a compiler takes long, too. */
const FIRST = ['cpp', 'js', 'c', 'as'];
/** The compilers are WebAssembly that runs for a moment: what optimising it costs is more than it gives. */
const BUILDER = ['--liftoff-only', '--wasm-lazy-validation', fileURLToPath(import.meta.url)];

async function buildMissing(): Promise<void> {
  const wit = await allWit();
  const missing: GuestName[] = [];
  for (const name of guestNames) {
    const there = await access(await placeOf(name, wit)).then(() => true, unlessMissing);
    if (!there) missing.push(name);
  }
  const languages = Map.groupBy(missing, (name) => name.split('-')[0] ?? name);
  const groups = FIRST.map((language) => languages.get(language) ?? []);
  groups.push(missing.filter((name) => !FIRST.includes(name.split('-')[0] ?? name)));
  const ahead = groups.filter(({ length }) => length > 0);
  const work = async (): Promise<void> => {
    for (let names = ahead.shift(); names; names = ahead.shift()) {
      const [status] = await once(
        spawn(process.execPath, [...BUILDER, ...names], { stdio: 'inherit' }),
        'exit',
      );
      if (status !== 0) throw new Error(`Cannot build ${names.join(', ')}: see above`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
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

async function placeOf(name: GuestName, wit: string): Promise<string> {
  return join(cache, `${name}-${await digest(guests[name], wit)}.wasm`);
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

if (import.meta.main) {
  const names = process.argv.slice(2);
  await (names.length > 0 ? buildGuests(names) : buildMissing());
}
