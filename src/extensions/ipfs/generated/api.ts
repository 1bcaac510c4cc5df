// Written by "npm run generate" from ../wit/: change that, not this.

/** Any bytes. */
export type Bstr = Uint8Array;

/** Name of a record: at most 256 bytes. A name that is the bytes of a CID stands for the content itself. */
export type DhtKey = Uint8Array;

/** At most 8 KiB. */
export type DhtValue = Uint8Array;

export type IpfsFile = Uint8Array;

/** A CID, or `/ipfs/` and a CID, or either with the path of a file below it. */
export type IpfsPath = string;

/** The bytes of a CID, version 0 or 1. */
export type IpfsCid = Bstr;

/** In base58, as `12D3KooW…`. */
export type PeerId = string;

/** At most 256 bytes. */
export type PubsubTopic = string;

/** At most 1 MiB. */
export type MessageData = Uint8Array;

export type MessageId = Uint8Array;

export interface FileAddResult {
  /** `/ipfs/` and the CID. */
  readonly filePath: IpfsPath;
  readonly cid: IpfsCid;
}

export type IpfsContent =
  | { readonly tag: 'dht'; readonly val: readonly [DhtKey, DhtValue] }
  | { readonly tag: 'pubsub'; readonly val: readonly [PubsubTopic, MessageData] };

export interface PubsubMessage {
  readonly topic: PubsubTopic;
  readonly message: MessageData;
  /** Who wrote it, proven by the signature. */
  readonly publisher?: PeerId | undefined;
}

export type Errno =
  | 'dht-get-error'
  | 'dht-put-error'
  | 'file-add-error'
  | 'file-get-error'
  | 'file-pin-error'
  | 'get-cid-error'
  | 'invalid-cid'
  | 'invalid-dht-key'
  | 'invalid-dht-value'
  | 'invalid-ipfs-path'
  | 'invalid-peer-id'
  | 'invalid-pubsub-message'
  | 'peer-eviction-error'
  | 'pubsub-publish-error'
  | 'pubsub-subscribe-error'
  | 'pubsub-unsubscribe-error'
  | 'service-unavailable'
  | 'dht-provide-error'
  | 'dht-get-providers-error'
  | 'get-peer-id-error';

/** Functions of `hermes:ipfs/api`. */
export interface IpfsApi<C> {
  /**
   * Stores a signed record in the application's namespace, here and with other engines. True when another engine
   * keeps it as well; false when only this one does, which tells it to others as they come.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  dhtPut(call: C, key: DhtKey, value: DhtValue): boolean;

  /**
   * The newest record under this name that can be found and whose signature holds. `dht-get-error` when there
   * is none.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  dhtGet(call: C, key: DhtKey): DhtValue;

  /**
   * Says to others that this engine has what the name stands for.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  dhtProvide(call: C, key: DhtKey): void;

  /**
   * Who says so, each once; this engine among them if it does. Empty when nobody is found.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  dhtGetProviders(call: C, key: DhtKey): readonly PeerId[];

  /**
   * Of this engine; it stays the same over restarts.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  getPeerId(call: C): PeerId;

  /**
   * Whether `pubsub-publish` or `dht-put` would take this from this application.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  ipfsContentValidate(call: C, content: IpfsContent): boolean;

  /**
   * Stores a file, keeps it for this application as if pinned, and tells others that it is here.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  fileAdd(call: C, file: IpfsFile): FileAddResult;

  /**
   * A file, from this engine or from whoever has it; at most 16 MiB.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  fileGet(call: C, path: IpfsPath): IpfsFile;

  /**
   * Fetches the file or folder with all that is below it, and keeps it until this application unpins it. True
   * also when it was pinned before.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  filePin(call: C, path: IpfsPath): boolean;

  /**
   * Gives it up: it is removed some time later unless another pin needs it. False when this application had not
   * pinned it.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  fileUnpin(call: C, path: IpfsPath): boolean;

  /**
   * This application never hears of that peer again, not through others either. Kept over restarts. True also
   * when that was so before.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  peerEvict(call: C, peer: PeerId): boolean;

  /**
   * Sends a message to the engines, and to other applications of this one, that subscribed to the topic. Success
   * says that it is on its way, not that anybody is there.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  pubsubPublish(call: C, topic: PubsubTopic, message: MessageData): void;

  /**
   * From now on this module is called for each message of the topic, if it exports `event`. True also when it was
   * subscribed before.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  pubsubSubscribe(call: C, topic: PubsubTopic): boolean;

  /**
   * Ends this module's subscription, nobody else's: not even messages that wait are delivered. False when it had none.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  pubsubUnsubscribe(call: C, topic: PubsubTopic): boolean;
}
