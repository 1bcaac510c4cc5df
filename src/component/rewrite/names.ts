/**
 * The custom section `name`, which makes stack traces readable. All other custom sections are dropped: branch hints,
 * DWARF and source maps point into code that has moved.
 *
 * @module
 */
import type { Additions } from './additions.ts';
import { Reader, Writer } from './binary.ts';
import { type Module, section } from './module.ts';

/** Names of globals, whose indices move. */
const GLOBAL_NAMES = 7;

/** Writes the section, if there was one, without the names whose indices have moved. */
export function keepNames(out: Writer, { bytes, names }: Module, additions: Additions): void {
  if (names === undefined) return;
  const content = new Writer(names.end - names.start);
  const r = new Reader(bytes, names.start, names.end);
  r.skip(1);
  r.skipLeb();
  content.name(r.name());
  while (r.at < r.end) {
    const from = r.at;
    const kind = r.byte();
    const size = r.unsigned();
    // What is in it has never been checked: V8 ignores a section that is damaged.
    if (r.at + size > r.end) return;
    r.skip(size);
    if (kind !== GLOBAL_NAMES || additions.imports.length === 0) content.raw(bytes, from, r.at);
  }
  out.byte(section.custom);
  out.unsigned(content.length);
  out.raw(content.view);
}
