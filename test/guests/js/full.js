// Three event interfaces in both export styles: under their full WIT names, and merged into one object under the
// short name that they share. QuickJS reads the latter, other engines the former.
import { kvAdd, kvGet, kvSet } from 'hermes:kv-store/api';
import { log } from 'hermes:logging/api';
import { utf8 } from './utf8.js';

const say = (message, where) =>
  log('info', 'full.js', where, undefined, undefined, undefined, message, undefined);

const initEvent = {
  init() {
    kvSet('ticks', { tag: 'kv-u64', val: 0 });
    say('ready', 'init');
    return true;
  },
};

const httpEvent = {
  reply(body, headers, path, method) {
    if (path === '/throw') throw new TypeError('thrown on purpose');
    const ticks = kvGet('ticks');
    const out = JSON.stringify({ method, path, bodyLength: body.length, headers, ticks });
    return {
      tag: 'http',
      val: { code: 200, headers: [['content-type', ['application/json']]], body: utf8(out) },
    };
  },
};

const cronEvent = {
  onCron(tagged, last) {
    kvAdd('ticks', { tag: 'kv-u64', val: 1 });
    say(`tag=${tagged.tag} when=${tagged.when}`, 'on-cron');
    return !last;
  },
};

export const event = { ...initEvent, ...httpEvent, ...cronEvent };
export {
  cronEvent as 'hermes:cron/event',
  httpEvent as 'hermes:http-gateway/event',
  initEvent as 'hermes:init/event',
};
