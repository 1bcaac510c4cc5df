/**
 * WIT packages as read from their text. Names are as written (kebab-case, without the `%` of escaped keywords);
 * a type is a name to be looked up in its interface, so that aliases keep their meaning in generated code.
 *
 * @module
 */
import type { PrimitiveKind } from './primitives.ts';

/** A stretch of a WIT text, as offsets in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type WitType =
  | { readonly kind: PrimitiveKind }
  | { readonly kind: 'list' | 'option'; readonly of: WitType }
  | { readonly kind: 'result'; readonly ok: WitType | undefined; readonly err: WitType | undefined }
  | { readonly kind: 'tuple'; readonly elements: readonly WitType[] }
  | { readonly kind: 'borrow' | 'own'; readonly name: string }
  | { readonly kind: 'named'; readonly name: string };

export interface WitField {
  readonly name: string;
  readonly type: WitType;
  readonly docs: string;
}

export interface WitCase {
  readonly name: string;
  readonly type: WitType | undefined;
  readonly docs: string;
}

export interface WitFunction {
  readonly name: string;
  readonly params: readonly WitField[];
  readonly result: WitType | undefined;
  readonly docs: string;
  readonly span: Span;
}

/** Functions of a resource; a constructor has no result of its own. */
export interface WitResource {
  readonly kind: 'resource';
  readonly create: WitFunction | undefined;
  readonly methods: readonly WitFunction[];
  readonly statics: readonly WitFunction[];
}

export type WitDefinition =
  | { readonly kind: 'alias'; readonly type: WitType }
  | { readonly kind: 'record'; readonly fields: readonly WitField[] }
  | { readonly kind: 'variant'; readonly cases: readonly WitCase[] }
  | {
      readonly kind: 'enum' | 'flags';
      readonly names: readonly { readonly name: string; readonly docs: string }[];
    }
  | WitResource
  /** A type of another interface, by the id of that interface and its name there. */
  | { readonly kind: 'use'; readonly from: string; readonly name: string };

export interface WitTypeDef {
  readonly name: string;
  readonly docs: string;
  readonly definition: WitDefinition;
}

export interface WitInterface {
  /** As in imports and exports of components: `hermes:kv-store/api`, `wasi:io/error@0.2.6`. */
  readonly id: string;
  readonly name: string;
  readonly docs: string;
  readonly types: ReadonlyMap<string, WitTypeDef>;
  readonly functions: ReadonlyMap<string, WitFunction>;
}

/** A world, by the ids of the interfaces in it. */
export interface WitWorld {
  readonly name: string;
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

/** One `package` declaration and what stands below it in one file or block. */
export interface WitPart {
  readonly path: string;
  /** `hermes:kv-store`, `wasi:io@0.2.6`. */
  readonly package: string;
  readonly interfaces: readonly WitInterface[];
  readonly worlds: readonly WitWorld[];
  readonly text: string;
  /** What belongs to the package: all that follows its declaration. */
  readonly body: Span;
}

/** Everything that was read together. */
export interface Wit {
  readonly parts: readonly WitPart[];
  /** By id. */
  readonly interfaces: ReadonlyMap<string, WitInterface>;
  /** By package and name: `hermes:kv-store/all`. */
  readonly worlds: ReadonlyMap<string, WitWorld>;
}
