/**
 * Every host function of the extensions, from the WIT.
 *
 * @module
 */
import type { Wit, WitFunction, WitInterface } from '../../src/lib/wit/model.ts';
import { camel, pascal } from '../../src/lib/wit/names.ts';
import { type Member, membersOf } from '../../src/lib/wit/read.ts';

export interface Row {
  /** The name of its test, too: `hermes:hash/api#blake3`, `hermes:crypto/api#[method]bip32-ed25519.derive`. */
  readonly id: string;
  readonly extension: string;
  readonly face: WitInterface;
  readonly fn: WitFunction;
  /** Where guest halves have it: the key of a function, or a resource and a key. */
  readonly key: string;
  readonly resource: string | undefined;
  readonly kind: Member['kind'];
}

/** Rows in the order of the WIT; interfaces that modules export are not called by them. */
export function rowsOf(wit: Wit): readonly Row[] {
  const exported = new Set([...wit.worlds.values()].flatMap(({ exports }) => exports));
  return wit.parts.flatMap(({ path, interfaces }) => {
    const extension = /extensions\/([^/]+)\/wit\//.exec(path)?.[1];
    if (extension === undefined) return [];
    return interfaces
      .filter(({ id }) => !exported.has(id))
      .flatMap((face) => rowsOfInterface(extension, face));
  });
}

function rowsOfInterface(extension: string, face: WitInterface): readonly Row[] {
  return membersOf(face).map(({ name, kind, resource, fn }) => {
    return {
      extension,
      face,
      fn,
      kind,
      id: `${face.id}#${name}`,
      key: kind === 'constructor' ? 'constructor' : camel(fn.name),
      resource: resource === undefined ? undefined : pascal(resource),
    };
  });
}
