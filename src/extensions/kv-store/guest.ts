import { type GuestHalf, remote } from '../../engine/extension.ts';

/** The store is one for all modules of an application, so every function asks the main thread. */
export const guest: GuestHalf = {
  imports: () => ({
    'hermes:kv-store/api': {
      kvSet: remote('kvSet'),
      kvGetDefault: remote('kvGetDefault'),
      kvGet: remote('kvGet'),
      kvGetSet: remote('kvGetSet'),
      kvAdd: remote('kvAdd'),
      kvCas: remote('kvCas'),
      kvSubscribe: remote('kvSubscribe'),
      kvUnsubscribe: remote('kvUnsubscribe'),
    },
  }),
};
