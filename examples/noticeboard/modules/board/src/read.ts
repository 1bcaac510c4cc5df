/** What people and other engines may write, and what is said when it does not fit. */
import type { Have, Written } from './notes.ts';

/** In characters, as people count them. */
export const longest = { name: 40, text: 280 } as const;
/** In bytes: more than any note that fits. */
const longestBody = 8_192;

export interface Entry {
  readonly name: string;
  readonly text: string;
}

/** What engines say to each other. */
export type Said =
  | { readonly kind: 'note'; readonly note: Written }
  | { readonly kind: 'have'; readonly have: Have };

export interface RefusalOptions {
  /** The field of the note that is wrong. */
  readonly field?: keyof Entry;
  readonly headers?: Record<string, string>;
}

/** Ends a request with an answer that is not the one that was asked for. */
export class Refusal extends Error {
  readonly code: number;
  readonly field: keyof Entry | undefined;
  readonly headers: Record<string, string>;

  constructor(code: number, message: string, { field, headers = {} }: RefusalOptions = {}) {
    super(message);
    this.code = code;
    this.field = field;
    this.headers = headers;
  }
}

/** Reads the body of a POST. Throws a {@link Refusal}. */
export function readNote(body: Uint8Array, contentType: string): Entry {
  if (!/^application\/json\s*(;|$)/i.test(contentType))
    throw new Refusal(415, 'Send the note as JSON, with the content type application/json');
  if (body.byteLength > longestBody) throw new Refusal(413, `Send at most ${longestBody} bytes`);
  const given = parse(body);
  if (!isRecord(given)) throw new Refusal(400, 'Send an object: { "name": "…", "text": "…" }');
  return readEntry(given);
}

/** Reads what another engine said; `undefined` when it is nothing that this board understands. */
export function readSaid(message: Uint8Array): Said | undefined {
  try {
    const said = parse(message);
    if (!isRecord(said)) return undefined;
    const { kind, note, have } = said;
    if (kind === 'note' && isRecord(note)) return { kind, note: readWritten(note) };
    if (kind === 'have' && isRecord(have)) return { kind, have: readHave(have) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
  return undefined;
}

function readWritten(note: Readonly<Record<string, unknown>>): Written {
  const { number, posted } = note;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw new Refusal(400, 'Give a number');
  // A clock that is ahead must not keep a note at the top for ever.
  const time = typeof posted === 'string' ? Date.parse(posted) : Number.NaN;
  if (!(time <= Date.now() + 60_000)) throw new Refusal(400, 'Give the time when it was posted');
  return { ...readEntry(note), number, posted: new Date(time).toISOString() };
}

function readHave(have: Readonly<Record<string, unknown>>): Have {
  for (const numbers of Object.values(have))
    if (!Array.isArray(numbers) || !numbers.every(Number.isSafeInteger))
      throw new Refusal(400, 'Give numbers');
  return have as Have;
}

function readEntry({ name, text }: Readonly<Record<string, unknown>>): Entry {
  return { name: readField(name, 'name'), text: readField(text, 'text') };
}

function readField(value: unknown, field: keyof Entry): string {
  if (typeof value !== 'string') throw new Refusal(400, `Give the ${field} as text`, { field });
  const text = value.replace(/\r\n?/g, '\n').trim();
  const length = [...text].length;
  if (length === 0) throw new Refusal(400, `The ${field} is empty`, { field });
  if (length > longest[field])
    throw new Refusal(400, `The ${field} has ${length} characters, ${longest[field]} are possible`, {
      field,
    });
  // Line breaks aside, what cannot be seen does not belong on a board.
  const forbidden = field === 'text' ? /[^\P{Cc}\n]/u : /\p{Cc}/u;
  if (forbidden.test(text)) throw new Refusal(400, `The ${field} has control characters`, { field });
  return text;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal(400, 'Send JSON in UTF-8');
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
