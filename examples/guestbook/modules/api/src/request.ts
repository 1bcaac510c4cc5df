/** What a visitor may write, and what is said when it does not fit. */

/** In characters, as people count them. */
export const longestName = 60;
export const longestText = 500;
/** In bytes: more than any entry that fits. */
const longestBody = 16_384;

export interface Entry {
  readonly name: string;
  readonly text: string;
}

export interface RefusalOptions {
  /** The field of the entry that is wrong. */
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
export function readEntry(body: Uint8Array, contentType: string): Entry {
  if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    throw new Refusal(415, 'Send the message as JSON, with the content type application/json');
  }
  if (body.byteLength > longestBody) throw new Refusal(413, `Send at most ${longestBody} bytes`);
  const given = parse(body);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new Refusal(400, 'Send an object: { "name": "…", "text": "…" }');
  }
  const { name, text } = given as Record<string, unknown>;
  return {
    name: readField(name, { field: 'name', longest: longestName, lines: false }),
    text: readField(text, { field: 'text', longest: longestText, lines: true }),
  };
}

function parse(body: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new Refusal(400, 'The body is not UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, `The body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface Field {
  readonly field: keyof Entry;
  readonly longest: number;
  /** Whether it may have line breaks. */
  readonly lines: boolean;
}

function readField(value: unknown, { field, longest, lines }: Field): string {
  if (typeof value !== 'string') throw new Refusal(400, `Give the ${field} as text`, { field });
  const text = value.replace(/\r\n?/g, '\n').trim();
  const length = [...text].length;
  if (length === 0) throw new Refusal(400, `The ${field} is empty`, { field });
  if (length > longest) {
    throw new Refusal(400, `The ${field} has ${length} characters, ${longest} are possible`, { field });
  }
  // Line breaks and tabs aside, what cannot be seen does not belong into a message.
  const forbidden = lines ? /[^\P{Cc}\n\t]/u : /\p{Cc}/u;
  if (forbidden.test(text)) throw new Refusal(400, `The ${field} has control characters`, { field });
  return text;
}
