const find = (id) => document.getElementById(id);
const fields = { name: find('name'), text: find('text') };
const list = find('list');
/** Of each engine, by its peer id. */
const colours = new Map();
/** How often other engines' notes are looked for, in milliseconds. */
const every = 700;

find('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  for (const name of Object.keys(fields)) refuse(name, '');
  find('send').disabled = true;
  try {
    await call('POST', { name: fields.name.value, text: fields.text.value });
    fields.text.value = '';
    remember(fields.name.value);
    await show();
  } catch (trouble) {
    if (trouble.field in fields) refuse(trouble.field, trouble.message);
    else showTrouble(trouble.message);
  } finally {
    find('send').disabled = false;
  }
  (document.querySelector('[aria-invalid="true"]') ?? fields.text).focus();
});

/** Asks the module; throws what it refuses, with the field that is wrong. */
async function call(method, body) {
  let response;
  try {
    response = await fetch('/api/notes', {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  } catch {
    throw new Error('The engine does not answer. Is it still running?');
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const { message = `The engine answered ${response.status}.`, field } = answer.error ?? {};
  throw Object.assign(new Error(message), { field });
}

function refuse(name, message) {
  const error = find(`${name}-error`);
  error.textContent = message;
  error.hidden = !message;
  fields[name].toggleAttribute('aria-invalid', Boolean(message));
  if (message) fields[name].setAttribute('aria-invalid', 'true');
}

function showTrouble(message) {
  find('trouble').textContent = message;
  find('trouble').hidden = !message;
}

async function show() {
  const { me, notes } = await call('GET');
  find('me').textContent =
    `This engine is ${short(me)}. Notes travel from engine to engine; there is no server in the middle.`;
  find('me').title = me;
  const shown = new Map([...list.children].map((item) => [item.dataset.id, item]));
  const items = notes.map((note) => shown.get(idOf(note)) ?? itemOf(note, me));
  // In the order in which they are met: neighbours differ, and an engine keeps its colour while the page is open.
  for (const { by } of notes.toReversed()) if (!colours.has(by)) colours.set(by, String(colours.size % 6));
  for (const [at, item] of items.entries()) item.dataset.colour = colours.get(notes[at].by);
  // Only what has changed moves, so that whoever reads is left in peace.
  if (items.length !== list.childElementCount || items.some((item, at) => item !== list.children[at]))
    list.replaceChildren(...items);
  for (const time of list.querySelectorAll('time')) time.textContent = since(time.dateTime);
  const engines = new Set(notes.map(({ by }) => by)).size;
  find('empty').hidden = notes.length > 0;
  find('count').textContent =
    notes.length > 0 ? `${number(notes.length, 'note')} from ${number(engines, 'engine')}` : '';
  showTrouble('');
}

function itemOf(note, me) {
  const item = find('note').content.cloneNode(true).firstElementChild;
  item.dataset.id = idOf(note);
  item.dataset.lean = String(note.number % 4);
  item.querySelector('.text').textContent = note.text;
  item.querySelector('.name').textContent = note.name;
  const engine = item.querySelector('.engine');
  engine.textContent = note.by === me ? 'here' : short(note.by);
  engine.title = note.by;
  const time = item.querySelector('time');
  time.dateTime = note.posted;
  time.title = new Date(note.posted).toLocaleString();
  return item;
}

const idOf = ({ by, number }) => `${by}/${number}`;

/** The last letters of a peer id: the first ones are the same for all. */
const short = (peer) => `…${peer.slice(-6)}`;

function number(count, what) {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}

const steps = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** How long ago, in words. */
function since(posted) {
  const seconds = (Date.now() - Date.parse(posted)) / 1_000;
  const [unit, length] = steps.find(([, length]) => seconds >= length) ?? [];
  return unit ? relative.format(-Math.floor(seconds / length), unit) : 'just now';
}

/** Storage may be forbidden: then the page forgets. */
function remember(name) {
  try {
    if (name !== undefined) localStorage.setItem('name', name);
    return localStorage.getItem('name');
  } catch {
    return null;
  }
}

async function look() {
  try {
    if (!document.hidden) await show();
  } catch (trouble) {
    showTrouble(trouble.message);
  }
  setTimeout(look, every);
}

fields.name.value = remember() ?? '';
document.addEventListener('visibilitychange', () => show().catch((trouble) => showTrouble(trouble.message)));
look();
