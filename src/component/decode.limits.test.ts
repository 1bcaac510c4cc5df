import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from './decode.ts';
import { wat } from './fixtures/wat.ts';

/** `first`, then `next(1)`, `next(2)`, …: text in which each line builds on the one before. */
const chain = (first: string, count: number, next: (n: number) => string): string =>
  [first, ...Array.from({ length: count }, (_, n) => next(n + 1))].join('\n');

async function limitOf(body: string): Promise<string> {
  const bytes = await wat(body);
  try {
    decode(bytes);
  } catch (error: any) {
    assert.equal(error.code, 'COMPONENT_LIMIT', JSON.stringify(error.detail));
    return error.detail.what;
  }
  return 'none';
}

test('decode bounds instances of components that double at each level', async () => {
  const body = chain(
    '(component $C0)',
    60,
    (n) =>
      `(component $C${n} (alias outer 1 ${n - 1} (component $x)) (instance (instantiate $x)) (instance (instantiate $x)))`,
  );
  assert.equal(await limitOf(`${body} (instance (instantiate $C60))`), 'componentInstances');
  assert.equal(await limitOf(`${body} (instance (instantiate $C5))`), 'none');
});

test('decode walks a long chain of instances without running out of stack', async () => {
  const body = chain(
    '(component $C0)',
    990,
    (n) => `(component $C${n} (alias outer 1 ${n - 1} (component $x)) (instance (instantiate $x)))`,
  );
  assert.equal(await limitOf(`${body} (instance (instantiate $C990))`), 'none');
});

test('decode bounds value types in depth and in what they stand for', async () => {
  assert.equal(
    await limitOf(chain('(type $t0 (list u8))', 99, (n) => `(type $t${n} (list $t${n - 1}))`)),
    'typeDepth',
  );
  const doubling = (n: number): string => `(type $t${n} (tuple (list $t${n - 1}) (list $t${n - 1})))`;
  assert.equal(await limitOf(chain('(type $t0 (tuple u8 u8))', 30, doubling)), 'typeNodes');
});

test('decode bounds instance types in depth and in what they stand for', async () => {
  const one = (n: number): string =>
    `(type $t${n} (instance (alias outer 1 ${n - 1} (type $x)) (export "a" (instance (type $x)))))`;
  assert.equal(await limitOf(chain('(type $t0 (instance))', 150, one)), 'nesting');
  const two = (n: number): string =>
    `(type $t${n} (instance (alias outer 1 ${n - 1} (type $x)) (export "a" (instance (type $x))) (export "b" (instance (type $x)))))`;
  assert.equal(
    await limitOf(chain('(type $t0 (instance (export "r" (type (sub resource)))))', 40, two)),
    'types',
  );
  assert.equal(
    await limitOf(
      chain('(instance $b0)', 150, (n) => `(instance $b${n} (export "a" (instance $b${n - 1})))`),
    ),
    'nesting',
  );
});

test('decode bounds comparing component types that mirror each other', async () => {
  const body = chain(
    '(type $t0 (component))',
    60,
    (n) =>
      `(type $t${n} (component (alias outer 1 ${n - 1} (type $x)) (import "a" (component (type $x))) (export "b" (component (type $x)))))`,
  );
  const whole = `(component ${body} (import "q" (component $q (type 60)))
    (component $c ${body} (import "a" (component (type 60)))) (instance (instantiate $c (with "a" (component $q)))))`;
  assert.equal(await limitOf(whole), 'work');
});

test('decode bounds names for wide types', async () => {
  const cases = Array.from({ length: 5000 }, (_, n) => `"e${n}"`).join(' ');
  const exports = Array.from({ length: 1_100 }, (_, n) => `(export "x${n}" (type $E))`).join('');
  assert.equal(await limitOf(`(type $E (enum ${cases})) ${exports}`), 'work');
});

/** A component of one section; the text format would not let these through. */
function section(id: number, ...body: readonly number[]): Uint8Array {
  const size: number[] = [];
  for (let rest = body.length; ; rest >>>= 7) {
    size.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) break;
  }
  return new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, id, ...size, ...body]);
}

test('decode bounds nesting of components and types', () => {
  let nested: Uint8Array = section(0, 1, 0x61);
  for (let n = 0; n < 100; n += 1) nested = section(4, ...nested);
  assert.deepEqual(decode(nested).exports, []);
  assert.throws(() => decode(section(4, ...nested)), { code: 'COMPONENT_LIMIT' });
  const types = [1, ...Array.from({ length: 150 }, () => [0x42, 1, 1]).flat(), 0x7f];
  assert.throws(() => decode(section(7, ...types)), {
    code: 'COMPONENT_LIMIT',
    detail: { what: 'nesting', bound: 100 },
  });
});

test('decode counts list entries before it makes room for them', () => {
  const bytes = new Uint8Array(6_000_100).fill(0x7d);
  bytes.set([...section(7).slice(0, 9), 0xcf, 0x9b, 0xee, 0x02, 1, 0x6f, 0xc0, 0x9a, 0xee, 0x02]);
  const size = bytes.length - 13;
  for (let n = 0; n < 4; n += 1) bytes[9 + n] = ((size >>> (7 * n)) & 0x7f) | (n < 3 ? 0x80 : 0);
  assert.throws(() => decode(bytes), {
    code: 'COMPONENT_LIMIT',
    detail: { what: 'elements', bound: 5_000_000 },
  });
});

test('decode bounds names', () => {
  const name = new Array(100_001).fill(0x61);
  assert.throws(() => decode(section(10, 1, 0, 0xa1, 0x8d, 0x06, ...name, 1, 0)), {
    code: 'COMPONENT_LIMIT',
    detail: { what: 'name', bound: 100_000 },
  });
});
