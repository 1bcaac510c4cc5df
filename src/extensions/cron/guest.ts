import { type GuestHalf, remote } from '../../engine/extension.ts';
import { mkcron } from './mkcron.ts';

/** Entries belong to the application and its time, so only writing a schedule needs nobody else. */
export const guest: GuestHalf = {
  imports: () => ({
    'hermes:cron/api': {
      add: remote('add'),
      delay: remote('delay'),
      ls: remote('ls'),
      rm: remote('rm'),
      mkcron: (_call, dow, month, day, hour, minute) => mkcron({ dow, month, day, hour, minute }),
    },
  }),
};
