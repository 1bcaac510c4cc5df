/**
 * Answers of `reply`, made short: what `import { json, text } from 'hermes:guest'` gives.
 *
 * @module
 */
import { Utf8Encoder } from './text.ts';

/** Headers by name; several values for one name as a list. */
export type HeaderMap = Readonly<Record<string, string | readonly string[]>>;

export interface AnswerOptions {
  /** HTTP status; 200 unless given. */
  readonly code?: number;
  readonly headers?: HeaderMap;
}

/** A response as `hermes:http-gateway/api` has it. */
export interface HttpAnswer {
  readonly tag: 'http';
  readonly val: { code: number; headers: [string, string[]][]; body: Uint8Array };
}

/**
 * Answers a value as JSON.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const { val } = json({ id: 1 }, { code: 201, headers: { location: '/api/1' } });
 * assert.equal(val.code, 201);
 * assert.deepEqual(val.headers, [['content-type', ['application/json']], ['location', ['/api/1']]]);
 * assert.equal(new TextDecoder().decode(val.body), '{"id":1}');
 * ```
 */
export function json(value: unknown, options: AnswerOptions = {}): HttpAnswer {
  const body = JSON.stringify(value);
  if (body === undefined)
    throw new TypeError(
      `Cannot answer ${typeof value} as JSON: give an object, a list, a text, a number, true, false or null`,
    );
  return answer(body, 'application/json', options);
}

/** Answers text; `content-type` is `text/plain; charset=utf-8` unless the headers name another. */
export function text(body: string, options: AnswerOptions = {}): HttpAnswer {
  return answer(body, 'text/plain; charset=utf-8', options);
}

function answer(body: string, type: string, { code = 200, headers = {} }: AnswerOptions): HttpAnswer {
  const pairs = Object.entries(headers).map(([name, value]): [string, string[]] => [
    name.toLowerCase(),
    typeof value === 'string' ? [value] : [...value],
  ]);
  if (!pairs.some(([name]) => name === 'content-type')) pairs.unshift(['content-type', [type]]);
  return { tag: 'http', val: { code, headers: pairs, body: new Utf8Encoder().encode(body) } };
}
