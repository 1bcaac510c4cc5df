/**
 * What a request's path and method lead to.
 *
 * @module
 */
import type { Endpoints, Route } from './endpoints.ts';

export interface Asked {
  /** As it came, without the query, not decoded. */
  readonly path: string;
  readonly method: string;
  /** `undefined` when the request has none; `'any'` when it does not matter. */
  readonly contentType: string | undefined | 'any';
}

export type Target =
  /** The module of this route. */
  | { readonly kind: 'route'; readonly route: Route }
  /** All modules, one after another. */
  | { readonly kind: 'modules'; readonly allow: readonly string[] }
  | { readonly kind: 'static'; readonly allow: readonly string[] };

/**
 * The most specific route that fits; else all modules for `/api` and below; else a file. `allow` holds the methods
 * of routes that only failed to fit by their method.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const none = { routes: [], immutable: [] };
 * const asked = { method: 'GET', contentType: undefined };
 * assert.equal(match(none, { ...asked, path: '/api' }).kind, 'modules');
 * assert.equal(match(none, { ...asked, path: '/apis' }).kind, 'static');
 * ```
 */
export function match({ routes }: Endpoints, asked: Asked): Target {
  const method = asked.method.toUpperCase();
  let allow: string[] | undefined;
  for (const route of routes) {
    const methodFits = route.methods.length === 0 || route.methods.includes(method);
    if (methodFits ? !typeFits(route, asked.contentType) : false) continue;
    if (!route.pattern.test(asked.path)) continue;
    if (methodFits) return { kind: 'route', route };
    allow = [...(allow ?? []), ...route.methods];
  }
  const kind = asked.path === '/api' || asked.path.startsWith('/api/') ? 'modules' : 'static';
  return { kind, allow: allow ?? [] };
}

function typeFits({ contentTypes }: Route, contentType: Asked['contentType']): boolean {
  if (contentTypes.length === 0 || contentType === 'any') return true;
  return contentType !== undefined && contentTypes.some((type) => contentType.includes(type));
}
