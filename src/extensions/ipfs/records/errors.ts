/** What goes wrong with records; a module is told an `errno` of the WIT, and the log says which of these it was. */
export const errors = {
  RECORD_KEY: {
    blame: 'guest',
    text: 'Cannot use the name of the record: it must have 1 to 256 bytes',
  },
  RECORD_VALUE: {
    blame: 'guest',
    text: 'Cannot put the record: its value must have 1 to 8192 bytes',
  },
  RECORD_AUTHOR: {
    blame: 'operator',
    text: 'Cannot put the record: add the key that this engine signs with to the authors of the namespace, or configure one of them as ipfs.keys',
  },
  RECORD_LIMIT: {
    blame: 'guest',
    text: 'Cannot keep more records or provided names: use names again, or ask the operator for more',
  },
  RECORD_NOT_FOUND: {
    blame: 'caller',
    text: 'Cannot get the record: nobody who was asked has one that may be believed',
  },
  RECORD_BUSY: {
    blame: 'host',
    text: 'Cannot ask the DHT: too many questions wait already; ask again later',
  },
  RECORD_REFUSED: {
    blame: 'caller',
    text: 'Cannot keep the record of another engine: it breaks a rule of the DHT',
  },
  RECORD_FRAME: {
    blame: 'caller',
    text: 'Cannot read the message of the DHT: it is longer than any that an engine sends',
  },
  RECORD_RATE: {
    blame: 'caller',
    text: 'Cannot answer the peer: it sends more messages of the DHT than one engine needs',
  },
  RECORD_LIBRARY: {
    blame: 'host',
    text: 'Cannot guard the DHT: this version of @libp2p/kad-dht is built in another way; install the one that package.json names',
  },
} as const;
