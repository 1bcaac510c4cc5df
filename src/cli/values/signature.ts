import type { FuncType, ValType } from '../../component/index.ts';

/**
 * A type as WIT writes it; records, variants, enums and flags, whose names a component does not keep, are
 * written out.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const pair = { kind: 'tuple', elements: [{ kind: 'u8' }, { kind: 'option', some: { kind: 'string' } }] } as const;
 * assert.equal(typeSignature(pair), 'tuple<u8, option<string>>');
 * ```
 */
export function typeSignature(type: ValType): string {
  switch (type.kind) {
    case 'list':
      return `list<${typeSignature(type.element)}>`;
    case 'option':
      return `option<${typeSignature(type.some)}>`;
    case 'tuple':
      return `tuple<${type.elements.map(typeSignature).join(', ')}>`;
    case 'result': {
      const { ok, err } = type;
      if (!ok && !err) return 'result';
      return `result<${ok ? typeSignature(ok) : '_'}${err ? `, ${typeSignature(err)}` : ''}>`;
    }
    case 'record':
      return `record { ${type.fields.map(({ name, type }) => `${name}: ${typeSignature(type)}`).join(', ')} }`;
    case 'variant': {
      const cases = type.cases.map(({ name, type }) => (type ? `${name}(${typeSignature(type)})` : name));
      return `variant { ${cases.join(', ')} }`;
    }
    case 'enum':
    case 'flags':
      return `${type.kind} { ${type.names.join(', ')} }`;
    case 'own':
    case 'borrow':
      return `${type.kind}<resource>`;
    default:
      return type.kind;
  }
}

/** A function as WIT writes it: `func(key: string) -> option<u64>`. */
export function functionSignature({ params, result }: FuncType): string {
  const list = params.map(({ name, type }) => `${name}: ${typeSignature(type)}`).join(', ');
  return `func(${list})${result ? ` -> ${typeSignature(result)}` : ''}`;
}
