/**
 * WIT types of a decoded component, resolved: no indices, no aliases.
 * Specification: component-model, `design/mvp/Explainer.md` (types) and `CanonicalABI.md` (despecialisation).
 *
 * JavaScript values of each type are those of jco: camelCase record fields and flags, `{ tag, val }` variants
 * and results, kebab-case enum strings, `undefined` for `none` (nested options are `{ tag: 'some', val }`),
 * `bigint` for 64-bit integers, `Uint8Array` for `list<u8>` and the matching typed array for other numbers.
 *
 * @module
 */
export type PrimitiveKind =
  | 'bool'
  | 's8'
  | 'u8'
  | 's16'
  | 'u16'
  | 's32'
  | 'u32'
  | 's64'
  | 'u64'
  | 'f32'
  | 'f64'
  | 'char'
  | 'string';

export type ValType =
  | { readonly kind: PrimitiveKind }
  | { readonly kind: 'list'; readonly element: ValType }
  | { readonly kind: 'record'; readonly fields: readonly NamedType[] }
  | { readonly kind: 'tuple'; readonly elements: readonly ValType[] }
  | { readonly kind: 'variant'; readonly cases: readonly CaseType[] }
  | { readonly kind: 'enum'; readonly names: readonly string[] }
  | { readonly kind: 'option'; readonly some: ValType }
  | { readonly kind: 'result'; readonly ok: ValType | undefined; readonly err: ValType | undefined }
  | { readonly kind: 'flags'; readonly names: readonly string[] }
  /** `resource` indexes the component's table of resource types. */
  | { readonly kind: 'own' | 'borrow'; readonly resource: number };

export interface NamedType {
  /** As in the WIT, kebab-case. */
  readonly name: string;
  readonly type: ValType;
}

export interface CaseType {
  readonly name: string;
  readonly type: ValType | undefined;
}

export interface FuncType {
  readonly params: readonly NamedType[];
  readonly result: ValType | undefined;
}

export type StringEncoding = 'utf8' | 'utf16' | 'latin1+utf16';
