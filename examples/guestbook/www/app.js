import { clock, deleteMessage, listMessages, postMessage, visits } from './api.js';

const longest = { name: 60, text: 500 };
const find = (id) => document.getElementById(id);
const form = find('form');
const list = find('list');
const fields = { name: find('name'), text: find('text') };

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  showTrouble('');
  const entry = { name: fields.name.value.trim(), text: fields.text.value.trim() };
  if (!check(entry)) return;
  find('send').disabled = true;
  try {
    const message = await postMessage(entry);
    const item = messageItem(message);
    item.classList.add('fresh');
    list.prepend(item);
    fields.text.value = '';
    remember('name', entry.name);
    say('Your message is in the book.');
    update();
  } catch (trouble) {
    if (trouble.field in fields) refuse(trouble.field, trouble.message);
    else showTrouble(trouble.message);
  } finally {
    find('send').disabled = false;
  }
  (form.querySelector('[aria-invalid="true"]') ?? fields.text).focus();
});

for (const [name, field] of Object.entries(fields)) {
  field.addEventListener('input', () => {
    refuse(name, '');
    showLeft();
  });
}

/** Says what is wrong with the entry beside its fields; the server decides the same once more. */
function check(entry) {
  const what = { name: 'your name', text: 'a message' };
  let first;
  for (const [name, value] of Object.entries(entry)) {
    const length = [...value].length;
    let wrong = '';
    if (length === 0) wrong = `Please write ${what[name]}.`;
    else if (length > longest[name]) wrong = `That is ${characters(length - longest[name])} too long.`;
    refuse(name, wrong);
    if (wrong) first ??= name;
  }
  if (first) fields[first].focus();
  return !first;
}

function characters(count) {
  return count === 1 ? '1 character' : `${count} characters`;
}

function refuse(name, message) {
  const error = find(`${name}-error`);
  error.textContent = message;
  error.hidden = !message;
  if (message) fields[name].setAttribute('aria-invalid', 'true');
  else fields[name].removeAttribute('aria-invalid');
}

function showLeft() {
  const left = longest.text - [...fields.text.value.trim()].length;
  find('text-left').textContent = left < 0 ? `${-left} too many` : `${left} left`;
  find('text-left').classList.toggle('over', left < 0);
}

function messageItem(message) {
  const item = find('message').content.cloneNode(true).firstElementChild;
  item.querySelector('.badge').textContent = [...message.name][0].toUpperCase();
  item.querySelector('.name').textContent = message.name;
  item.querySelector('.text').textContent = message.text;
  const time = item.querySelector('time');
  time.dateTime = message.posted;
  time.title = new Date(message.posted).toLocaleString();
  const remove = item.querySelector('.remove');
  remove.setAttribute('aria-label', `Delete the message of ${message.name}`);
  remove.addEventListener('click', () => removeItem(item, message));
  return item;
}

async function removeItem(item, { id, text }) {
  if (!(await confirmed(text))) return;
  showTrouble('');
  try {
    await deleteMessage(id);
  } catch (trouble) {
    showTrouble(trouble.message);
    return;
  }
  // Whoever uses the keyboard stays where the message was.
  const near = item.nextElementSibling ?? item.previousElementSibling;
  (near?.querySelector('.remove') ?? find('list-title')).focus();
  item.remove();
  say('The message is deleted.');
  update();
}

function confirmed(text) {
  const dialog = find('confirm');
  find('confirm-text').textContent = text;
  dialog.returnValue = 'keep';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'delete'), { once: true });
  });
}

/** Everything that follows from the list as it is. */
function update() {
  const count = list.childElementCount;
  find('empty').hidden = count > 0;
  find('count').textContent = count === 0 ? '' : count === 1 ? '1 message' : `${count} messages`;
  for (const time of list.querySelectorAll('time')) time.textContent = since(time.dateTime);
  showLeft();
}

const steps = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
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

function say(message) {
  find('said').textContent = message;
}

function showTrouble(message) {
  find('trouble').textContent = message;
  find('trouble').hidden = !message;
}

/** Storage may be forbidden: then the page forgets. */
function remember(key, value) {
  try {
    if (value !== undefined) localStorage.setItem(key, value);
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

async function showVisits() {
  const today = new Date().toISOString().slice(0, 10);
  const count = remember('counted') !== today;
  const number = await visits({ count });
  if (count) remember('counted', today);
  find('visits').textContent =
    number === 1
      ? 'You are the first visitor. Leave a few words for the next.'
      : `${number.toLocaleString('en')} visits so far. Leave a few words for whoever comes next.`;
}

async function showClock() {
  const { minutes, lastTick } = await clock();
  const time = lastTick && new Date(lastTick * 1_000).toLocaleTimeString([], shortTime);
  find('clock').textContent = time
    ? `Awake for ${duration(minutes)}, last tick ${time}`
    : 'Just woke up, the clock ticks with the next full minute';
  find('clock').hidden = false;
}

const shortTime = { hour: '2-digit', minute: '2-digit' };

/** In its two largest units. */
function duration(minutes) {
  const parts = [
    ['day', Math.floor(minutes / 1_440)],
    ['hour', Math.floor(minutes / 60) % 24],
    ['minute', minutes % 60],
  ];
  const first = parts.findIndex(([, value]) => value > 0);
  return parts
    .slice(first, first + 2)
    .filter(([, value]) => value > 0)
    .map(([unit, value]) => value.toLocaleString('en', { style: 'unit', unit, unitDisplay: 'long' }))
    .join(' ');
}

async function showMessages() {
  try {
    list.replaceChildren(...(await listMessages()).map(messageItem));
    update();
  } catch (trouble) {
    showTrouble(trouble.message);
  }
  list.setAttribute('aria-busy', 'false');
}

fields.name.value = remember('name') ?? '';
showLeft();
setInterval(update, 30_000);
// The numbers are ornaments: without them the page says something else, or what it said before.
const lookAtClock = () => showClock().catch(() => undefined);
setInterval(() => document.hidden || lookAtClock(), 30_000);
document.addEventListener('visibilitychange', () => document.hidden || lookAtClock());
await Promise.all([showMessages(), showVisits().catch(() => undefined), lookAtClock()]);
