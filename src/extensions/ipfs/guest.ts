import { type GuestHalf, remote } from '../../engine/extension.ts';

/** The node is one for all applications, so every function asks the main thread. */
export const guest: GuestHalf = {
  files: { name: 'ipfs', method: 'fileLook' },
  imports: () => ({
    'hermes:ipfs/api': {
      dhtPut: remote('dhtPut'),
      dhtGet: remote('dhtGet'),
      dhtProvide: remote('dhtProvide'),
      dhtGetProviders: remote('dhtGetProviders'),
      getPeerId: remote('getPeerId'),
      ipfsContentValidate: remote('ipfsContentValidate'),
      fileAdd: remote('fileAdd'),
      fileGet: remote('fileGet'),
      filePin: remote('filePin'),
      fileUnpin: remote('fileUnpin'),
      peerEvict: remote('peerEvict'),
      pubsubPublish: remote('pubsubPublish'),
      pubsubSubscribe: remote('pubsubSubscribe'),
      pubsubUnsubscribe: remote('pubsubUnsubscribe'),
    },
  }),
};
