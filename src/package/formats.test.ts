import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyCharacter } from '../../test/random-text.ts';
import { createFormats } from './formats.ts';

/** For each format: texts that have it, and texts that do not. */
const CASES: Readonly<Record<string, readonly [good: readonly string[], bad: readonly string[]]>> = {
  date: [
    ['2024-02-29', '1999-12-31', '0000-01-01'],
    ['2023-02-29', '2024-13-01', '2024-00-10', '2024-01-00', '24-01-01', '2024-1-1', '2024-01-01T', ''],
  ],
  time: [
    ['00:00:00Z', '23:59:59.123+05:30', '23:59:60z'],
    ['24:00:00Z', '00:60:00Z', '00:00:61Z', '00:00:00', '00:00:00+24:00', '0:00:00Z', '00:00:00.Z'],
  ],
  'date-time': [
    ['2024-02-29T23:59:59Z', '2024-02-29t00:00:00.5-00:00'],
    ['2024-02-29', '2024-02-29_00:00:00Z', '2024-02-30T00:00:00Z', '23:59:59Z'],
  ],
  email: [
    ['a@b.example', 'a.b+c@localhost'],
    ['a', '@b', 'a@', 'a@@b', '.a@b', 'a..b@c', 'a b@c', 'ä@b', 'a@-b'],
  ],
  'idn-email': [['ä@bücher.example'], ['a', '@b', 'a@', 'a b@c']],
  hostname: [
    ['a', 'a.example', '1-2.x', 'A'.repeat(63)],
    ['', '-a', 'a-', 'a..b', 'a_b', 'ä', 'A'.repeat(64), 'a.', `${'a.'.repeat(127)}`],
  ],
  'idn-hostname': [
    ['bücher.example', '例え.jp'],
    ['', 'a b', 'a/b', 'a..b', 'ä%'],
  ],
  ipv4: [['127.0.0.1'], ['127.0.0', '256.0.0.1', '::1', '01.2.3.4']],
  ipv6: [
    ['::1', 'fe80::1', '::ffff:1.2.3.4'],
    ['1.2.3.4', ':::', 'fe80::1%eth0', '[::1]'],
  ],
  uri: [
    ['https://a.example/b?c#d', 'urn:x:y', 'mailto:a@b', 'a:%20'],
    ['//a', '/b', 'a', 'a:%2', 'a: b', 'a:ä', '1a:b', ''],
  ],
  'uri-reference': [
    ['', '/a', '../b?c', '#d', 'a:b'],
    ['a b', '%', 'ä', '\\'],
  ],
  iri: [['https://bücher.example/ä'], ['ä', 'a: b']],
  'iri-reference': [
    ['ä', '/日本'],
    ['a b', '<'],
  ],
  'uri-template': [
    ['/a/{b}', '{?c,d}', 'a'],
    ['/a/{b', 'a}', '{}', '{{a}}', 'a b'],
  ],
  'json-pointer': [
    ['', '/', '/a/~0~1/b'],
    ['a', '/~', '/~2'],
  ],
  'relative-json-pointer': [
    ['0', '1/a', '2#'],
    ['', '/a', '01', '-1', '1a'],
  ],
  regex: [
    ['^a+$', '\\u0041'],
    ['(', '(?=a)'],
  ],
};

test('formats hold for what has them and for nothing else', () => {
  const formats = createFormats();
  assert.deepEqual(Object.keys(CASES).toSorted(), Object.keys(formats).toSorted());
  for (const [name, [good, bad]] of Object.entries(CASES)) {
    for (const text of good) assert.equal(formats[name]?.(text), true, `${name} ${text}`);
    for (const text of bad) assert.equal(formats[name]?.(text), false, `${name} ${text}`);
  }
});

test('formats answer for any text', () => {
  const formats = createFormats();
  const text = fc.oneof(
    fc.string({ unit: anyCharacter() }),
    fc.webUrl(),
    fc.emailAddress(),
    fc.ipV6(),
    fc.domain(),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(...Object.keys(formats)), (text, name) => {
      assert.equal(typeof formats[name]?.(text), 'boolean');
    }),
    { seed: 1, numRuns: 1000 },
  );
});

test('formats hold for addresses that others made', () => {
  const { uri, email, hostname, ipv4, ipv6 } = createFormats();
  fc.assert(
    fc.property(
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      (text) => uri?.(text) === true,
    ),
    { seed: 1 },
  );
  fc.assert(
    fc.property(fc.emailAddress(), (text) => email?.(text) === true),
    { seed: 1 },
  );
  fc.assert(
    fc.property(fc.domain(), (text) => hostname?.(text) === true),
    { seed: 1 },
  );
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV6(), (four, six) => ipv4?.(four) === true && ipv6?.(six) === true),
    { seed: 1 },
  );
});
