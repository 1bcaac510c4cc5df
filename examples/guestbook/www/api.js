/** What the page asks of the server. Every function throws a {@link Trouble} that can be shown as it is. */

export class Trouble extends Error {
  /** @param {string} message @param {string} [field] the field of the form that is wrong */
  constructor(message, field) {
    super(message);
    this.field = field;
  }
}

/** @typedef {{ id: string, name: string, text: string, posted: string }} Message */

/** @returns {Promise<Message[]>} newest first */
export async function listMessages() {
  return (await ask('GET', '/api/messages')).messages;
}

/** @param {{ name: string, text: string }} entry @returns {Promise<Message>} */
export async function postMessage(entry) {
  return (await ask('POST', '/api/messages', entry)).message;
}

/** @param {string} id */
export async function deleteMessage(id) {
  await ask('DELETE', `/api/messages/${encodeURIComponent(id)}`);
}

/** Counts this visit, or only looks. @returns {Promise<number>} */
export async function visits({ count }) {
  return (await ask(count ? 'POST' : 'GET', '/api/visits')).visits;
}

/** @typedef {{ minutes: number, lastTick: number | null }} Clock `lastTick` in seconds since 1970 */

/** @returns {Promise<Clock>} */
export async function clock() {
  return ask('GET', '/api/clock');
}

async function ask(method, path, body) {
  const sent = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, { method, ...sent });
  } catch {
    throw new Trouble('The guestbook does not answer. Is it still running? Try again in a moment.');
  }
  if (response.status === 204) return undefined;
  const answer = await response.json().catch(() => undefined);
  if (response.ok && answer) return answer;
  const { message, field } = answer?.error ?? {};
  throw new Trouble(message ?? `The guestbook answered ${response.status}. Try again in a moment.`, field);
}
