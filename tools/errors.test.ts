import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { codeRows, errorsPage } from './error-tables.ts';
import { root } from './sources.ts';

test('docs/errors.md lists the codes of the code, each as it is; "npm run generate" writes it', async () => {
  const rows = await codeRows();
  assert.ok(rows.length > 30, `Found only ${rows.length} codes`);
  assert.equal(await readFile(join(root, 'docs/errors.md'), 'utf8'), errorsPage(rows));
});

test('a code stands in one table only', async () => {
  const seen = new Map<string, string>();
  for (const { code, path } of await codeRows()) {
    assert.ok(!seen.has(code), `${code} is in ${seen.get(code)} and ${path}`);
    seen.set(code, path);
  }
});

test('sentences start upper-case and have no final period', async () => {
  for (const { code, text, path } of await codeRows()) {
    assert.match(text, /^[A-Z][^\n]*[^.!\n]$/, `${path} ${code}: ${text}`);
  }
});
