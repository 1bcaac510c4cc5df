import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hostTypes } from './host-types.ts';
import { findType, readWit } from './read.ts';
import { GUEST_VALUES, HOST_VALUES, typeText } from './typescript.ts';

const read = (text: string, path = 'a/b.wit') => readWit([{ path, text }]);

const ALL = `
package a:b@1.2.3-rc.1;

/// Everything that the synchronous part of WIT has.
@since(version = 0.2.0)
interface types {
  use wasi:io/streams@0.2.6.{input-stream as %stream, error};
  type text = string;
  record %record { /// The first.
    a: u8, b: option<list<text>>, }
  variant choice { none, some(record), both(tuple<u8, s64,>) }
  enum level { low, high }
  flags perms { read, write, }
  resource cell {
    constructor(value: u32);
    /// Reads it.
    get: func() -> u32;
    merge: static func(a: borrow<cell>, b: own<cell>) -> result<cell, level>;
  }
  resource bare;
  @unstable(feature = x)
  do-it: func(a: result<_, string>, b: result, c: result<u8>, d: list<u8>) -> tuple<f32, char>;
  /* no docs */ nothing: func();
}
interface other { use types.{level}; }
world w {
  import types;
  import wasi:io/streams@0.2.6;
  import lone: func(x: u8) -> u8;
  import in-place: interface { f: func(); }
  use types.{text};
  type local = u8;
  include w2;
  export other;
}
world w2 {}
package wasi:io@0.2.6 { interface streams { resource input-stream; resource error { to-debug-string: func() -> string; } } }
`;

describe('WIT', () => {
  it('is read with everything that the synchronous part has', () => {
    const wit = read(ALL);
    assert.deepEqual(
      [...wit.interfaces.keys()],
      ['a:b/types@1.2.3-rc.1', 'a:b/other@1.2.3-rc.1', 'wasi:io/streams@0.2.6'],
    );
    const types = wit.interfaces.get('a:b/types@1.2.3-rc.1')!;
    assert.equal(types.docs, 'Everything that the synchronous part of WIT has.');
    assert.deepEqual(
      [...types.types.keys()],
      ['stream', 'error', 'text', 'record', 'choice', 'level', 'perms', 'cell', 'bare'],
    );
    assert.deepEqual([...types.functions.keys()], ['do-it', 'nothing']);
    assert.deepEqual(wit.worlds.get('a:b@1.2.3-rc.1/w'), {
      name: 'w',
      imports: ['a:b/types@1.2.3-rc.1', 'wasi:io/streams@0.2.6'],
      exports: ['a:b/other@1.2.3-rc.1'],
    });
    const { face, type } = findType(wit, 'a:b/types@1.2.3-rc.1', 'stream');
    assert.deepEqual([face.id, type.name], ['wasi:io/streams@0.2.6', 'input-stream']);
  });

  it('takes several files of a folder as one package, the first of which names it', () => {
    const files = [
      { path: 'x/a.wit', text: 'package a:b; interface one { type t = u8; }' },
      { path: 'x/b.wit', text: 'interface two { use one.{t}; }' },
    ];
    assert.deepEqual([...readWit(files).interfaces.keys()], ['a:b/one', 'a:b/two']);
  });

  const refusals: readonly [what: string, text: string, code: string, detail: object][] = [
    ['a missing package', 'interface a {}', 'WIT_SYNTAX', { line: 1, column: 1, expected: '"package"' }],
    [
      'an unfinished interface',
      'package a:b;\ninterface c {',
      'WIT_SYNTAX',
      { line: 2, found: 'end of text' },
    ],
    ['a character from nowhere', 'package a:b; §', 'WIT_SYNTAX', { column: 14, found: '§' }],
    [
      'a type that does not exist',
      'package a:b; interface c { f: func() -> levle; enum level { x } }',
      'WIT_UNKNOWN_NAME',
      { nearest: 'level' },
    ],
    [
      'an interface that does not exist',
      'package a:b; interface c { use d.{e}; }',
      'WIT_UNKNOWN_NAME',
      { interface: 'a:b/d' },
    ],
    [
      'a world with an unknown export',
      'package a:b; world w { export c; }',
      'WIT_UNKNOWN_NAME',
      { interface: 'a:b/c' },
    ],
    ['a name twice', 'package a:b; interface c { type d = u8; d: func(); }', 'WIT_DUPLICATE', { name: 'd' }],
    ['an interface twice', 'package a:b; interface c {} interface c {}', 'WIT_DUPLICATE', { name: 'a:b/c' }],
    [
      'streams',
      'package a:b; interface c { f: func(x: stream<u8>); }',
      'WIT_UNSUPPORTED',
      { found: 'stream' },
    ],
    [
      'async functions',
      'package a:b; interface c { f: async func(); }',
      'WIT_UNSUPPORTED',
      { found: 'async' },
    ],
    ['a gate that does not end', 'package a:b; @since(version = 1', 'WIT_SYNTAX', { expected: '")"' }],
    ['a version out of form', 'package a:b@1.2;', 'WIT_SYNTAX', { path: 'a/b.wit' }],
  ];
  for (const [what, text, code, detail] of refusals) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => read(text),
        (error: any) => {
          assert.equal(error.code, code);
          assert.partialDeepStrictEqual(error.detail, detail);
          return true;
        },
      );
    });
  }
});

describe('types for host functions', () => {
  it('say what our runtime gives and takes', () => {
    const wit = read(ALL);
    const text = hostTypes(wit, wit.interfaces.get('a:b/types@1.2.3-rc.1')!);
    assert.match(text, /readonly b\?: readonly Text\[\] \| undefined;/);
    assert.match(text, /\| \{ readonly tag: 'both'; readonly val: readonly \[number, bigint\] \}/);
    assert.match(text, /export interface BTypes<C> \{/);
    assert.match(
      text,
      /doIt\(call: C, a: \{ readonly tag: 'ok' \} \| \{ readonly tag: 'err'; readonly val: string \}/,
    );
    assert.match(text, /d: Uint8Array\): readonly \[number, string\];/);
  });

  it('differ from those of guests where the values do', () => {
    const nested = { kind: 'option', of: { kind: 'option', of: { kind: 's64' } } } as const;
    assert.equal(
      typeText(nested, HOST_VALUES, 'gets'),
      `{ readonly tag: 'some'; readonly val: bigint | undefined } | { readonly tag: 'none' }`,
    );
    assert.equal(
      typeText(nested, GUEST_VALUES, 'gets'),
      `{ tag: 'some'; val: bigint | null } | { tag: 'none' }`,
    );
    const list = { kind: 'list', of: { kind: 'u16' } } as const;
    assert.deepEqual(
      [HOST_VALUES, GUEST_VALUES].map((rules) => typeText(list, rules, 'gets')),
      ['Uint16Array', 'number[]'],
    );
  });
});
