import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readWit } from '../src/lib/wit/read.ts';
import { root, sources } from './sources.ts';

interface Row {
  readonly event: string;
  /** As in the code, or `none` for an event that is not sent. */
  readonly source: string;
}

async function documented(): Promise<readonly Row[]> {
  const text = await readFile(join(root, 'docs/events.md'), 'utf8');
  return [...text.matchAll(/^\| `(hermes:[^`]+)` \| (?:`([^`]+)`|none) \| \S/gm)].map(
    ([, event = '', source = 'none']) => ({ event, source }),
  );
}

/** Every function that a world of the extensions' WIT exports. */
async function promised(): Promise<readonly string[]> {
  const files: { path: string; text: string }[] = [];
  for await (const path of glob(['src/extensions/*/wit/*.wit', 'wit/*.wit'], { cwd: root })) {
    files.push({ path, text: await readFile(join(root, path), 'utf8') });
  }
  const wit = readWit(files);
  const exported = new Set([...wit.worlds.values()].flatMap((world) => world.exports));
  return [...exported].flatMap((id) =>
    [...(wit.interfaces.get(id)?.functions.values() ?? [])].map(({ name }) => `${id}#${name}`),
  );
}

test('docs/events.md lists the events that the WIT promises, each once', async () => {
  const rows = await documented();
  assert.deepEqual(rows.map(({ event }) => event).toSorted(), [...(await promised())].toSorted());
});

test('docs/events.md says the sources that the code gives', async () => {
  const inCode = (await sources(['src/extensions'])).flatMap(({ path, text }) =>
    path.endsWith('.test.ts')
      ? []
      : [...text.replaceAll(/^ *\*.*$/gm, '').matchAll(/\bsource: (\['[^\]]*\])/g)].map(
          (match) => match[1] ?? '',
        ),
  );
  const inDocs = (await documented()).map(({ source }) => source).filter((source) => source !== 'none');
  assert.deepEqual(inDocs.toSorted(), inCode.toSorted());
});
