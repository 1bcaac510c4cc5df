import { createHash, createPublicKey, verify } from 'node:crypto';
import type { Curve } from './curve.ts';
import { childKey } from './derivation.ts';

/**
 * A private key: Ed25519 whose scalar is the key itself and not made of a seed, so that `node:crypto` can check its
 * signatures but not make them. Disposal overwrites its bytes; numbers made of them while it signs are left to the
 * garbage collector.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createCurve } from './curve.ts';
 * import { masterKey } from './derivation.ts';
 * using key = new Key(masterKey(new Uint8Array(16), ''), createCurve());
 * assert.ok(key.verify(new Uint8Array(3), key.sign(new Uint8Array(3))));
 * ```
 */
export class Key implements Disposable {
  readonly #bytes: Uint8Array;
  readonly #curve: () => Curve;
  #public: Uint8Array | undefined;

  /** Takes the 96 bytes over. The curve is asked for when it is first needed. */
  constructor(bytes: Uint8Array, curve: () => Curve) {
    this.#bytes = bytes;
    this.#curve = curve;
  }

  /** 32 bytes. */
  get publicKey(): Uint8Array {
    this.#public ??= this.#times(this.#scalar());
    return this.#public;
  }

  /** 64 bytes. */
  sign(data: Uint8Array): Uint8Array {
    const { Fn } = this.#curve().Point;
    const nonce = Fn.create(number(sha512(this.#bytes.subarray(32, 64), data)));
    const point = this.#times(nonce);
    const challenge = Fn.create(number(sha512(point, this.publicKey, data)));
    const signature = new Uint8Array(64);
    signature.set(point);
    signature.set(Fn.toBytes(Fn.add(nonce, Fn.mul(challenge, this.#scalar()))), 32);
    return signature;
  }

  /** Whether this key made the signature of 64 bytes. */
  verify(data: Uint8Array, signature: Uint8Array): boolean {
    const x = this.publicKey.toBase64({ alphabet: 'base64url', omitPadding: true });
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(undefined, data, key, signature);
  }

  /** The key at the end of these steps; none lead to a copy. Those in between are overwritten. */
  derive(steps: readonly number[]): Key {
    let key = new Key(this.#bytes.slice(), this.#curve);
    for (const step of steps) {
      using parent = key;
      key = new Key(
        childKey(parent.#bytes, step, () => parent.publicKey),
        this.#curve,
      );
    }
    return key;
  }

  [Symbol.dispose](): void {
    this.#bytes.fill(0);
  }

  /** A multiple of the base point. */
  #times(scalar: bigint): Uint8Array {
    return this.#curve().Point.BASE.multiply(scalar).toBytes();
  }

  #scalar(): bigint {
    return this.#curve().Point.Fn.create(number(this.#bytes.subarray(0, 32)));
  }
}

function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** Little-endian. */
function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toReversed().toHex()}`);
}
