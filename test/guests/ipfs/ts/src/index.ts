// Does with the functions of hermes:ipfs/api what each request says, and logs what it hears on the topics that it subscribed to.
import { json } from 'hermes:guest';
import type { Reply } from 'hermes:http-gateway/event';
import type { Init } from 'hermes:init/event';
import {
  dhtGet,
  dhtGetProviders,
  dhtProvide,
  dhtPut,
  fileAdd,
  fileGet,
  filePin,
  getPeerId,
  pubsubPublish,
  pubsubSubscribe,
} from 'hermes:ipfs/api';
import type { OnTopic } from 'hermes:ipfs/event';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesOf = (said: string): Uint8Array => new TextEncoder().encode(said);

export const init: Init = () => {
  pubsubSubscribe('board');
  return true;
};

export const onTopic: OnTopic = ({ topic, message, publisher }) => {
  console.log(JSON.stringify({ topic, publisher, text: text(message) }));
  return true;
};

function perform(what: string, name: string, body: Uint8Array): unknown {
  switch (what) {
    case 'me':
      return getPeerId();
    case 'publish':
      return pubsubPublish(name, body);
    case 'subscribe':
      return pubsubSubscribe(name);
    case 'put':
      return dhtPut(bytesOf(name), body);
    case 'get':
      return text(dhtGet(bytesOf(name)));
    case 'provide':
      return dhtProvide(bytesOf(name));
    case 'providers':
      return dhtGetProviders(bytesOf(name));
    case 'add':
      return fileAdd(body).filePath;
    case 'pin':
      return filePin(text(body));
    default:
      throw new Error(`There is nothing called ${what}`);
  }
}

export const reply: Reply = (body, _headers, path) => {
  const [, , what = '', ...names] = path.split('/');
  const name = names.join('/');
  try {
    // Bytes go back as they are: large files take too long as text.
    if (what === 'file') return { tag: 'http', val: { code: 200, headers: [], body: fileGet(text(body)) } };
    return json(perform(what, name, body) ?? null);
  } catch (error) {
    const { payload } = error as { readonly payload?: string };
    if (payload === undefined) throw error;
    return json({ errno: payload }, { code: 500 });
  }
};
