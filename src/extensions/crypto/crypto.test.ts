import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { count, seed } from '../../../test/count.ts';
import { complies, fakeCall } from '../../testkit/index.ts';
import type { CryptoApi } from './generated/api.ts';
import { guest } from './guest.ts';
import { crypto as extension } from './index.ts';
import { createLanguages } from './languages.ts';
import { generate } from './mnemonic.ts';
import { fromWords } from './words.ts';

complies(extension);

type Four = readonly [bigint, bigint, bigint, bigint];
type Eight = readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

interface KeyObject extends Disposable {
  publicKey(call: unknown): Four;
  signData(call: unknown, data: Uint8Array): Eight;
  checkSig(call: unknown, data: Uint8Array, signature: Eight): boolean;
  derive(call: unknown, path: string): KeyObject;
}
type KeyClass = new (call: unknown, phrase: readonly string[], passphrase?: readonly string[]) => KeyObject;

const offered = guest.imports()['hermes:crypto/api'];
const { generateMnemonic } = offered as unknown as CryptoApi<unknown>;
const Bip32Ed25519 = offered?.['Bip32Ed25519'] as unknown as KeyClass;
const call = fakeCall();
const phrase =
  'prevent company field green slot measure chief hero apple task eagle sunset endorse dress seed';
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

test('the public key of a known phrase, given as words or as one text', () => {
  const words = [3986768884739312704n, 9782938079688165927n, 7977656244723921923n, 12587033252467133758n];
  const odd = `  ${phrase.replace(' ', '\u3000').replace('green', 'green\n')} `;
  for (const given of [phrase.split(' '), [phrase], [odd], ['prevent company', phrase.slice(16)]]) {
    using key = new Bip32Ed25519(call, given);
    assert.deepEqual(key.publicKey(call), words);
  }
  using other = new Bip32Ed25519(call, [phrase], ['two', 'words']);
  using same = new Bip32Ed25519(call, [phrase], ['two words']);
  assert.deepEqual(other.publicKey(call), same.publicKey(call), 'the passphrase is joined by blanks');
  assert.notDeepEqual(other.publicKey(call), words);
  using empty = new Bip32Ed25519(call, [phrase], []);
  assert.deepEqual(empty.publicKey(call), words);
});

test('a key knows its own signatures and no others', () => {
  using key = new Bip32Ed25519(call, [phrase]);
  using child = key.derive(call, "m/0'");
  for (const data of [new Uint8Array(), text('data'), new Uint8Array(100_000).fill(1)]) {
    const signature = key.signData(call, data);
    assert.deepEqual(key.signData(call, data), signature, 'signing is deterministic');
    assert.equal(key.checkSig(call, data, signature), true);
    assert.equal(child.checkSig(call, data, signature), false);
    assert.equal(key.checkSig(call, Uint8Array.of(...data.subarray(0, 9), 7), signature), false);
    for (const at of signature.keys()) {
      const changed = signature.with(at, (signature[at] ?? 0n) ^ 1n) as unknown as Eight;
      assert.equal(key.checkSig(call, data, changed), false);
    }
  }
  const zero = [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n] as const;
  assert.equal(key.checkSig(call, new Uint8Array(), zero), false);
});

test('one path is many steps, m is the same key again, and a derived key outlives its parent', () => {
  using key = new Bip32Ed25519(call, [phrase]);
  using account = key.derive(call, "m/1852'/1815'/0'");
  using once = key.derive(call, "m/1852'/1815'/0'/2/0");
  using twice = account.derive(call, 'm/2').derive(call, 'm/0');
  assert.deepEqual(once.publicKey(call), twice.publicKey(call));
  const copy = key.derive(call, 'm');
  key[Symbol.dispose]();
  assert.equal(fromWords(copy.publicKey(call)).toHex().slice(0, 8), '3753d92d');
  assert.equal(copy.checkSig(call, text('x'), copy.signData(call, text('x'))), true);
});

test('a path out of form traps', () => {
  using key = new Bip32Ed25519(call, [phrase]);
  const long = `m${'/0'.repeat(256)}`;
  const wrong = [
    '',
    '/',
    'M',
    'm/',
    'm//0',
    'm/0/',
    '0',
    "m'",
    'm/a',
    'm/-1',
    'm/+1',
    'm/1.0',
    'm/0h',
    "m/0''",
  ];
  for (const path of [...wrong, 'm/2147483648', "m/2147483648'", 'm/99999999999', ' m', 'm/0 ', long, 'm/٣'])
    assert.throws(() => key.derive(call, path), { code: 'CRYPTO_PATH', blame: 'guest' }, path);
  assert.throws(() => key.derive(call, `m/${'0'.repeat(1_000_000)}`), { detail: { chars: 1_000_002 } });
  key.derive(call, "m/2147483647/2147483647'")[Symbol.dispose]();
});

