import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { test } from 'node:test';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id';
import { decode, encode, Tagged } from 'cborg';
import fc from 'fast-check';
import { count, seed } from '../../../../test/count.ts';
import { authorOf, publicKeyOf } from './author.ts';
import { type CoseMessage, parseCose, signCose, verifyCose } from './cose.ts';
import { type Envelope, openEnvelope, sealEnvelope } from './envelope.ts';
import { decodeFields, decodeSeries, encodeFields } from './fields.ts';
import { type SigningKey, signingKeyFrom, signingKeyOfNode } from './signing-key.ts';

const AAD = 'hermes test v1';

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

function newKey(): SigningKey {
  return signingKeyFrom(pemOf(generateKeyPairSync('ed25519').privateKey), 'test.pem');
}

/** Bytes of any kind, and bytes that are nearly right: one changed, some cut off, some more. */
function damaged(right: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.nat(right.length - 1);
  return fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    at.map((end) => right.slice(0, end)),
    fc.uint8Array({ minLength: 1, maxLength: 9 }).map((more) => Buffer.concat([right, more])),
    fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(([n, bits]) => {
      const bytes = right.slice();
      bytes[n]! ^= bits;
      return bytes;
    }),
    fc.tuple(at, fc.uint8Array({ minLength: 1, maxLength: 9 })).map(([n, more]) => {
      return Buffer.concat([right.subarray(0, n), more, right.subarray(n)]);
    }),
  );
}

test('an author has the name that libp2p gives the same key', async () => {
  for (let n = 0; n < 20; n++) {
    const key = await generateKeyPair('Ed25519');
    const name = peerIdFromPrivateKey(key).toString();
    assert.equal(authorOf(key.publicKey.raw), name);
    assert.deepEqual(publicKeyOf(name), new Uint8Array(key.publicKey.raw));
  }
});

test('a name that is none has no key', async () => {
  const rsa = peerIdFromPrivateKey(await generateKeyPair('RSA', 2048)).toString();
  const name = newKey().author;
  for (const other of ['', 'Alice', '1', rsa, `1${name}`, `${name}1`, name.slice(1), '0'.repeat(52), 'é'])
    assert.equal(publicKeyOf(other), undefined, other);
  assert.equal(publicKeyOf('1'.repeat(1_000_000)), undefined);
  assert.equal(peerIdFromString(name).type, 'Ed25519');
});

test('only a private Ed25519 key in PEM signs', async () => {
  const ed = generateKeyPairSync('ed25519');
  const x = generateKeyPairSync('x25519');
  const publicPem = ed.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  for (const text of ['', 'secret', publicPem, pemOf(x.privateKey)])
    assert.throws(() => signingKeyFrom(text, 'a.pem'), { code: 'IPFS_SIGNING_KEY' });
  const node = await generateKeyPair('Ed25519');
  const key = signingKeyOfNode(node);
  assert.deepEqual(key.publicKey, new Uint8Array(node.publicKey.raw));
  const message = verifyCose(signCose(key, AAD, Uint8Array.of(1)), AAD);
  assert.equal(message?.author, peerIdFromPrivateKey(node).toString());
});

test('a signed message is a COSE_Sign1 as others read it', () => {
  const key = newKey();
  for (const length of [0, 1, 23, 24, 255, 256, 65_535, 65_536]) {
    const payload = new Uint8Array(length).fill(7);
    const bytes = signCose(key, AAD, payload);
    const tags = { 18: Tagged.decoder(18) };
    const { value } = decode(bytes, { tags, useMaps: true, strict: true }) as {
      value: [Uint8Array, Map<number, unknown>, Uint8Array, Uint8Array];
    };
    const [header, unprotected, content, signature] = value;
    const protect = decode(header, { useMaps: true }) as Map<number, unknown>;
    assert.deepEqual(
      [...protect],
      [
        [1, -8],
        [4, key.publicKey],
      ],
    );
    assert.equal(unprotected.size, 0);
    assert.deepEqual(content, payload);
    const structure = encode(['Signature1', header, new TextEncoder().encode(AAD), content]);
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key.publicKey).toString('base64url') };
    assert.ok(verify(null, structure, createPublicKey({ key: jwk, format: 'jwk' }), signature));
    assert.deepEqual(verifyCose(bytes, AAD), { author: key.author, publicKey: key.publicKey, payload });
  }
});

test('the same payload and key give the same bytes', () => {
  const key = newKey();
  const payload = Uint8Array.of(1, 2, 3);
  assert.deepEqual(signCose(key, AAD, payload), signCose(key, AAD, payload));
});

test('a signature holds for its payload, key and purpose alone', () => {
  const [key, other] = [newKey(), newKey()];
  const bytes = signCose(key, AAD, Uint8Array.of(1, 2, 3));
  assert.equal(verifyCose(bytes, `${AAD}.`), undefined);
  const stolen = bytes.slice();
  stolen.set(other.publicKey, 10);
  assert.ok(parseCose(stolen));
  assert.equal(verifyCose(stolen, AAD), undefined);
});

test('no other bytes than those that were signed pass', () => {
  const key = newKey();
  const right = signCose(key, AAD, Uint8Array.of(1, 2, 3));
  const property = fc.property(damaged(right), (bytes) => {
    assert.equal(verifyCose(bytes, AAD), undefined);
  });
  fc.assert(property, { numRuns: count(20_000), seed });
});

