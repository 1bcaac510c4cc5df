/** Names of the DOM's types that the declarations of libp2p mention; Node has what they stand for. */
type JsonWebKey = import('node:crypto').webcrypto.JsonWebKey;
type CryptoKeyPair = import('node:crypto').webcrypto.CryptoKeyPair;
interface EventInit {
  readonly bubbles?: boolean;
  readonly cancelable?: boolean;
  readonly composed?: boolean;
}
interface CustomEventInit<T = unknown> extends EventInit {
  readonly detail?: T;
}
