import assert from 'node:assert/strict';
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { test } from 'node:test';
import { ed25519 } from '@noble/curves/ed25519.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import fc from 'fast-check';
import { count, seed } from '../../../test/count.ts';
import { childKey, masterKey } from './derivation.ts';
import { Key } from './key.ts';
import { createLanguages } from './languages.ts';
import { generate, readEntropy } from './mnemonic.ts';
import { parsePath } from './path.ts';

const languages = createLanguages();
const curve = () => ed25519;
const runs = { numRuns: count(5_000, 30), seed };

test('CIP-3: the master key of a phrase, with and without a passphrase', () => {
  const phrase = 'eight country switch draw meat scout mystery blade tip drift useless good keep usage title';
  const entropy = readEntropy(phrase.split(' '), languages);
  assert.equal(
    masterKey(entropy, '').toHex(),
    'c065afd2832cd8b087c4d9ab7011f481ee1e0721e78ea5dd609f3ab3f156d245' +
      'd176bd8fd4ec60b4731c3918a2a72a0226c0cd119ec35b47e4d55884667f552a' +
      '23f7fdcd4a10c6cd2c7393ac61d877873e248f417634aa3d812af327ffe9d620',
  );
  assert.equal(
    masterKey(entropy, 'foo').toHex(),
    '70531039904019351e1afb361cd1b312a4d0565d4ff9f8062d38acf4b15cce41' +
      'd7b5738d9c893feea55512a3004acb0d222c35d3e3d5cde943a15a9824cbac59' +
      '443cf67e589614076ba01e354b1a432e0e6db3b59e37fc56b5fb0222970a010e',
  );
});

test('CIP-11: the staking key of a phrase, and its address', () => {
  const phrase =
    'prevent company field green slot measure chief hero apple task eagle sunset endorse dress seed';
  const entropy = readEntropy([phrase], languages);
  assert.equal(entropy.toHex(), 'aa45d157b32cc113c9f35a0abbc1146cc49c8570');
  let bytes = masterKey(entropy, '');
  const master = new Key(bytes.slice(), curve);
  assert.equal(master.publicKey.toHex(), '3753d92d88778c4087c3fa59eb748a276eb654164ef23403aeae200ddd554d3e');
  const steps = parsePath("m/1852'/1815'/0'/2/0");
  for (const step of steps) bytes = childKey(bytes, step, () => new Key(bytes, curve).publicKey);
  assert.equal(
    bytes.toHex(),
    'b8ab42f1aacbcdb3ae858e3a3df88142b3ed27a2d3f432024e0d943fc1e59744' +
      '2d57545d84c8db2820b11509d944093bc605350e60c533b8886a405bd59eed6d' +
      'cf356648fe9e9219d83e989c8ff5b5b337e2897b6554c1ab4e636de791fe5427',
  );
  const { publicKey } = master.derive(steps);
  assert.deepEqual(publicKey, new Key(bytes, curve).publicKey);
  const address = bech32('stake1uy8ykk8dzmeqxm05znz65nhr80m0k3gxnjvdngf8azh6sjc6hyh36');
  assert.equal(address, `e1${blake2b(publicKey, { dkLen: 28 }).toHex()}`);
});

/** What a bech32 text holds, as hexadecimal digits; its checksum is not looked at. */
function bech32(text: string): string {
  const digits = [...text.slice(text.lastIndexOf('1') + 1, -6)].map((sign) =>
    'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.indexOf(sign),
  );
  const bits = digits.map((digit) => digit.toString(2).padStart(5, '0')).join('');
  return (bits.match(/.{8}/g) ?? [])
    .map((byte) => Number.parseInt(byte, 2).toString(16).padStart(2, '0'))
    .join('');
}

