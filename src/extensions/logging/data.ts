/** Deeper values are logged as text: loggers walk them recursively. */
const MAX_DEPTH = 32;

/**
 * What a guest gave as JSON: the value as field `data`; the text as field `dataText` when it is not JSON or is
 * nested more than 32 deep.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(readData('{"id":7}'), { data: { id: 7 } });
 * assert.deepEqual(readData('{id:7}'), { dataText: '{id:7}' });
 * ```
 */
export function readData(text: string): { readonly data: unknown } | { readonly dataText: string } {
  if (depth(text) > MAX_DEPTH) return { dataText: text };
  try {
    return { data: JSON.parse(text) as unknown };
  } catch {
    // Not JSON, which the WIT allows: the name of the field says so.
    return { dataText: text };
  }
}

/** How deep the brackets of a text are nested, those within its strings left out. */
function depth(text: string): number {
  let open = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') quoted = !quoted;
    else if (sign === '\\' && quoted) at += 1;
    else if (!quoted && (sign === '[' || sign === '{')) deepest = Math.max(deepest, ++open);
    else if (!quoted && (sign === ']' || sign === '}')) open -= 1;
  }
  return deepest;
}
