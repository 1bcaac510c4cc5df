import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { blake2b, blake2s, blake3 } from 'hash-wasm';
import { count, seed } from '../../../test/count.ts';
import { createDigests } from './digests.ts';
import { createFastDigests } from './fast-digests.ts';

/** With everything loaded, and as it is before. */
const fast = createFastDigests();
for (const name of ['blake2b-28', 'blake2b-32', 'blake3']) fast.find(name);
await fast.loaded();
const roads = {
  loaded: createDigests(fast),
  'not yet loaded': createDigests({ find: () => undefined, loaded: async () => {} }),
};
const { loaded } = roads;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** The sequence of RFC 7693, appendix E. */
function sequence(length: number, start: number): Uint8Array {
  let [a, b] = [Math.imul(0xdead4bad, start) >>> 0, 1];
  return Uint8Array.from({ length }, () => {
    [a, b] = [b, (a + b) >>> 0];
    return b >>> 24;
  });
}

for (const [road, digests] of Object.entries(roads)) {
  test(`${road}: the examples of RFC 7693`, () => {
    assert.equal(
      digests.blake2b(text('abc'), 64).toHex(),
      'ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1' +
        '7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923',
    );
    assert.equal(
      digests.blake2s(text('abc'), 32).toHex(),
      '508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982',
    );
  });

  test(`${road}: the self-test of RFC 7693, plain and keyed, all its lengths`, () => {
    const forms = [
      {
        plain: digests.blake2b,
        keyed: digests.blake2bMac,
        lengths: [20, 32, 48, 64],
        inputs: [0, 3, 128, 129, 255, 1024],
        sum: 'c23a7800d98123bd10f506c61e29da5603d763b8bbad2e737f5e765a7bccd475',
      },
      {
        plain: digests.blake2s,
        keyed: digests.blake2sMac,
        lengths: [16, 20, 28, 32],
        inputs: [0, 3, 64, 65, 255, 1024],
        sum: '6a411f08ce25adcdfb02aba641451cec53c598b24f4fc787fbdc88797f4c1dfe',
      },
    ];
    for (const { plain, keyed, lengths, inputs, sum } of forms) {
      const found: Uint8Array[] = [];
      for (const length of lengths) {
        for (const input of inputs) {
          const bytes = sequence(input, input);
          found.push(plain(bytes, length), keyed(bytes, length, { key: sequence(length, length) }));
        }
      }
      assert.equal(plain(new Uint8Array(Buffer.concat(found)), 32).toHex(), sum);
    }
  });

  test(`${road}: the vectors of BLAKE3, plain and keyed`, () => {
    const key = text('whats the Elvish word for friend');
    const vectors = [
      [
        0,
        'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
        '92b2b75604ed3c761f9d6f62392c8a92',
      ],
      [
        1,
        '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213',
        '6d7878dfff2f485635d39013278ae14f',
      ],
      [
        1023,
        '10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11',
        'c951ecdf03288d0fcc96ee3413563d8a',
      ],
      [
        1024,
        '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7',
        '75c46f6f3d9eb4f55ecaaee480db732e',
      ],
      [
        1025,
        'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444',
        '357dc55de0c7e382c900fd6e320acc04',
      ],
      [
        5121,
        '628bd2cb2004694adaab7bbd778a25df25c47b9d4155a55f8fbd79f2fe154cff',
        '6ccf1c34753e7a044db80798ecd0782a',
      ],
    ] as const;
    for (const [length, plain, keyed] of vectors) {
      const bytes = Uint8Array.from({ length }, (_, index) => index % 251);
      assert.equal(digests.blake3(bytes, 32).toHex(), plain);
      assert.equal(digests.blake3(bytes, 7).toHex(), plain.slice(0, 14));
      assert.equal(digests.blake3(bytes, 16, key).toHex(), keyed);
    }
  });
}

test('key, salt and personalisation of every length, as the BLAKE2 of another language has them', () => {
  // SHA-256 over 199 digests, made with Python's hashlib.
  const forms = [
    [loaded.blake2sMac, 32, 8, '73b8a7c853ccde85e4f03b9c9fec3b285a9190cadc7b5f8092e84fd353f398bf'],
    [loaded.blake2bMac, 64, 16, '7c05b6d240b7fc1bc79104603f193f8c072b1acecdf6773b05548a7a04968da2'],
  ] as const;
  for (const [mac, most, tweak, sum] of forms) {
    const all = createHash('sha256');
    for (let i = 1; i < 200; i++) {
      const key = sequence(i % (most + 1), i + 1000);
      const [salt, personalization] = [new Uint8Array(tweak), new Uint8Array(tweak)];
      salt.set(sequence(i % (tweak + 1), i + 2000));
      personalization.set(sequence((i * 3) % (tweak + 1), i + 3000));
      const options = { ...(key.length > 0 && { key }), salt, personalization };
      all.update(mac(sequence((i * 37) % 521, i), 1 + ((i * 7) % most), options));
    }
    assert.equal(all.digest('hex'), sum);
  }
});

test('any input and length: what an independent library finds', async () => {
  const bytes = fc.uint8Array({ maxLength: 3000 });
  const keys = (most: number) => fc.uint8Array({ minLength: 1, maxLength: most });
  await fc.assert(
    fc.asyncProperty(
      bytes,
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 32 }),
      keys(64),
      keys(32),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      async (input, long, short, longKey, shortKey, key) => {
        for (const digests of Object.values(roads)) {
          assert.equal(digests.blake2b(input, long).toHex(), await blake2b(input, long * 8));
          assert.equal(digests.blake2s(input, short).toHex(), await blake2s(input, short * 8));
          assert.equal(digests.blake3(input, short).toHex(), await blake3(input, short * 8));
          const [b, s] = [{ key: longKey }, { key: shortKey }];
          assert.equal(digests.blake2bMac(input, long, b).toHex(), await blake2b(input, long * 8, longKey));
          assert.equal(
            digests.blake2sMac(input, short, s).toHex(),
            await blake2s(input, short * 8, shortKey),
          );
          assert.equal(digests.blake3(input, short, key).toHex(), await blake3(input, short * 8, key));
        }
      },
    ),
    { numRuns: count(10_000), seed },
  );
});