test('what is no phrase traps, says why, and repeats none of it', () => {
  const words = phrase.split(' ');
  const cases = [
    [[], '12, 15, 18'],
    [words.slice(1), '12, 15, 18'],
    [[...words, 'seed'], '12, 15, 18'],
    [words.with(4, 'prevent'), 'checksum'],
    [words.with(4, 'slots'), 'no language'],
    [words.map((word) => word.toUpperCase()), 'no language'],
    [['x'.repeat(5000)], '12, 15, 18'],
  ] as const;
  for (const [given, reason] of cases) {
    assert.throws(
      () => new Bip32Ed25519(call, given),
      (error: Error & { code: string; detail: { reason: string; word?: number } }) => {
        assert.equal(error.code, 'CRYPTO_MNEMONIC');
        assert.match(error.detail.reason, new RegExp(reason));
        if (reason === 'no language') assert.ok(error.detail.word);
        assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /prevent|SLOT|slots|xxxx/);
        return true;
      },
    );
  }
});

test('no secret is seen by whoever prints a key', () => {
  const key = new Bip32Ed25519(call, [phrase], ['hunter2']);
  const seen = inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key);
  assert.doesNotMatch(seen, /hunter2|prevent|\b(?:[0-9a-f]{2} ){3}/);
  key[Symbol.dispose]();
  key[Symbol.dispose]();
});

test('a new phrase has its size and its prefix, and is a key', () => {
  for (const size of [12, 15, 18, 21, 24]) {
    for (const prefix of [[], ['project'], ['zoo', 'zoo'], ['able', 'zoo', 'able']]) {
      const words = generateMnemonic(call, size, prefix, undefined);
      assert.equal(words.length, size);
      assert.deepEqual(words.slice(0, prefix.length), prefix);
      using key = new Bip32Ed25519(call, words);
      assert.equal(key.publicKey(call).length, 4);
    }
  }
  const many = Array.from({ length: 20 }, () => generateMnemonic(call, 12, [], 'English').join(' '));
  assert.equal(new Set(many).size, 20);
});

test('what does not fit is found in the order of the WIT', () => {
  const refused = (payload: string, size: number, prefix: readonly string[], language?: string): void =>
    assert.throws(() => generateMnemonic(call, size, prefix, language), { payload });
  const four = ['able', 'able', 'able', 'nix'];
  for (const size of [0, 3, 9, 11, 13, 27, 255]) refused('invalid-mnemonic-length', size, four, 'Klingon');
  refused('prefix-too-long', 12, four, 'Klingon');
  for (const language of ['Klingon', '', 'english', 'Portuguese', 'constructor', '__proto__', 'English '])
    refused('unsupported-language', 12, ['nix'], language);
  refused('word-not-found', 12, ['able', 'nix'], 'English');
  refused('word-not-found', 12, ['Able']);
  refused('word-not-found', 12, [''], 'English');
  refused('word-not-found', 12, ['able'], 'Czech');
});

test('without random numbers there is no phrase', () => {
  const wanted = { size: 12, prefix: [], language: undefined };
  const random = (): never => {
    throw new Error('empty');
  };
  assert.throws(() => generate(wanted, createLanguages(), random), /empty/);
});

test('a key takes any path, data and signature, or traps by a code', () => {
  using key = new Bip32Ed25519(call, [phrase]);
  const step = fc.tuple(fc.nat(2 ** 31 + 2), fc.constantFrom('', "'", 'h')).map((parts) => parts.join(''));
  const likely = fc.array(step, { maxLength: 4 }).map((steps) => ['m', ...steps].join('/'));
  const word = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const signatures = fc.tuple(word, word, word, word, word, word, word, word);
  fc.assert(
    fc.property(fc.oneof(likely, fc.string()), fc.uint8Array(), signatures, (path, data, signature) => {
      assert.equal(key.checkSig(call, data, signature), false);
      try {
        using child = key.derive(call, path);
        assert.equal(child.checkSig(call, data, child.signData(call, data)), true);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'CRYPTO_PATH', String(error));
      }
    }),
    { numRuns: count(5_000), seed },
  );
});
