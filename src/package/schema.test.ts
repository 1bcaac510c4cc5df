import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { compileSchema } from './schema.ts';

const SCHEMAS = new URL('../../schemas/', import.meta.url);

function faultsOf(schema: unknown, value: unknown): readonly string[] {
  const compiled = compileSchema(schema);
  const faults = compiled.ok ? compiled.check(value) : compiled.faults;
  return faults.map(({ path, message }) => `${path} ${message}`.trim());
}

test('published schemas are schemas', async () => {
  const files = await readdir(SCHEMAS);
  assert.equal(files.length, 5);
  for (const file of files) {
    const schema = JSON.parse(await readFile(new URL(file, SCHEMAS), 'utf8'));
    assert.deepEqual(compileSchema(schema).ok, true, file);
  }
});

test('schema reports all faults of a value, by their paths', () => {
  const schema = {
    type: 'object',
    additionalProperties: false,
    required: ['host', 'port'],
    properties: {
      host: { type: 'string' },
      port: { enum: [80, 443] },
      'a/b~': { type: 'array', items: { minimum: 3 } },
    },
  };
  assert.deepEqual(faultsOf(schema, { prot: 1, host: 5, 'a/b~': [3, 2] }), [
    'lacks the key "port"',
    'has the unknown key "prot": did you mean "port"?',
    '/host must be string',
    '/a~1b~0/1 must be >= 3',
  ]);
  assert.deepEqual(faultsOf(schema, { host: 'x', port: 443 }), []);
});

test('schema is draft 7 whatever it says, and its formats are asserted', () => {
  const $schema = 'https://json-schema.org/draft/2020-12/schema';
  assert.deepEqual(faultsOf({ $schema, format: 'date' }, '2023-02-29'), ['must have the format "date"']);
  assert.deepEqual(faultsOf({ format: 'of our own' }, 'anything'), []);
});

test('schema that is none is refused, with every fault', () => {
  assert.deepEqual(faultsOf(true, 1), ['must be an object']);
  assert.deepEqual(faultsOf([], 1), ['must be an object']);
  assert.deepEqual(faultsOf({ minLength: -1, properties: 5 }, 1), [
    '/minLength must be >= 0',
    '/properties must be object',
  ]);
});

test('schema fetches nothing', () => {
  for (const $ref of ['https://example.org/x.json', 'file:///etc/passwd', 'other.json']) {
    assert.match(faultsOf({ $ref }, 1)[0] ?? '', /is no schema that can be used: can't resolve reference/);
  }
});

test('schema patterns run in linear time, and others are refused', () => {
  assert.deepEqual(faultsOf({ pattern: '^(a+)+$' }, `${'a'.repeat(50_000)}!`), [
    'must match the pattern ^(a+)+$',
  ]);
  const refused = {
    pattern: '(?=a)',
    properties: { a: { pattern: '(' }, b: { patternProperties: { 'x**': { type: 'string' } } } },
  };
  assert.deepEqual(faultsOf(refused, {}).toSorted(), [
    'holds the pattern "(", which cannot run in linear time (RE2): missing closing ): `(`',
    'holds the pattern "(?=a)", which cannot run in linear time (RE2): invalid or unsupported Perl syntax: `(?=`',
    'holds the pattern "x**", which cannot run in linear time (RE2): invalid nested repetition operator: `**`',
  ]);
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`p${n}`, { pattern: `^${n}$` }]));
  assert.match(faultsOf({ properties: many }, 1)[0] ?? '', /more than 1000 patterns/);
});

test('schema that never ends is ended', () => {
  const twice = (n: number) => ({
    allOf: [{ $ref: `#/definitions/d${n}` }, { $ref: `#/definitions/d${n}` }],
  });
  const definitions = Object.fromEntries(
    Array.from({ length: 60 }, (_, n) => [`d${n}`, n === 59 ? {} : twice(n + 1)]),
  );
  assert.match(faultsOf({ definitions, ...twice(0) }, 1)[0] ?? '', /takes longer than/);
  const endless = { definitions: { a: { $ref: '#/definitions/a' } }, $ref: '#/definitions/a' };
  assert.equal(faultsOf(endless, 1).length, 1);
});

test('schema faults beyond fifty are counted', () => {
  const faults = faultsOf(
    { items: { type: 'string' } },
    Array.from({ length: 80 }, () => 1),
  );
  assert.equal(faults.length, 51);
  assert.equal(faults.at(-1), 'has 30 more faults');
});
