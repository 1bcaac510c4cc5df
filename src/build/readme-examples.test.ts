import assert from 'node:assert/strict';
import { glob, mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildModule } from './build-module.ts';
import { type Compiler, createCompiler } from './c/compiler.ts';
import { readWitFolders } from './wit-files.ts';

const EXTENSIONS = fileURLToPath(new URL('../extensions/', import.meta.url));

interface Example {
  readonly extension: string;
  readonly code: string;
}

/** Blocks of this language in the READMEs of extensions; what only hints at code has no imports. */
async function examples(language: string, whole: RegExp): Promise<readonly Example[]> {
  const found: Example[] = [];
  for (const path of (await Array.fromAsync(glob('*/README.md', { cwd: EXTENSIONS }))).toSorted()) {
    const text = await readFile(join(EXTENSIONS, path), 'utf8');
    for (const [, code = ''] of text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm')))
      if (whole.test(code)) found.push({ extension: basename(dirname(path)), code });
  }
  return found;
}

/** Builds one module of all these files. */
async function build(files: Readonly<Record<string, string>>, compiler?: Compiler): Promise<void> {
  const folders = await Array.fromAsync(glob('*/wit/', { cwd: EXTENSIONS }));
  const wit = await readWitFolders([
    ...folders.map((folder) => new URL(`../extensions/${folder}/`, import.meta.url)),
    new URL('../../wit/', import.meta.url),
  ]);
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-readme-'));
  await mkdir(join(folder.path, 'src'));
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder.path, 'src', path), text);
  await buildModule(folder.path, { wit, ...(compiler && { compiler }) });
}

describe('the examples in the READMEs of extensions', () => {
  it('are TypeScript that fits the types', async () => {
    const found = await examples('ts', /^import .* from 'hermes:/m);
    assert.ok(found.length >= 5, `There are only ${found.length}`);
    const files = found.map(({ extension, code }, n) => [`${extension}-${n}.ts`, code] as const);
    const index = files.map(([name]) => `import './${name}';\n`).join('');
    await build({ ...Object.fromEntries(files), 'index.ts': `${index}export const init = () => true;\n` });
  });

  it('are C that compiles', async () => {
    // Handlers have one name each, so each is shown by one extension.
    const found = await examples('c', /^#include <hermes\.h>/m);
    assert.ok(found.length >= 5, `There are only ${found.length}`);
    const groups = new Map<boolean, Example[]>();
    for (const example of found) {
      const alone = example.extension === 'init';
      groups.set(alone, [...(groups.get(alone) ?? []), example]);
    }
    await using compiler = createCompiler();
    for (const list of groups.values()) {
      const files = list.map(({ extension, code }, n) => [n === 0 ? 'main.c' : `${extension}.c`, code]);
      await build(Object.fromEntries(files), compiler);
    }
  });
});