test('a length that is not in its shortest form is refused', () => {
  const key = newKey();
  const right = signCose(key, AAD, Uint8Array.of(1, 2, 3));
  const at = right.indexOf(0xa0, 42) + 1;
  assert.equal(right[at], 0x43);
  const longer = Buffer.concat([right.subarray(0, at), Uint8Array.of(0x58, 3), right.subarray(at + 1)]);
  assert.equal(parseCose(longer), undefined);
});

test('fields come back as they were, and only so', () => {
  const point = fc.integer({ min: 0, max: 0xffff }).filter((code) => code < 0xd800 || code > 0xdfff);
  const text = fc.array(point).map((points) => String.fromCodePoint(...points));
  const values = fc.tuple(fc.maxSafeNat(), text, fc.uint8Array());
  const kinds = ['uint', 'text', 'bytes'] as const;
  const property = fc.property(values, (fields) => {
    assert.deepEqual(decodeFields(encodeFields(fields), kinds), fields);
  });
  fc.assert(property, { numRuns: count(20_000), seed });
});

test('byte strings own their buffers, also those of a Buffer', () => {
  const right = encodeFields(['board', Uint8Array.of(1, 2), Uint8Array.of(3)]);
  const chunk = Buffer.alloc(60_000);
  chunk.set(right, 7);
  const found = decodeSeries(chunk.subarray(7, 7 + right.length), ['text', 'bytes'], 1);
  assert.deepEqual(found, { fields: ['board', Uint8Array.of(1, 2)], more: [Uint8Array.of(3)] });
  for (const bytes of [found.fields[1], ...found.more]) assert.equal(bytes.buffer.byteLength, bytes.length);
});

test('fields have one encoding', () => {
  const right = encodeFields([300, 'board', Uint8Array.of(1, 2)]);
  const kinds = ['uint', 'text', 'bytes'] as const;
  const property = fc.property(damaged(right), (bytes) => {
    const fields = decodeFields(bytes, kinds);
    if (fields) assert.deepEqual(encodeFields(fields), new Uint8Array(bytes));
  });
  fc.assert(property, { numRuns: count(50_000), seed });
});

test('fields of another form are refused', () => {
  const wrong = [
    '',
    '80',
    '8101',
    '820102',
    '9f01ff',
    '811801',
    '811b0020000000000000',
    '8120',
    '81c101',
    '81f4',
    '8261ff01',
    '9b7fffffffffffffff01',
    `${'81'.repeat(100_000)}01`,
    '5b7fffffffffffffff',
    '81fb3ff0000000000000',
    '0101',
  ];
  for (const hex of wrong) {
    if (hex === '8101') assert.deepEqual(decodeFields(Buffer.from(hex, 'hex'), ['uint']), [1]);
    else assert.equal(decodeFields(Buffer.from(hex, 'hex'), ['uint']), undefined, hex.slice(0, 40));
  }
  assert.equal(decodeFields(Buffer.from('8161ff', 'hex'), ['text']), undefined, 'no UTF-8');
});

const envelope: Envelope = {
  app: 'shop',
  topic: 'board/ü',
  sequence: 1_795_362_000_000_001,
  time: 1_795_362_000_000,
  contentType: 'text/plain; charset=utf-8',
  payload: Uint8Array.of(1, 2, 3),
};

test('an envelope comes back, and names its author when it has one', () => {
  const key = newKey();
  assert.deepEqual(openEnvelope(sealEnvelope(envelope)), { envelope, author: undefined });
  assert.deepEqual(openEnvelope(sealEnvelope(envelope, key)), { envelope, author: key.author });
});

test('an envelope is refused for its form, and for its signature only when its form is right', () => {
  const key = newKey();
  const seal = (change: Partial<Envelope>): Uint8Array => sealEnvelope({ ...envelope, ...change });
  for (const change of [{ app: 'Shop' }, { app: '' }, { contentType: '' }, { contentType: 'a/\n' }])
    assert.equal(openEnvelope(seal(change)), 'malformed', JSON.stringify(change));
  const other = encodeFields([2, 'shop', 'board', 1, 1, 'a/b', Uint8Array.of()]);
  assert.equal(openEnvelope(other), 'malformed', 'another form');
  const record = signCose(key, 'hermes record v1', sealEnvelope(envelope));
  assert.equal(openEnvelope(record), 'forged', 'a signature for something else');
  assert.equal(openEnvelope(signCose(key, 'hermes message v1', Uint8Array.of(1))), 'malformed');
});

test('no damaged envelope is another one', () => {
  const key = newKey();
  for (const right of [sealEnvelope(envelope), sealEnvelope(envelope, key)]) {
    const property = fc.property(damaged(right), (bytes) => {
      const opened = openEnvelope(bytes);
      if (typeof opened === 'string') return;
      // Without a signature other bytes may be another message, but never this one twice.
      assert.equal(opened.author, undefined);
      assert.deepEqual(sealEnvelope(opened.envelope), new Uint8Array(bytes));
    });
    fc.assert(property, { numRuns: count(20_000), seed });
  }
});

test('a purpose is no part of the payload', () => {
  const key = newKey();
  const message: CoseMessage | undefined = verifyCose(signCose(key, 'a', new Uint8Array()), 'a');
  assert.equal(message?.payload.length, 0);
  assert.equal(verifyCose(signCose(key, '', new Uint8Array([0x61])), 'a'), undefined);
});
