import type { ExportInfo } from '../../component/index.ts';
import { nearest } from '../../lib/nearest.ts';
import { camel } from '../../lib/wit/names.ts';
import { fail } from '../errors.ts';
import { functionSignature } from '../values/signature.ts';

/** The function exports of a component as lines: name, and signature in WIT. */
export function exportLines(exports: readonly ExportInfo[]): readonly string[] {
  return exports
    .filter((info) => !isLeftOver(info))
    .map(({ name, type }) => `${name}: ${functionSignature(type)}`);
}

/**
 * The export that a name means: its own (`hermes:init/event#init`), or the function's alone (`init`,
 * `on-cron`, `onCron`) when only one export has it. Throws `CALL_EXPORT`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const type = { params: [], result: undefined };
 * const exports = [{ name: 'a:b/event#on-it', type }, { name: 'c:d/event#init', type }];
 * assert.equal(findExport(exports, 'onIt').name, 'a:b/event#on-it');
 * assert.throws(() => findExport(exports, 'on-them'), { code: 'CALL_EXPORT' });
 * ```
 */
export function findExport(exports: readonly ExportInfo[], name: string): ExportInfo {
  const exact = exports.find((info) => info.name === name);
  if (exact?.name.includes('#')) return exact;
  const functions = exports.filter((info) => {
    const fn = info.name.split('#')[1];
    return fn !== undefined && (fn === name || camel(fn) === name);
  });
  if (functions.length === 1 && functions[0]) return functions[0];
  // A lone function comes last, because of those that are left over.
  if (exact && functions.length === 0) return exact;
  const names = functions.length > 1 ? functions : exports;
  throw fail('CALL_EXPORT', {
    export: name,
    nearest:
      functions.length > 1
        ? undefined
        : nearest(
            name,
            exports.map((info) => info.name),
          ),
    exports: exportLines(names),
  });
}

/** Components of componentize-qjs still have the function that put their code in; nobody can call it again. */
function isLeftOver({ name, type }: ExportInfo): boolean {
  return (
    name === 'init' && type.params.map(({ name }) => name).join() === 'shim,script,entry-path,disable-gc'
  );
}
