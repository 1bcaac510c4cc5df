import { Readable } from 'node:stream';
import type { Vfs, VfsStat } from '../../../vfs/vfs.ts';
import { SCRIPT_PATH } from './script.ts';

/** A page above this is no page that somebody writes. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;

export interface Build {
  /** Letters, digits and hyphens. */
  readonly id: string;
  /** When it came to be: a page was not there before it. */
  readonly since: Temporal.Instant;
}

/**
 * The same tree, its pages (`.html`, `.htm`) with one more script before the end of their body. Size and time are
 * those of what is read.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createMemoryVfs } from '../../../vfs/memory.ts';
 * const build = { id: '7', since: Temporal.Instant.from('2026-01-01T00:00:00Z') };
 * const vfs = injecting(createMemoryVfs({ '/www/index.html': '<body>Hi</body>' }), build);
 * assert.equal(
 *   new TextDecoder().decode(await vfs.readFile('/www/index.html')),
 *   '<body>Hi<script src="/.hermes/watch.js" data-build="7"></script>\n</body>',
 * );
 * ```
 */
export function injecting(vfs: Vfs, { id, since }: Build): Vfs {
  const script = `<script src="${SCRIPT_PATH}" data-build="${id}"></script>\n`;

  /** `undefined` for what is no page. */
  async function pageAt(path: string, stat?: VfsStat): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!/\.html?$/i.test(path)) return undefined;
    const found = stat ?? (await vfs.stat(path));
    if (found?.kind !== 'file' || found.size > MAX_PAGE_BYTES) return undefined;
    return withScript(await vfs.readFile(path), script);
  }
  return {
    async stat(path) {
      const stat = await vfs.stat(path);
      const page = stat && (await pageAt(path, stat));
      if (!page) return stat;
      const modified = Temporal.Instant.compare(stat.modified, since) < 0 ? since : stat.modified;
      return { ...stat, size: page.length, modified };
    },
    readFile: async (path, options) => (await pageAt(path)) ?? vfs.readFile(path, options),
    async open(path, options = {}) {
      const page = await pageAt(path);
      if (!page) return vfs.open(path, options);
      const { start = 0, end = page.length - 1 } = options;
      return Readable.from([page.subarray(start, end + 1)], { objectMode: false });
    },
    list: (path) => vfs.list(path),
  };
}

/** Byte by byte, whatever the encoding, as long as its ASCII is ASCII. */
function withScript(page: Uint8Array<ArrayBuffer>, script: string): Uint8Array<ArrayBuffer> {
  const wide = (page[0] === 0xfe && page[1] === 0xff) || (page[0] === 0xff && page[1] === 0xfe);
  if (wide) return page;
  const text = Buffer.from(page).toString('latin1');
  const end = text.toLowerCase().lastIndexOf('</body');
  const at = end < 0 ? page.length : end;
  return new Uint8Array(Buffer.concat([page.subarray(0, at), Buffer.from(script), page.subarray(at)]));
}
