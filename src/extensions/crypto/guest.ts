import type { Call, GuestHalf, GuestImports, HostResource } from '../../engine/extension.ts';
import { witError } from '../../lib/wit-error.ts';
import { createCurve } from './curve.ts';
import { masterKey } from './derivation.ts';
import type { Bip32Ed25519PublicKey, Bip32Ed25519Signature, CryptoApi } from './generated/api.ts';
import { Key } from './key.ts';
import { createLanguages, type Languages } from './languages.ts';
import { generate, readEntropy } from './mnemonic.ts';
import { parsePath } from './path.ts';
import { fromWords, toWords } from './words.ts';

export const guest: GuestHalf = { imports };

function imports(): GuestImports {
  const languages = createLanguages();
  const curve = createCurve();
  return {
    'hermes:crypto/api': {
      ...api(languages),
      Bip32Ed25519: keyResource((phrase, passphrase) => {
        const entropy = readEntropy(phrase, languages);
        try {
          return new Key(masterKey(entropy, passphrase), curve);
        } finally {
          entropy.fill(0);
        }
      }),
    },
  };
}

function api(languages: Languages): CryptoApi<Call> {
  return {
    generateMnemonic(call, size, prefix, language) {
      return generate({ size, prefix, language }, languages, (numbers) => {
        try {
          crypto.getRandomValues(numbers);
        } catch (cause) {
          call.log.error('The system gives no random numbers', { cause });
          throw witError('generate-entropy-failed');
        }
      });
    },
  };
}

type MakeKey = (phrase: readonly string[], passphrase: string) => Key;

/** Resource `bip32-ed25519`. The runtime disposes it when the guest drops it, or else when the event ends. */
function keyResource(make: MakeKey): HostResource {
  return class Bip32Ed25519 implements Disposable {
    readonly #key: Key;

    /** Guests give a phrase, `derive` a key. */
    constructor(_: Call, from: readonly string[] | Key, passphrase: readonly string[] = []) {
      this.#key = from instanceof Key ? from : make(from, passphrase.join(' '));
    }

    publicKey(): Bip32Ed25519PublicKey {
      return toWords(this.#key.publicKey, 4);
    }

    signData(_: Call, data: Uint8Array): Bip32Ed25519Signature {
      return toWords(this.#key.sign(data), 8);
    }

    checkSig(_: Call, data: Uint8Array, signature: Bip32Ed25519Signature): boolean {
      return this.#key.verify(data, fromWords(signature));
    }

    derive(call: Call, path: string): Bip32Ed25519 {
      return new Bip32Ed25519(call, this.#key.derive(parsePath(path)));
    }

    [Symbol.dispose](): void {
      this.#key[Symbol.dispose]();
    }
  };
}
