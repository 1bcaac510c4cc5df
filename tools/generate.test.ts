import assert from 'node:assert/strict';
import test from 'node:test';
import { readWit } from '../src/lib/wit/read.ts';
import { extensionPages } from './extension-pages.ts';
import { generated, missing, stale } from './generate.ts';

test('generated types and pages are what the WIT says', async () => {
  assert.deepEqual(await stale(), [], 'run "npm run generate"');
});

test('every interface of an extension has its file', async () => {
  const paths = [...(await generated()).keys()];
  assert.ok(paths.includes('src/extensions/kv-store/generated/api.ts'));
  assert.ok(paths.includes('src/extensions/kv-store/generated/event.ts'));
});

test('every extension says what it is for', async () => {
  assert.deepEqual(await missing(), [], 'write these files');
});

test('the page of an extension has its README, and every function, type and event with its comment', () => {
  const text = `package a:b;
    /// Keeps things.
    interface api {
      /// A thing.
      variant thing { none, some(list<u8>) }
      resource box { constructor(); open: func() -> result<thing, string>; make: static func(n: u8) -> box; }
      /// Puts \`it\`.
      put: func(
        it: thing,
      ) -> option<thing>;
    }
    interface event { use api.{thing}; /// It has come.
      on-thing: func(it: thing); }
    world all { import api; export event; }`;
  const wit = readWit([{ path: 'src/extensions/b/wit/api.wit', text }]);
  const readme =
    '# b\n\nHolds things. For a while.\n\n[More](../c/README.md), [errors](../../../docs/errors.md)\n';
  const pages = extensionPages(wit, [{ name: 'b', readme }]);
  const page = pages.get('docs/extensions/b.md') ?? '';
  for (const part of [
    '# b\n\nHolds things. For a while.',
    '[More](../../src/extensions/c/README.md), [errors](../errors.md)',
    '## Interface `a:b/api`\n\nKeeps things.',
    '/// A thing.\nvariant thing {\n    none,\n    some(list<u8>),\n}',
    'resource box {\n    constructor();\n    open: func() -> result<thing, string>;\n    make: static func(n: u8) -> box;\n}',
    '### `put`\n\n```wit\nput: func(\n',
    'Puts `it`.',
    '## Events `a:b/event`',
    'use a:b/api.{thing};',
    'It has come.',
  ])
    assert.ok(page.includes(part), `${part}\nis not in\n${page}`);
  const row = '| [b](b.md) | Holds things. | `a:b/api`: 1 function<br>`a:b/event`: 1 event |';
  assert.ok(pages.get('docs/extensions/README.md')?.includes(row));
});
