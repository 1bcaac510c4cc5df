import assert from 'node:assert/strict';
import { SourceMap } from 'node:module';
import { describe, it } from 'node:test';
import { transform } from 'esbuild';
import { formatLine, inspect } from './inspect.ts';
import { install, type Log } from './install.ts';
import { createRandom } from './random.ts';
import { json, text } from './response.ts';
import { firstPlace, placeOf, traceText } from './trace.ts';

type Line = Parameters<Log>;

function installed(table = { sources: [] as readonly string[], mappings: '' }) {
  const lines: Line[] = [];
  const ended: string[] = [];
  const target: any = { Math: Object.create(Math) };
  const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
  const guest = install(target, {
    log: (...line) => void lines.push(line),
    exit: () => void ended.push('exit'),
    randomBytes,
    table: () => table,
  });
  return { guest, target, lines, ended };
}

describe('globals of a guest', () => {
  it('log each line with its level, inside handlers', () => {
    const { guest, target, lines } = installed();
    const handler = guest.guard('init', () => {
      target.console.log('a', 1, { b: [true, null] });
      target.console.error(new Map([['x', 1n]]));
      target.console.assert(false, 'no');
      return true;
    });
    assert.equal(handler(), true);
    assert.deepEqual(
      lines.map(([level, , , , , , message]) => [level, message]),
      [
        ['info', 'a 1 { b: [ true, null ] }'],
        ['error', 'Map(1) { "x" => 1n }'],
        ['error', 'Assertion failed no'],
      ],
    );
  });

  it('refuse to log or to draw random numbers while the module is built', () => {
    const { target } = installed();
    assert.throws(() => target.console.log('x'), /move it into a handler/);
    assert.throws(() => target.Math.random(), /move it into a handler/);
    assert.throws(() => target.crypto.randomUUID(), /move it into a handler/);
  });

  it('log what a handler throws with its place, and throw it on', () => {
    const { guest, lines, ended } = installed({
      sources: ['hermes:install.ts', 'src/index.ts'],
      mappings: 'AAAA;ACAA,IAAI',
    });
    const error = new TypeError('boom');
    error.stack = '    at guard (<input>:1:1)\n    at f (<input>:2:5)\n';
    assert.throws(
      () =>
        guest.guard('reply', () => {
          throw error;
        })(),
      (thrown) => thrown === error,
    );
    assert.deepEqual(ended, ['exit']);
    const [level, file, fn, line, column, , message] = lines[0]!;
    assert.deepEqual([level, file, fn, line, column], ['error', 'src/index.ts', 'reply', 1, 5]);
    assert.equal(message, 'Handler reply threw TypeError: boom\n    at f (src/index.ts:1:5)');
  });

  it('refuse a promise as an answer', () => {
    const { guest, lines } = installed();
    assert.throws(() => guest.guard('init', async () => true)(), /must not be async/);
    assert.equal(lines.length, 1);
  });
});

describe('lines of console', () => {
  it('show values as source text would', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    class Point {
      readonly x = 1;
    }
    assert.equal(inspect(circle), '[ [circular] ]');
    assert.equal(inspect(new Point()), 'Point { x: 1 }');
    assert.equal(
      inspect([undefined, -0, Symbol('s'), /a/, new Date(0)]),
      '[ undefined, -0, Symbol(s), /a/, 1970-01-01T00:00:00.000Z ]',
    );
    assert.equal(inspect({ a: { b: { c: { d: { e: 1 } } } } }), '{ a: { b: { c: { d: {…} } } } }');
    assert.equal(inspect(new Uint8Array(101)).endsWith('0, … 1 more ]'), true);
    assert.equal(inspect({ 'a-b': 'c' }), '{ "a-b": "c" }');
    assert.match(
      inspect(new Error('outer', { cause: new Error('inner') })),
      /outer[\s\S]*caused by [\s\S]*inner/,
    );
  });

  it('fill in formats', () => {
    assert.equal(
      formatLine(['%s %d %i %f %j %% %x', 'a', '2', 3.7, '1.5', { a: 1 }, 'rest']),
      'a 2 3 1.5 {"a":1} % %x rest',
    );
    assert.equal(formatLine(['%s']), '%s');
    assert.equal(formatLine([]), '');
  });
});