/** SHA-256 of the lists that stand beside BIP39: 2,048 lines each. */
const lists = {
  English: '2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda',
  SimplifiedChinese: '5c5942792bd8340cb8b27cd592f1015edf56a8c5b26276ee18a482428e7c5726',
  TraditionalChinese: '417b26b3d8500a4ae3d59717d7011952db6fc2fb84b807f3f94ac734e89c1b5f',
  Czech: '7e80e161c3e93d9554c2efb78d4e3cebf8fc727e9c52e03b83b94406bdcc95fc',
  French: 'ebc3959ab7801a1df6bac4fa7d970652f1df76b683cd2f4003c941c63d517e59',
  Italian: 'd392c49fdb700a24cd1fceb237c1f65dcc128f6b34a8aacb58b59384b5c648c2',
  Japanese: '2eed0aef492291e061633d7ad8117f1a2b03eb80a29d0e4e3117ac2528d05ffd',
  Korean: '9e95f86c167de88f450f0aaf89e87f6624a57f973c67b516e338e8e8b8897f60',
  Spanish: '46846a5a0139d1e3cb77293e521c2865f7bcdb82c44e8d0a06a2cd0ecba48c0b',
};

test('there are nine languages', () => {
  assert.deepEqual(
    languages.all().map(({ name }) => name),
    Object.keys(lists),
  );
});

for (const [name, digest] of Object.entries(lists)) {
  test(`${name}: the list of BIP39, in NFKD`, () => {
    const words = languages.find(name)?.words ?? [];
    assert.equal(
      createHash('sha256')
        .update(`${words.join('\n')}\n`)
        .digest('hex'),
      digest,
    );
    assert.ok(words.every((word) => word === word.normalize('NFKD')));
  });

  test(`${name}: phrases are what an independent library makes of the entropy, in any form of Unicode`, () => {
    const language = languages.find(name);
    const words = [...(language?.words ?? [])];
    const size = fc.constantFrom(16, 20, 24, 28, 32);
    const entropies = size.chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
    fc.assert(
      fc.property(entropies, fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD'), (entropy, form) => {
        const phrase = entropyToMnemonic(entropy, words);
        // Phrases that fit two languages are refused, see below.
        const twice = phrase
          .split(/\s/u)
          .every((word) =>
            languages.all().some((other) => other !== language && other.indexOf(word) !== undefined),
          );
        if (twice) return;
        assert.deepEqual(readEntropy([phrase.normalize(form)], languages), entropy);
      }),
      runs,
    );
  });

  test(`${name}: what is generated has a checksum that an independent library accepts`, () => {
    const words = [...(languages.find(name)?.words ?? [])];
    const prefixes = fc.array(fc.constantFrom(...words), { maxLength: 3 });
    const sizes = fc.constantFrom(12, 15, 18, 21, 24);
    fc.assert(
      fc.property(sizes, prefixes, fc.constantFrom('NFC', 'NFKD'), (size, prefix, form) => {
        const given = prefix.map((word) => word.normalize(form));
        const phrase = generate({ size, prefix: given, language: name }, languages, (numbers) =>
          crypto.getRandomValues(numbers),
        );
        assert.deepEqual(phrase.slice(0, prefix.length), prefix);
        const entropy = mnemonicToEntropy(phrase.join(' '), words);
        assert.equal(entropyToMnemonic(entropy, words).split(/\s/u).join(' '), phrase.join(' '));
        assert.deepEqual(readEntropy(phrase, languages), entropy);
      }),
      runs,
    );
  });
}

test('vectors of BIP39', () => {
  const vectors = [
    ['00'.repeat(16), `${'abandon '.repeat(11)}about`],
    ['7f'.repeat(16), 'legal winner thank year wave sausage worth useful legal winner thank yellow'],
    ['ff'.repeat(16), `${'zoo '.repeat(11)}wrong`],
    ['00'.repeat(24), `${'abandon '.repeat(17)}agent`],
    ['00'.repeat(32), `${'abandon '.repeat(23)}art`],
    ['ff'.repeat(32), `${'zoo '.repeat(23)}vote`],
  ] as const;
  for (const [entropy, phrase] of vectors) assert.equal(readEntropy([phrase], languages).toHex(), entropy);
});

/** Words that two languages have in common, with their numbers in each. */
function shared(one: string, other: string): readonly (readonly [string, number, number])[] {
  const [a, b] = [languages.find(one), languages.find(other)];
  return (a?.words ?? []).flatMap((word, at) => {
    const there = b?.indexOf(word);
    return there === undefined ? [] : [[word, at, there] as const];
  });
}

