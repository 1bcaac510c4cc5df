import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './sources.ts';

interface Locked {
  readonly version?: string;
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly link?: boolean;
}

const json = async (file: string) => JSON.parse(await readFile(join(root, file), 'utf8'));

test('every dependency has its paragraph in docs/adr, and no paragraph is about one that is gone', async () => {
  const { dependencies, devDependencies, optionalDependencies } = await json('package.json');
  const used = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).sort();
  const described: string[] = [];
  for await (const file of glob('docs/adr/*.md', { cwd: root })) {
    const text = await readFile(join(root, file), 'utf8');
    for (const [, names] of text.matchAll(/^- \*\*dependency\*\* ((?:`[^`]+`(?:, )?)+)/gm)) {
      described.push(...[...(names ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));
    }
  }
  assert.deepEqual(described.sort(), used);
});

test('versions are exact, and the lock file names no host', async () => {
  const { dependencies, devDependencies, optionalDependencies } = await json('package.json');
  for (const [name, version] of Object.entries({
    ...dependencies,
    ...devDependencies,
    ...optionalDependencies,
  }).filter(([name]) => name !== 'hermes-unused'))
    assert.match(String(version), /^\d+\.\d+\.\d+(-[\w.-]+)?$/, `${name} must be pinned`);
  const { packages } = (await json('package-lock.json')) as { packages: Record<string, Locked> };
  for (const [name, { link, resolved }] of Object.entries(packages))
    assert.equal(
      resolved,
      link ? 'tools/unused' : undefined,
      `${name} names a host, or a folder that npm ci misses`,
    );
});

/** Packages whose install script we know, never run and do not need: their binaries are packages of their own. */
const scripts = ['node_modules/esbuild', 'node_modules/fsevents'];

test('nothing needs an install script', async () => {
  const { packages } = (await json('package-lock.json')) as { packages: Record<string, Locked> };
  const wanting = Object.entries(packages).filter(
    ([name, entry]) => entry.hasInstallScript && !scripts.includes(name),
  );
  assert.deepEqual(wanting, []);
});
