/**
 * Prepares core modules for instances that are put back into their first state after each call, and for limits.
 *
 * @module
 */

import { isCoded } from '../../lib/errors.ts';
import { planAdditions } from './additions.ts';
import { Writer } from './binary.ts';
import { describe } from './describe.ts';
import { malformed } from './errors.ts';
import { freeCosts, paysItself } from './free.ts';
import { writeCode } from './functions.ts';
import { Hints } from './hints.ts';
import { lateCosts } from './late.ts';
import { Meter } from './meter.ts';
import { type Module, readModule, section } from './module.ts';
import { keepNames } from './names.ts';
import { type CoreReport, EMPTY } from './report.ts';
import { scanCode } from './scan.ts';
import { ORDER, type Parts, sectionContent } from './sections.ts';
import { findStores, NONE } from './stores.ts';

export interface RewriteOptions {
  /** Whether the code pays for what it does. Default `true`. */
  readonly fuel?: boolean;
  /** Entries that a table may have, if it does not declare more to begin with. Default 100,000. */
  readonly tableEntries?: number;
  /**
   * Stores below this address set a global, so that nothing need be cleared there when there were none. Default 0: none
   * is looked at.
   */
  readonly below?: number;
}

export interface Rewritten {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly report: CoreReport;
}

const TABLE_ENTRIES = 100_000;

/** Magic and version. */
const HEADER = 8;

/**
 * Instructions that may be passed unpaid. With 0 every basic block pays exactly, which costs half as much again as
 * the code itself; with 256 no more than if only entries and loops paid. `docs/rewriting.md` has the figures.
 */
const UNPAID = 256;

/** A callee's work that its callers pay for it. */
const FREE = { called: 1_000, escaping: UNPAID } as const;

/**
 * Rewrites a core module: memories, changing globals and tables are exported under names with `$hermes/` in front,
 * `memory.size` and `memory.grow` work on a virtual size and take pages from a budget, code takes fuel. It does
 * what it did before, and the indices of its functions stay.
 *
 * A module with an instruction or feature that is not known comes back as it was, and `report.unsupported` says
 * what it is. Throws `CORE_MALFORMED` (`what`) when V8 finds the module invalid and `CORE_RESERVED` (`name`) when it
 * uses our names.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * // (memory 1) (func (export "f") (loop (br 0)))
 * const spins = Uint8Array.fromBase64('AGFzbQEAAAABBAFgAAADAgEABQMBAAEHBQEBZgAACgkBBwADQAwACws=');
 * const { bytes, report } = rewriteCore(spins);
 * const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
 * exports[report.fuel].value = 1_000_000n;
 * assert.throws(() => exports.f(), WebAssembly.RuntimeError);
 * assert.ok(exports[report.fuel].value < 0n);
 * assert.throws(() => rewriteCore(spins.subarray(1)), { code: 'CORE_MALFORMED' });
 * ```
 */
export function rewriteCore(
  bytes: Uint8Array<ArrayBuffer>,
  { fuel = true, tableEntries = TABLE_ENTRIES, below = 0 }: RewriteOptions = {},
): Rewritten {
  validate(bytes);
  try {
    const module = readModule(bytes);
    return rewriteModule(module, { fuel, tableEntries, below });
  } catch (error) {
    if (!isCoded(error) || error.code !== 'CORE_UNSUPPORTED') throw error;
    const { what, offset } = error.detail;
    return { bytes, report: { ...EMPTY, unsupported: `${what} (at ${offset})` } };
  }
}

/**
 * Only what V8 accepts is rewritten: an index that points at nothing in the original would point at what is added,
 * the fuel counter for one.
 */
function validate(bytes: Uint8Array<ArrayBuffer>): void {
  if (WebAssembly.validate(bytes)) return;
  try {
    void new WebAssembly.Module(bytes);
  } catch (error) {
    throw malformed(Error.isError(error) ? error.message : String(error), error);
  }
}

function rewriteModule(module: Module, { fuel, tableEntries, below }: Required<RewriteOptions>): Rewritten {
  const code = scanCode(module);
  const costs = fuel ? freeCosts(module, code, FREE) : [];
  const pays = fuel && (costs.some(paysItself) || code.priced || code.bodies.some(({ loops }) => loops));
  const stores = below === 0 ? undefined : findStores(module, below);
  const touches = stores !== undefined && stores.at.length > 0;
  const additions = planAdditions(module, code, { fuel: pays, touches });
  const tableMaxima = module.tables.map(({ imported, minimum, maximum }) =>
    imported === undefined ? Math.max(minimum, Math.min(maximum ?? tableEntries, tableEntries)) : maximum,
  );
  const noFuel = pays ? undefined : fuel ? 'Nothing in its code can run for long' : 'It was not asked for';
  const watched = stores !== undefined;
  const { report, exports } = describe({ module, code, additions, tableMaxima, noFuel, watched });
  const late = pays ? lateCosts(module, code, { costs, most: UNPAID }) : [];
  const meter = new Meter(code.tape, module.bytes, { costs, late, most: UNPAID });
  const hints = new Hints();
  const written = writeCode({
    hints,
    module,
    code,
    additions,
    stores: stores ?? NONE,
    below,
    chargesOf: (body, index) => {
      const own = module.importedFunctions + index;
      const free = !paysItself(costs[own]);
      const entry = free ? 'free' : late[own] === undefined ? 'pays' : 'late';
      return pays && (body.loops || !free) ? meter.charges(body, entry) : undefined;
    },
  });
  return { bytes: assemble({ module, additions, exports, code: written, tableMaxima }, hints), report };
}

function assemble(parts: Parts, hints: Hints): Uint8Array<ArrayBuffer> {
  const { bytes } = parts.module;
  const out = new Writer(bytes.length + (bytes.length >> 2) + 4_096);
  out.raw(bytes, 0, HEADER);
  for (const id of ORDER) {
    const content = sectionContent(id, parts);
    if (content === undefined) continue;
    if (id === section.code) hints.write(out);
    out.byte(id);
    out.unsigned(content.length);
    out.raw(content);
  }
  keepNames(out, parts.module, parts.additions);
  return out.view.slice();
}
