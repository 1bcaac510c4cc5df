/**
 * What a file is, by the end of its name.
 *
 * @module
 */

interface Type {
  readonly type: string;
  /** Worth compressing. */
  readonly text: boolean;
}

const text = (type: string): Type => ({ type, text: true });
const binary = (type: string): Type => ({ type, text: false });

const TYPES: ReadonlyMap<string, Type> = new Map([
  ['html', text('text/html; charset=utf-8')],
  ['htm', text('text/html; charset=utf-8')],
  ['js', text('text/javascript; charset=utf-8')],
  ['mjs', text('text/javascript; charset=utf-8')],
  ['css', text('text/css; charset=utf-8')],
  ['json', text('application/json; charset=utf-8')],
  ['map', text('application/json; charset=utf-8')],
  ['webmanifest', text('application/manifest+json; charset=utf-8')],
  ['txt', text('text/plain; charset=utf-8')],
  ['md', text('text/markdown; charset=utf-8')],
  ['csv', text('text/csv; charset=utf-8')],
  ['vtt', text('text/vtt; charset=utf-8')],
  ['xml', text('application/xml; charset=utf-8')],
  ['svg', text('image/svg+xml; charset=utf-8')],
  ['ics', text('text/calendar; charset=utf-8')],
  ['wasm', text('application/wasm')],
  ['ttf', text('font/ttf')],
  ['otf', text('font/otf')],
  ['ico', text('image/x-icon')],
  ['bmp', text('image/bmp')],
  ['woff', binary('font/woff')],
  ['woff2', binary('font/woff2')],
  ['png', binary('image/png')],
  ['jpg', binary('image/jpeg')],
  ['jpeg', binary('image/jpeg')],
  ['gif', binary('image/gif')],
  ['webp', binary('image/webp')],
  ['avif', binary('image/avif')],
  ['mp3', binary('audio/mpeg')],
  ['m4a', binary('audio/mp4')],
  ['ogg', binary('audio/ogg')],
  ['wav', binary('audio/wav')],
  ['mp4', binary('video/mp4')],
  ['webm', binary('video/webm')],
  ['pdf', binary('application/pdf')],
  ['zip', binary('application/zip')],
  ['gz', binary('application/gzip')],
  ['zst', binary('application/zstd')],
]);

const UNKNOWN: Type = binary('application/octet-stream');

/**
 * The media type of a file by its name, and whether it is worth compressing.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(typeOf('/www/App.JS'), { type: 'text/javascript; charset=utf-8', text: true });
 * assert.deepEqual(typeOf('/www/LICENSE'), { type: 'application/octet-stream', text: false });
 * ```
 */
export function typeOf(path: string): Type {
  return TYPES.get(extensionOf(path)) ?? UNKNOWN;
}

/**
 * Whether a page would load this as one of its parts. When it is missing the page must hear so: an HTML page in
 * the place of a script is worse than none.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(isAsset('/www/app.js'), true);
 * assert.equal(isAsset('/www/users/jane.doe'), false);
 * assert.equal(isAsset('/www/about.html'), false);
 * ```
 */
export function isAsset(path: string): boolean {
  const extension = extensionOf(path);
  return TYPES.has(extension) && extension !== 'html' && extension !== 'htm';
}

function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}
