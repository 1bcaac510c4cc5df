import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { ErrorRow } from '../src/lib/errors.ts';
import { root, sources } from './sources.ts';

interface Row extends ErrorRow {
  readonly code: string;
  readonly path: string;
}

/** Every row of every table of codes: an exported const whose name ends in `errors`. */
async function rows(): Promise<readonly Row[]> {
  const found: Row[] = [];
  for (const { path, text } of await sources(['src'])) {
    if (path.endsWith('.test.ts')) continue;
    for (const [, name] of text.matchAll(/^export const (\w*[eE]rrors)\b[^=]*= \{/gm)) {
      const module = (await import(pathToFileURL(join(root, path)).href)) as Record<
        string,
        Record<string, ErrorRow>
      >;
      for (const [code, row] of Object.entries(module[name ?? ''] ?? {})) found.push({ code, path, ...row });
    }
  }
  return found;
}

/** Codes in the tables of docs/errors.md: `| CODE | blame | meaning | what to do |`. */
async function documented(): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(root, 'docs/errors.md'), 'utf8');
  return new Map(
    [...text.matchAll(/^\| `([A-Z][A-Z0-9_]+)` \| (\w+) \|/gm)].map((m) => [m[1] ?? '', m[2] ?? '']),
  );
}

test('docs/errors.md and the tables in the code name the same codes', async () => {
  const inCode = new Map((await rows()).map(({ code, blame }) => [code, blame as string]));
  assert.ok(inCode.size > 30, `Found only ${inCode.size} codes`);
  const inDocs = await documented();
  const byCode = (map: ReadonlyMap<string, string>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  assert.deepEqual(byCode(inDocs), byCode(inCode));
});

test('a code stands in one table only', async () => {
  const seen = new Map<string, string>();
  for (const { code, path } of await rows()) {
    assert.ok(!seen.has(code), `${code} is in ${seen.get(code)} and ${path}`);
    seen.set(code, path);
  }
});

test('sentences name an action, start upper-case and have no final period', async () => {
  for (const { code, text, path } of await rows()) {
    assert.match(text, /^[A-Z].*[^.!]$/, `${path} ${code}: ${text}`);
  }
});
