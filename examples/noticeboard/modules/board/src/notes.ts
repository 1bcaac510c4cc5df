/**
 * The notes in the key-value store: one list under one key, changed by compare-and-set, because notes of others
 * arrive while somebody posts.
 */
import { kvAdd, kvCas, kvGet } from 'hermes:kv-store/api';
import type { Entry } from './read.ts';

/** The oldest one makes room. */
export const mostNotes = 100;

/** What an author says of a note. */
export interface Written extends Entry {
  /** Counts the notes of its author. */
  readonly number: number;
  /** ISO 8601, UTC, as the author's clock says. */
  readonly posted: string;
}

export interface Note extends Written {
  /** Peer id of its author. */
  readonly by: string;
}

/** The numbers that somebody has of each author. */
export type Have = Readonly<Record<string, readonly number[]>>;

const listKey = 'notes';

/** Newest first. */
export function allNotes(): readonly Note[] {
  return read().notes;
}

export function nextNumber(): number {
  const last = kvAdd('last-number', { tag: 'kv-u64', val: 1n });
  return Number(last?.tag === 'kv-u64' ? last.val : 0n) + 1;
}

export function haveOf(notes: readonly Note[]): Have {
  const have: Record<string, number[]> = {};
  for (const { by, number } of notes) {
    have[by] ??= [];
    have[by].push(number);
  }
  return have;
}

/** The notes of `me` that somebody lacks. */
export function notesFor(have: Have, me: string): readonly Note[] {
  const numbers = new Set(Object.hasOwn(have, me) ? have[me] : []);
  return allNotes().filter(({ by, number }) => by === me && !numbers.has(number));
}

/** Puts a note where it belongs; a note that is there already stays as it is. False when nothing has changed. */
export function keep(note: Note): boolean {
  for (let attempt = 0; attempt < 200; attempt++) {
    const { text, notes } = read();
    if (notes.some(({ by, number }) => by === note.by && number === note.number)) return false;
    const edited = [note, ...notes].sort(newestFirst).slice(0, mostNotes);
    if (!edited.includes(note)) return false;
    const before = kvCas(listKey, text === null ? null : { tag: 'kv-json', val: text }, {
      tag: 'kv-json',
      val: JSON.stringify(edited),
    });
    if ((before?.tag === 'kv-json' ? before.val : null) === text) return true;
  }
  throw new Error('Too many notes at the same time');
}

function newestFirst(a: Note, b: Note): number {
  return a.posted < b.posted ? 1 : a.posted > b.posted ? -1 : 0;
}

interface Stored {
  /** As it is in the store; `null` before the first note. */
  readonly text: string | null;
  readonly notes: readonly Note[];
}

function read(): Stored {
  const value = kvGet(listKey);
  if (value === null) return { text: null, notes: [] };
  if (value.tag !== 'kv-json') throw new Error(`The store holds ${value.tag} where the notes should be`);
  return { text: value.val, notes: JSON.parse(value.val) as readonly Note[] };
}
