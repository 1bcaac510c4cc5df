import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { root, sources } from './sources.ts';

interface Example {
  readonly path: string;
  readonly line: number;
  readonly code: string;
}

/** The ```ts blocks of doc comments. */
function examplesIn(path: string, text: string): readonly Example[] {
  return [...text.matchAll(/^ *\* ```ts\n((?: *\*.*\n)*?) *\* ```$/gm)].map((match) => ({
    path,
    line: text.slice(0, match.index).split('\n').length,
    code: (match[1] ?? '').replaceAll(/^ *\* ?/gm, ''),
  }));
}

/** Value exports of a file, so that an example can use them without importing them. */
function exportsOf(text: string): readonly string[] {
  return [...text.matchAll(/^export (?:async )?(?:function\*?|const|class) (\w+)/gm)].map(
    (match) => match[1] ?? '',
  );
}

/**
 * Each example as a module of its own; all run in one process, because starting Node costs more than most
 * examples do.
 */
test('the examples in doc comments run', { timeout: 120_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hermes-examples-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  // Examples import the packages that the code does.
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const all: string[] = [];
  for (const { path, text } of await sources(['src'])) {
    for (const { line, code } of examplesIn(path, text)) {
      assert.match(code, /\bassert\b|\bassert\./, `${path}:${line} asserts nothing`);
      const file = join(folder, `${all.length}.ts`);
      const names = exportsOf(text).filter((name) => !new RegExp(`import .*\\b${name}\\b`).test(code));
      const own = pathToFileURL(join(root, path)).href;
      const body = code
        .replaceAll(
          'import.meta',
          JSON.stringify({ filename: join(root, path), url: own, dirname: dirname(join(root, path)) }),
        )
        .replaceAll(/from '(\.[^']+)'/g, (_, target) => `from '${new URL(target, own).href}'`);
      await writeFile(file, `import { ${names.join(', ')} } from '${own}';\n${body}\nexport {};\n`);
      all.push(`${path}:${line}`);
    }
  }
  assert.ok(all.length > 10, `Found only ${all.length} examples`);
  const run = `
    const names = ${JSON.stringify(all)};
    for (const [index, name] of names.entries()) {
      try { await import('./' + index + '.ts'); } catch (error) { console.error(name, error); process.exitCode = 1; }
    }`;
  await writeFile(join(folder, 'all.ts'), run);
  const { stderr } = await promisify(execFile)(process.execPath, [join(folder, 'all.ts')], {
    cwd: dirname(folder),
  }).catch((error: { stderr: string }) => error);
  assert.equal(stderr, '');
});
