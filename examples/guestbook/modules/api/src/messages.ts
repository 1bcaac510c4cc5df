/**
 * The messages in the key-value store: one list under one key, changed by compare-and-set, because any number of
 * requests run at the same time.
 */
import { kvAdd, kvCas, kvGet } from 'hermes:kv-store/api';
import { type Entry, Refusal } from './request.ts';

/** The oldest one makes room. */
export const mostMessages = 100;

export interface Message extends Entry {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly posted: string;
}

const listKey = 'messages';
const idKey = 'last-id';

/** Newest first. */
export function listMessages(): readonly Message[] {
  return read().messages;
}

/** `now` in milliseconds since 1970. */
export function addMessage({ name, text }: Entry, now: number): Message {
  const last = kvAdd(idKey, { tag: 'kv-u64', val: 1n });
  const id = String((last?.tag === 'kv-u64' ? last.val : 0n) + 1n);
  const message = { id, name, text, posted: new Date(now).toISOString() };
  change((messages) => [message, ...messages].slice(0, mostMessages));
  return message;
}

/** Whether it was there. */
export function removeMessage(id: string): boolean {
  return change((messages) => {
    const rest = messages.filter((message) => message.id !== id);
    return rest.length === messages.length ? undefined : rest;
  });
}

interface Stored {
  /** As it is in the store; `null` before the first message. */
  readonly text: string | null;
  readonly messages: readonly Message[];
}

function read(): Stored {
  const value = kvGet(listKey);
  if (value === null) return { text: null, messages: [] };
  if (value.tag !== 'kv-json') throw new Error(`The store holds ${value.tag} where the messages should be`);
  return { text: value.val, messages: JSON.parse(value.val) as readonly Message[] };
}

/** Stores what `edit` makes of the list, once nobody else changed it meanwhile; `undefined` leaves it. */
function change(edit: (messages: readonly Message[]) => readonly Message[] | undefined): boolean {
  for (let attempt = 0; attempt < 200; attempt++) {
    const { text, messages } = read();
    const edited = edit(messages);
    if (!edited) return false;
    const before = kvCas(listKey, text === null ? null : { tag: 'kv-json', val: text }, {
      tag: 'kv-json',
      val: JSON.stringify(edited),
    });
    if ((before?.tag === 'kv-json' ? before.val : null) === text) return true;
  }
  throw new Refusal(503, 'Too many people write at the moment, try again', {
    headers: { 'retry-after': '1' },
  });
}
