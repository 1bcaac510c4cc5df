/**
 * The WIT of all packages that the test guests need, as one text: the tools that read WIT here cannot see files.
 *
 * @module
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const own = join(import.meta.dirname, 'wit');
const extensions = join(import.meta.dirname, '../../src/extensions');

/** `guest.wit` first, then every other package in braces. A package of an extension wins over one kept here. */
export async function allWit(): Promise<string> {
  const packages = new Map<string, string[]>();
  let worlds = '';
  const folders = (await readdir(extensions).catch(() => []))
    .sort()
    .map((name) => join(extensions, name, 'wit'));
  for (const folder of [...folders, own]) {
    const found = new Set(packages.keys());
    for (const file of (await readdir(folder).catch(() => [])).sort()) {
      if (!file.endsWith('.wit')) continue;
      // Without comments, which would only make a guest out of date.
      const text = (await readFile(join(folder, file), 'utf8')).replace(/^\s*\/\/.*\n/gm, '');
      if (file === 'guest.wit') worlds = text;
      else add(packages, found, text, join(folder, file));
    }
  }
  return [worlds, ...packages.entries().map(([name, parts]) => `package ${name} {${parts.join('')}}`)].join(
    '\n',
  );
}

function add(packages: Map<string, string[]>, taken: ReadonlySet<string>, text: string, file: string): void {
  const match = /^package ([^;]+);$/m.exec(text);
  if (!match?.[1]) throw new Error(`Cannot read ${file}: it has no line "package …;"`);
  const name = match[1];
  if (taken.has(name)) return;
  packages.set(name, [...(packages.get(name) ?? []), text.replace(match[0], '')]);
}
