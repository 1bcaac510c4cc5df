import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, sources } from './sources.ts';

test('docs/metrics.md lists the metrics of the code', async () => {
  const inCode = new Set<string>();
  for (const { path, text } of await sources(['src'])) {
    if (path.startsWith('src/telemetry/') || path.endsWith('.test.ts')) continue;
    for (const [, name] of text.matchAll(
      /\b(?:counter|gauge|histogram)\(\s*'((?:hermes|process|nodejs)_\w+)'/g,
    ))
      inCode.add(name ?? '');
  }
  const docs = await readFile(join(root, 'docs/metrics.md'), 'utf8');
  const inDocs = [...docs.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1] ?? '');
  assert.ok(inCode.size > 5, `Found only ${inCode.size}`);
  assert.deepEqual(inDocs.sort(), [...inCode].sort());
});
