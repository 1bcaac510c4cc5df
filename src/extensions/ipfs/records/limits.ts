/** Bytes in a record's name. */
export const MAX_KEY = 256;
/** Bytes in a value. */
export const MAX_VALUE = 8_192;

/** What the records of others, and those of the applications here, may take of an engine. Times in milliseconds. */
export interface RecordLimits {
  /** Records of other engines that are kept, and their bytes. */
  readonly foreignRecords: number;
  readonly foreignBytes: number;
  /** Records and provided names of one application. */
  readonly perApp: number;
  /** Seconds that a record lives without being renewed. */
  readonly ttl: number;
  /** How often what applications put is renewed, and told again to those who are nearest. */
  readonly renewEvery: number;
  /** For how long after the last `dht-put` or `dht-provide` of a name. */
  readonly renewFor: number;
  /** Who provides, kept for others: in all, of one peer, of one name. */
  readonly providers: number;
  readonly providersOfPeer: number;
  readonly providersOfName: number;
  /** Further answers are awaited for this long once there is one. */
  readonly grace: number;
  /** The longest wait for the first other engine that stores a record; it is told further in the background. */
  readonly patience: number;
  /** Messages of the DHT that one peer may send: at once, and in each second. */
  readonly burst: number;
  readonly perSecond: number;
  /** Records that no honest engine sends, within ten minutes, until a peer is denied. */
  readonly strikes: number;
}

const HOUR = 3_600_000;

export const DEFAULT_RECORD_LIMITS: RecordLimits = {
  foreignRecords: 10_000,
  foreignBytes: 32 * 1_048_576,
  perApp: 1_000,
  ttl: 48 * 3_600,
  renewEvery: 12 * HOUR,
  renewFor: 30 * 24 * HOUR,
  providers: 20_000,
  providersOfPeer: 2_000,
  providersOfName: 64,
  grace: 2_000,
  patience: 10_000,
  burst: 3_000,
  perSecond: 300,
  strikes: 50,
};
