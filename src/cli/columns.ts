/**
 * Tables and quantities as people read them.
 *
 * @module
 */

/**
 * Cells in columns; `numbers` is the first column that stands at the right, the last one never does in words.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(table([['app', 'files'], ['shop', '7']], 1), ['app   files', 'shop      7']);
 * ```
 */
export function table(rows: readonly (readonly string[])[], numbers: number): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const isNumber =
          column >= numbers &&
          rows.slice(1).every((each) => /^[\d.]*( [KMG]?i?B)?$/.test(each[column] ?? ''));
        return isNumber ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  '),
  );
}

/**
 * Seconds, in the largest units that say enough.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(durationText(3_700), '1 h 1 min');
 * ```
 */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

/**
 * Bytes, in whole numbers from 10 on and with one digit behind the point below.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual([bytesText(1_536), bytesText(20_480)], ['1.5 KiB', '20 KiB']);
 * ```
 */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const shown = value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
  return `${shown} ${units[unit]}`;
}
