import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readWit } from '../lib/wit/read.ts';
import { handlersOf, WORLD, worldText } from './world.ts';

const wit = readWit([
  {
    path: 'a.wit',
    text: `package a:b;
      interface types { type id = u64; }
      /// Two events.
      interface event {
        use types.{id};
        /// The first.
        on-one: func(id: id) -> bool;
        /// The second.
        on-two: func();
      }
      world all { import types; export event; }`,
  },
]);

describe('the world of a module', () => {
  it('is made of what the module exports, without the functions that it lacks', () => {
    const text = worldText(wit, { imports: [], exports: new Map([['a:b/event', new Set(['on-two'])]]) });
    assert.match(text, /world module \{\n {2}export a:b\/event;\n\}/);
    assert.match(text, /on-two: func/);
    assert.doesNotMatch(text, /on-one/);
  });

  it('is WIT that wasm-tools reads', async () => {
    const { componentEmbed, print } = await import('@bytecodealliance/jco-transpile/wasm-tools');
    const witSource = worldText(wit, {
      imports: ['a:b/types'],
      exports: new Map([['a:b/event', new Set(['on-one', 'on-two'])]]),
    });
    const core = await componentEmbed({ dummy: true, witSource, world: WORLD });
    const text = await print(core);
    assert.match(text, /on-one/);
    assert.match(text, /on-two/);
  });

  it('holds the packages that it needs and no other, in one order', () => {
    const files = [
      { path: 'c/c.wit', text: 'package c:c@1.2.3; interface api { use d:d/api.{id}; }' },
      { path: 'd/d.wit', text: 'package d:d; interface api { type id = u8; }' },
      {
        path: 'e/e.wit',
        text: 'package e:e; interface api { use c:c/api@1.2.3.{id}; /** d:d/api */ f: func(); }',
      },
    ];
    const textOf = (order: readonly number[], imports: readonly string[]): string =>
      worldText(readWit(order.map((n) => files[n]!)), { imports, exports: new Map() });
    const packagesOf = (text: string): readonly string[] =>
      [...text.matchAll(/^package (\S+) \{/gm)].map((match) => match[1]!);
    assert.deepEqual(packagesOf(textOf([0, 1, 2], ['e:e/api'])), ['c:c@1.2.3', 'd:d', 'e:e']);
    assert.deepEqual(packagesOf(textOf([0, 1, 2], ['c:c/api@1.2.3'])), ['c:c@1.2.3', 'd:d']);
    assert.deepEqual(packagesOf(textOf([0, 1, 2], ['d:d/api'])), ['d:d']);
    assert.equal(textOf([2, 1, 0], ['c:c/api@1.2.3']), textOf([0, 1], ['c:c/api@1.2.3']));
  });

  it('knows the handlers', () => {
    assert.deepEqual([...handlersOf(wit).keys()], ['onOne', 'onTwo']);
  });
});
