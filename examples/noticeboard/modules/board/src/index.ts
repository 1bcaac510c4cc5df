/**
 * A notice board that engines share. Over HTTP:
 *
 *   GET  /api/notes    { "me": "12D3…", "notes": [{ "by", "number", "name", "text", "posted" }] }, newest first
 *   POST /api/notes    pins one up: { "name": "…", "text": "…" }
 *
 * Between engines, on one topic: notes, and lists of what somebody has, answered by whoever wrote what is missing there.
 */

import { add, delay } from 'hermes:cron/api';
import type { OnCron } from 'hermes:cron/event';
import { json } from 'hermes:guest';
import type { HttpGatewayResponse } from 'hermes:http-gateway/api';
import type { Reply } from 'hermes:http-gateway/event';
import type { Init } from 'hermes:init/event';
import { getPeerId, pubsubPublish, pubsubSubscribe } from 'hermes:ipfs/api';
import type { OnTopic } from 'hermes:ipfs/event';
import { allNotes, haveOf, keep, type Note, nextNumber, notesFor } from './notes.ts';
import { Refusal, readNote, readSaid, type Said } from './read.ts';

const topic = 'noticeboard';

/** Nobody may be connected yet, so what this board has is told a little later, more than once, and every minute. */
export const init: Init = () => {
  pubsubSubscribe(topic);
  for (const seconds of [1, 2, 4, 8, 16]) delay(BigInt(seconds) * 1_000_000_000n, `have after ${seconds} s`);
  add({ when: '* * * * *', tag: 'have' }, true);
  return true;
};

export const onCron: OnCron = () => {
  say({ kind: 'have', have: haveOf(allNotes()) });
  return true;
};

export const onTopic: OnTopic = ({ message, publisher }) => {
  // Signed by whoever it says: the engine has checked that, and that this author may write here.
  if (!publisher) return false;
  const said = readSaid(message);
  if (!said) return false;
  if (said.kind === 'note') return keep({ ...said.note, by: publisher });
  for (const note of notesFor(said.have, getPeerId())) sayNote(note);
  return true;
};

export const reply: Reply = (body, headers, path, method) => {
  try {
    return answer(body, { type: header(headers, 'content-type'), path, method });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { message, field } = error;
    return json(
      { error: field ? { message, field } : { message } },
      { code: error.code, headers: error.headers },
    );
  }
};

interface Request {
  readonly type: string;
  /** With its query. */
  readonly path: string;
  readonly method: string;
}

function answer(body: Uint8Array, { type, path, method }: Request): HttpGatewayResponse | null {
  if (path.replace(/\?.*$/s, '') !== '/api/notes') return null;
  const me = getPeerId();
  if (method === 'GET' || method === 'HEAD')
    return json({ me, notes: allNotes() }, { headers: { 'cache-control': 'no-store' } });
  if (method !== 'POST')
    throw new Refusal(405, 'Only GET and POST are possible here', { headers: { allow: 'GET, HEAD, POST' } });
  const note = { ...readNote(body, type), by: me, number: nextNumber(), posted: new Date().toISOString() };
  keep(note);
  sayNote(note);
  return json({ note }, { code: 201 });
}

/** Who wrote it need not be said: that is whoever signed. */
function sayNote({ number, name, text, posted }: Note): void {
  say({ kind: 'note', note: { number, name, text, posted } });
}

function say(what: Said): void {
  pubsubPublish(topic, new TextEncoder().encode(JSON.stringify(what)));
}

function header(headers: readonly (readonly [string, readonly string[]])[], name: string): string {
  return headers.find(([found]) => found === name)?.[1][0] ?? '';
}
