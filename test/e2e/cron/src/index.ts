/** Adds entries of each kind while it starts, and does with their ticks what their tags say. */
import { add, delay, ls, mkcron, rm } from 'hermes:cron/api';
import type { OnCron } from 'hermes:cron/event';
import type { Init } from 'hermes:init/event';
import { log } from 'hermes:logging/api';

const everyMinute = '* * * * *';
const second = 1_000_000_000n;

export const init: Init = () => {
  const atThree = mkcron([], [], [], [], [{ tag: 'at', val: 3 }]);
  say(`init ${atThree}`);
  return (
    add({ when: everyMinute, tag: 'each' }, true) &&
    add({ when: everyMinute, tag: 'twice' }, true) &&
    add({ when: '*/2 * * * *', tag: 'once' }, false) &&
    add({ when: atThree, tag: 'enough' }, true) &&
    add({ when: '30 * * * *', tag: 'spin' }, false) &&
    delay(90n * second, 'again') &&
    !add({ when: '60 * * * *', tag: 'wrong' }, true)
  );
};

export const onCron: OnCron = ({ when, tag }, last) => {
  say(`${tag} ${when} ${last}`);
  if (tag === 'again') return delay(90n * second, tag);
  if (tag === 'spin') return delay(0n, tag);
  if (tag === 'enough') return rm({ when: everyMinute, tag: 'each' });
  if (tag === 'twice') return !ls('once').length;
  return true;
};

function say(message: string): void {
  const tags = ls(null).map(([entry, retrigger]) => `${entry.tag}${retrigger ? '' : '!'}`);
  log('info', null, null, null, null, null, `${message} | ${tags.sort().join(' ')}`, null);
}