test('the Chinese lists share many words, always at the same place: such a phrase is one key', () => {
  const words = shared('SimplifiedChinese', 'TraditionalChinese');
  assert.equal(words.length, 1275);
  assert.ok(words.every(([, here, there]) => here === there));
  let read = 0;
  for (const [word] of words) {
    const phrase = [...Array(11).fill(words[0]?.[0]), word];
    const valid = entropyIn('SimplifiedChinese', phrase);
    if (!valid) assert.throws(() => readEntropy(phrase, languages), { code: 'CRYPTO_MNEMONIC' });
    else assert.deepEqual(readEntropy(phrase, languages), valid);
    read += valid ? 1 : 0;
  }
  assert.ok(read > 10, `Read ${read}`);
});

test('a phrase that is English and French is read in the one whose checksum holds, and refused in both', () => {
  const words = shared('English', 'French').map(([word]) => word);
  assert.equal(words.length, 100);
  const seen = { neither: 0, one: 0, both: 0 };
  for (const first of words.slice(0, count(100, 20))) {
    for (const last of words) {
      const phrase = [...Array(11).fill(first), last];
      const found = ['English', 'French'].flatMap((name) => entropyIn(name, phrase) ?? []);
      if (found.length === 1) assert.deepEqual(readEntropy(phrase, languages), found[0]);
      else {
        const reason = found.length === 0 ? /checksum/ : /two keys/;
        assert.throws(
          () => readEntropy(phrase, languages),
          (error: { detail: { reason: string } }) => reason.test(error.detail.reason),
        );
      }
      seen[(['neither', 'one', 'both'] as const)[found.length] ?? 'both'] += 1;
    }
  }
  assert.ok(seen.neither > 0 && seen.one > 0 && seen.both > 0, JSON.stringify(seen));
});

/** What an independent library makes of a phrase; `undefined` when it refuses it. */
function entropyIn(name: string, phrase: readonly string[]): Uint8Array | undefined {
  try {
    return mnemonicToEntropy(phrase.join(' '), [...(languages.find(name)?.words ?? [])]);
  } catch (error) {
    assert.match((error as Error).message, /checksum/);
    return undefined;
  }
}

test('what a key of a seed signs is the same as node:crypto signs', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ maxLength: 300 }),
      (d, data) => {
        // Ed25519 makes its scalar and its nonces of the hash of a seed: an extended key like any other.
        const half = createHash('sha512').update(d).digest();
        half[0] = (half[0] ?? 0) & 0xf8;
        half[31] = ((half[31] ?? 0) & 0x7f) | 0x40;
        const key = new Key(Uint8Array.from([...half, ...new Uint8Array(32)]), curve);
        const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), d]);
        const other = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
        assert.deepEqual(key.sign(data), new Uint8Array(sign(null, data, other)));
        assert.equal(ed25519.verify(key.sign(data), data, key.publicKey), true);
        assert.equal(key.verify(data, ed25519.sign(data, d)), true);
      },
    ),
    { numRuns: count(2_000), seed },
  );
});

test('a public key derives as its private key does: the promise of steps that are not hardened', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(2 ** 31 - 1), (entropy, step) => {
      const parent = masterKey(entropy, '');
      const { publicKey } = new Key(parent.slice(), curve);
      const child = new Key(
        childKey(parent, step, () => publicKey),
        curve,
      );
      // The parent's point and eight times the first 28 bytes of the same hash, added as points.
      const scalars = (bytes: Uint8Array): bigint => BigInt(`0x${bytes.slice(0, 32).toReversed().toHex()}`);
      const added = scalars(childKey(parent, step, () => publicKey)) - scalars(parent);
      const { Point } = ed25519;
      const point = Point.fromBytes(publicKey).add(Point.BASE.multiply(Point.Fn.create(added)));
      assert.deepEqual(child.publicKey, point.toBytes());
      assert.equal(added % 8n, 0n);
    }),
    { numRuns: count(1_000), seed },
  );
});

test('disposal overwrites a key, and those between the ends of a path', () => {
  const bytes = masterKey(new Uint8Array(16), '');
  const key = new Key(bytes, curve);
  const child = key.derive([1, 2, 3]);
  assert.notDeepEqual(bytes, new Uint8Array(96), 'deriving leaves the parent as it is');
  key[Symbol.dispose]();
  assert.deepEqual(bytes, new Uint8Array(96));
  assert.equal(child.verify(new Uint8Array(1), child.sign(new Uint8Array(1))), true);
});
