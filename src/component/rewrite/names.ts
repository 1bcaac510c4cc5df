/**
 * The custom section `name`, which makes stack traces readable. All other custom sections are dropped: branch hints,
 * DWARF and source maps point into code that has moved.
 *
 * @module
 */
import { isCoded } from '../../lib/errors.ts';
import type { Additions } from './additions.ts';
import { Reader, Writer } from './binary.ts';
import { type Module, section } from './module.ts';

/** Names of globals, whose indices move. */
const GLOBAL_NAMES = 7;

/** Writes the section, if there was one, without the names whose indices have moved. */
export function keepNames(out: Writer, { bytes, names }: Module, additions: Additions): void {
  if (names === undefined) return;
  const content = keptNames(new Reader(bytes, names.start, names.end), additions.imports.length > 0);
  if (content === undefined) return;
  out.byte(section.custom);
  out.unsigned(content.length);
  out.raw(content.view);
}

/** Nobody has checked what is in it. V8 ignores a section that is damaged; we leave it out: `undefined`. */
function keptNames(r: Reader, moved: boolean): Writer | undefined {
  const content = new Writer(r.end - r.at);
  try {
    r.skip(1);
    r.skipLeb();
    content.name(r.name());
    while (r.at < r.end) {
      const from = r.at;
      const kind = r.byte();
      r.skip(r.unsigned());
      if (kind !== GLOBAL_NAMES || !moved) content.raw(r.bytes, from, r.at);
    }
  } catch (error) {
    if (isCoded(error)) return undefined;
    throw error;
  }
  return content;
}
