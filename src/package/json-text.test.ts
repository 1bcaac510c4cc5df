import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CodedError, isCoded } from '../lib/errors.ts';
import { MAX_JSON_DEPTH, parseJson } from './json-text.ts';

function faultOf(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    const { code, detail } = error as CodedError;
    assert.equal(code, 'JSON_INVALID');
    return `${detail['line']}:${detail['column']} ${detail['reason']}`;
  }
  return 'none';
}

test('JSON faults have a line, a column and a reason', () => {
  const cases: Record<string, string> = {
    '': '1:1 a value must stand here, found the end of the text',
    '{': '1:2 a key or "}" must stand here, found the end of the text',
    '{"a": 1,\n}': '2:1 a key must follow the comma, found "}"',
    '[1,\n 2,\n]': '3:1 a value must stand here, found "]"',
    '{"a" 1}': '1:6 ":" must follow the key, found "1"',
    '{"a": 1 "b": 2}': '1:9 "," or "}" must stand here, found "\\""',
    "{'a': 1}": '1:2 a key or "}" must stand here, found "\'"',
    '{\n  // why\n  "a": 1}': '2:3 a key or "}" must stand here, found "/"; JSON has no comments',
    '{"a": 1}\n{"b": 2}': '2:1 the text must end here, found "{"',
    '{"a": 1, "b": 2, "\\u0061": 3}': '1:18 the key "a" stands twice in this object',
    '"abc\ndef"': '1:5 the string must end before this, found "\\n"',
    '"abc': '1:5 the string must end before this, found the end of the text',
    '"a\\x"': '1:3 JSON has no such escape, found "\\\\"',
    '[01]': '1:3 "," or "]" must stand here, found "1"',
    '[+1]': '1:2 a value must stand here, found "+"',
    '[NaN]': '1:2 a value must stand here, found "N"',
    '[😀]': '1:2 a value must stand here, found "😀"',
  };
  for (const [text, expected] of Object.entries(cases)) assert.equal(faultOf(text), expected);
});

test('JSON nested too deep is refused before anything recurses', () => {
  assert.equal(faultOf('['.repeat(MAX_JSON_DEPTH) + ']'.repeat(MAX_JSON_DEPTH)), 'none');
  assert.match(faultOf('['.repeat(1_000_000)), /^1:129 nesting is deeper than 128$/);
});

test('JSON is read as JSON.parse reads it', () => {
  const text = fc.json().filter((json) => json.length < 2000);
  fc.assert(
    fc.property(text, (json) => assert.deepEqual(parseJson(json), JSON.parse(json))),
    { seed: 1, numRuns: 500 },
  );
});

test('JSON that JSON.parse refuses is refused, and the reverse but for doubled keys', () => {
  const units = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '1',
    '-',
    '0',
    '.5',
    'e9',
    'true',
    ' ',
    '\n',
    '\\u00',
    '\u2028',
  );
  fc.assert(
    fc.property(fc.array(units, { maxLength: 14 }), (parts) => {
      const json = parts.join('');
      let theirs: unknown = 'refused';
      try {
        theirs = JSON.parse(json);
      } catch {
        assert.notEqual(faultOf(json), 'none', json);
        return;
      }
      try {
        assert.deepEqual(parseJson(json), theirs);
      } catch (error) {
        assert.ok(isCoded(error) && String(error.detail['reason']).includes('stands twice'), json);
      }
    }),
    { seed: 1, numRuns: 3000 },
  );
});

test('JSON may say __proto__, which stays a key', () => {
  const value = parseJson('{"__proto__": {"polluted": true}}') as Record<string, unknown>;
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.equal(value['polluted'], undefined);
});
