export const errors = {
  IPFS_TOPIC: {
    blame: 'guest',
    text: 'Cannot use the topic: its name must have 1 to 256 bytes',
  },
  IPFS_TOPIC_PERMISSION: {
    blame: 'operator',
    text: 'Cannot use the topic: name it under "ipfs" and "topics" in permissions.json of the application',
  },
  IPFS_MESSAGE: {
    blame: 'guest',
    text: 'Cannot publish the message: it is longer than the operator allows; send less, or put a file in its place',
  },
  IPFS_PUBLISH_BUSY: {
    blame: 'guest',
    text: 'Cannot publish the message: too many wait to be sent on this topic; publish less often',
  },
  IPFS_TOPICS: {
    blame: 'operator',
    text: 'Cannot listen to the topic: applications of this engine listen to as many as other engines remember',
  },
  IPFS_SUBSCRIPTIONS: {
    blame: 'guest',
    text: 'Cannot subscribe to the topic: the application has too many subscriptions; end some, or ask the operator',
  },
} as const;