describe('random numbers of guests', () => {
  it('are spread over 0 to 1 and drawn in blocks', () => {
    let asked = 0;
    const { number } = createRandom((length) => {
      asked += 1;
      return crypto.getRandomValues(new Uint8Array(length));
    });
    const drawn = Array.from({ length: 1000 }, number);
    assert.ok(drawn.every((value) => value >= 0 && value < 1));
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    assert.ok(mean > 0.4 && mean < 0.6, `The mean of 1000 numbers was ${mean}`);
    assert.equal(asked, Math.ceil(1000 / 32));
  });

  it('reach from 0 to just below 1', () => {
    const filled = (byte: number) => createRandom((length) => new Uint8Array(length).fill(byte)).number();
    assert.equal(filled(0), 0);
    assert.equal(filled(255), 1 - 2 ** -53);
  });

  it('make identifiers of version 4', () => {
    const { crypto: guest } = createRandom((length) => new Uint8Array(length).fill(255));
    assert.equal(guest.randomUUID(), 'ffffffff-ffff-4fff-bfff-ffffffffffff');
    assert.throws(() => guest.getRandomValues(new Uint8Array(65_537)), RangeError);
  });
});

describe('answers of guests', () => {
  it('carry their type unless another is given', () => {
    assert.deepEqual(text('é').val.headers, [['content-type', ['text/plain; charset=utf-8']]]);
    const html = text('<p>', { code: 404, headers: { 'Content-Type': 'text/html', 'x-a': ['1', '2'] } });
    assert.deepEqual(html.val.headers, [
      ['content-type', ['text/html']],
      ['x-a', ['1', '2']],
    ]);
    assert.equal(html.val.code, 404);
    assert.throws(() => json(undefined), /Cannot answer undefined as JSON/);
  });
});

describe('places in sources', () => {
  const table = { sources: ['src/a.ts', 'src/b.ts'], mappings: ';AAAO,SAAS;AACd;;ACDA,IAAM' };

  it('are those that Node finds in the same map', async () => {
    const contents =
      'interface A { b: number }\n\nexport function f(a: A) {\n  if (a.b > 1) throw new Error("x");\n  return [a].map(({ b }) => b);\n}\n';
    const { code, map } = await transform(contents, {
      loader: 'ts',
      sourcemap: 'external',
      sourcefile: 'src/a.ts',
    });
    const oracle = new SourceMap(JSON.parse(map));
    const { mappings } = JSON.parse(map) as { mappings: string };
    const lines = code.split('\n');
    for (const [line, text] of lines.entries()) {
      for (let column = 0; column < text.length; column++) {
        const entry = oracle.findEntry(line, column);
        const found = placeOf({ sources: ['src/a.ts'], mappings }, line + 1, column + 1);
        if (!('originalLine' in entry) || entry.generatedLine !== line) assert.equal(found, undefined);
        else
          assert.deepEqual(found, {
            file: 'src/a.ts',
            line: entry.originalLine + 1,
            column: entry.originalColumn + 1,
          });
      }
    }
  });

  it('are none outside of the map', () => {
    assert.equal(placeOf(table, 4, 1), undefined);
    assert.equal(placeOf(table, 99, 1), undefined);
  });

  it('replace those of the bundle in a text', () => {
    assert.equal(traceText(table, 'at f (<input>:3:1) x'), 'at f (src/a.ts:2:3) x');
    assert.equal(traceText(table, '<input>:99:1'), '<input>:99:1');
    assert.equal(firstPlace(table, 'at f (<input>:99:1)'), undefined);
  });
});
