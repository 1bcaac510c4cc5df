import type { IpfsPermissions } from '../permissions.ts';
import type { Place } from './calls.ts';

/** `/notes/` and a rest that is not empty. */
const QUALIFIED = /^\/([a-z0-9][a-z0-9-]{0,62})\/./s;

/**
 * Where the record that an application calls `key` belongs: in the namespace of its own name, or for
 * `/<namespace>/<rest>` in one that its permissions list.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { parsePermissions } from '../permissions.ts';
 * const permissions = parsePermissions({ namespaces: ['notes'] });
 * const named = (key: string): string => placeOf('shop', Buffer.from(key), permissions).namespace;
 * assert.deepEqual([named('price'), named('/notes/1'), named('/news/1')], ['shop', 'notes', 'shop']);
 * ```
 */
export function placeOf(app: string, key: Uint8Array, permissions: IpfsPermissions): Place {
  const [, named = ''] = QUALIFIED.exec(Buffer.from(key).toString('latin1')) ?? [];
  const listed = permissions.namespace(named);
  const { namespace, authors } = listed ?? { ...permissions.namespace(app), namespace: app };
  return {
    namespace,
    key: listed ? key.slice(named.length + 2) : key,
    ...(authors && { authors: [...authors] }),
  };
}
