/**
 * What goes back to a client, before it goes.
 *
 * @module
 */
import { STATUS_CODES } from 'node:http';
import type { Readable } from 'node:stream';

export type Header = readonly [name: string, value: string];

/** A body that is read while it is sent. */
export interface StreamBody {
  readonly size: number;
  readonly open: () => Promise<Readable>;
}

export interface Answer {
  readonly status: number;
  /** All but `content-length`, `date` and those of the connection. */
  readonly headers: readonly Header[];
  readonly body: Uint8Array | StreamBody | undefined;
  /** The `content-length` of an answer whose body is not sent; `undefined` goes by the body. */
  readonly length?: number;
  /** Who answered, for the log. */
  readonly module?: string | undefined;
  /** The rest of the request is not worth reading. */
  readonly close?: true;
}

/** What error answers depend on. */
export interface Audience {
  /** A person looks at it: a page instead of a line. */
  readonly navigation: boolean;
  /** Headers that every page of ours carries. */
  readonly isolation: readonly Header[];
}

export interface RefusalOptions extends Audience {
  readonly headers?: readonly Header[];
  /** A sentence for the client: nothing of what happened inside. */
  readonly text: string;
  readonly close?: true;
}

/**
 * An error answer: a line of text, or a small page for a navigation. Never kept by a cache.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const answer = refusal(404, { text: 'Nothing is here', navigation: false, isolation: [] });
 * assert.equal(new TextDecoder().decode(answer.body as Uint8Array), 'Nothing is here\n');
 * ```
 */
export function refusal(status: number, options: RefusalOptions): Answer {
  const { navigation, isolation, headers = [], text, close } = options;
  const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`;
  const shown = navigation
    ? page({ title, body: `<p>${escapeHtml(text)}</p>` })
    : { headers: [['Content-Type', 'text/plain; charset=utf-8']] as const, body: encode(`${text}\n`) };
  return {
    status,
    headers: [
      ...shown.headers,
      ['Cache-Control', 'no-store'],
      ['X-Content-Type-Options', 'nosniff'],
      ...isolation,
      ...headers,
    ],
    body: shown.body,
    ...(close && { close }),
  };
}

export interface LinksOptions {
  readonly status: number;
  readonly apps: readonly string[];
  /** Of the address that the client uses, with its colon; empty for the default one. */
  readonly port: string;
  readonly isolation: readonly Header[];
}

/**
 * A plain page of links to every application.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const { body } = links({ status: 200, apps: ['shop', 'wiki'], port: ':7878', isolation: [] });
 * assert.match(new TextDecoder().decode(body as Uint8Array), /href="http:\/\/wiki\.localhost:7878\/"/);
 * ```
 */
export function links({ status, apps, port, isolation }: LinksOptions): Answer {
  const items = apps
    .map(
      (app) => `<li><a href="http://${escapeHtml(`${app}.localhost${port}`)}/">${escapeHtml(app)}</a></li>`,
    )
    .join('\n');
  const shown = page({ title: 'Applications', body: `<ul>\n${items}\n</ul>` });
  return {
    status,
    headers: [
      ...shown.headers,
      ['Cache-Control', 'no-store'],
      ['X-Content-Type-Options', 'nosniff'],
      ...isolation,
    ],
    body: shown.body,
  };
}

function page({ title, body }: { readonly title: string; readonly body: string }): {
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
} {
  const text = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light dark; font: 1.1rem/1.6 system-ui, sans-serif }
body { max-width: 36rem; margin: 15vh auto; padding: 0 1.5rem }
h1 { font-size: 1.4rem }
</style>
<h1>${escapeHtml(title)}</h1>
${body}
</html>
`;
  return {
    headers: [
      ['Content-Type', 'text/html; charset=utf-8'],
      ['Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'"],
    ],
    body: encode(text),
  };
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
