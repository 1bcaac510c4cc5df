/**
 * `share/endpoints.json`: which module answers which requests, and which static files never change.
 *
 * @module
 */
import type { AttachedModule } from '../../../engine/extension.ts';
import { isCoded } from '../../../lib/errors.ts';
import { suggest } from '../../../lib/nearest.ts';
import { compilePatterns, type Pattern } from '../../../lib/pattern.ts';
import { REPLY } from '../events.ts';
import { specificity } from './ranking.ts';

/** One entry of `subscriptions`. */
export interface Route {
  readonly id: string;
  /** Name of the module that answers. */
  readonly module: string;
  /** In upper case; empty takes any. */
  readonly methods: readonly string[];
  readonly pattern: Pattern;
  /** The request's `content-type` holds one of these; empty takes any, and none. */
  readonly contentTypes: readonly string[];
  /** Other sites that may send unsafe methods, as `https://shop.example`; `*` is all. */
  readonly allowedOrigins: ReadonlySet<string>;
}

export interface Endpoints {
  /** The most specific first; equals as they were written. */
  readonly routes: readonly Route[];
  /** Paths below these never change: clients need not ask again. */
  readonly immutable: readonly string[];
}

export interface EndpointsResult extends Endpoints {
  /** Every fault, with its place; when there is one the rest is of no use. */
  readonly faults: readonly string[];
}

const TOP = ['subscriptions', 'static', '$schema'];
const STATIC = ['immutable'];
/** `json_schema` is of the format and has never been checked by anybody. */
const ENTRY = [
  'subscription_id',
  'module_id',
  'methods',
  'path_regex',
  'content_types',
  'allowed_origins',
  'json_schema',
];

/**
 * Reads the text of `share/endpoints.json` for an application of these modules.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const modules = [{ name: 'api', id: '', exports: new Set(['hermes:http-gateway/event#reply']), config: undefined }];
 * const text = JSON.stringify({ subscriptions: [{ subscription_id: 'list', module_id: 'api', path_regex: '^/list$' }] });
 * assert.equal(readEndpoints(text, modules).routes[0]?.pattern.test('/list'), true);
 * assert.deepEqual(readEndpoints('{"subscriptions":[{}]}', modules).faults.length, 3);
 * ```
 */
export function readEndpoints(text: string, modules: readonly AttachedModule[]): EndpointsResult {
  const faults: string[] = [];
  const top = parse(text, faults);
  if (top === undefined) return { routes: [], immutable: [], faults };
  checkKeys(top, { at: '', known: TOP }, faults);
  const entries = listAt(top, 'subscriptions', faults).map((entry, index) =>
    readEntry(entry, { at: `/subscriptions/${index}`, modules }, faults),
  );
  const routes = compile(entries, faults);
  const immutable = readImmutable(top['static'], faults);
  routes.sort((a, b) => specificity(b.pattern.source) - specificity(a.pattern.source));
  return { routes, immutable, faults };
}

type Json = Readonly<Record<string, unknown>>;

function parse(text: string, faults: string[]): Json | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    faults.push(`The file must be JSON: ${Error.isError(cause) ? cause.message : 'it cannot be read'}`);
    return undefined;
  }
  if (isRecord(value)) return value;
  faults.push('The file must hold an object with the key "subscriptions"');
  return undefined;
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkKeys(
  value: Json,
  { at, known }: { readonly at: string; readonly known: readonly string[] },
  faults: string[],
): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) faults.push(`${at}/${key} is unknown: ${suggest(key, known)}`);
  }
}

function listAt(top: Json, key: string, faults: string[]): readonly unknown[] {
  const value = top[key] ?? [];
  if (Array.isArray(value)) return value;
  faults.push(`/${key} must be a list`);
  return [];
}

interface Entry extends Omit<Route, 'pattern'> {
  readonly at: string;
  readonly pathRegex: string;
}

function readEntry(
  value: unknown,
  { at, modules }: { readonly at: string; readonly modules: readonly AttachedModule[] },
  faults: string[],
): Entry {
  const entry = isRecord(value) ? value : {};
  if (!isRecord(value)) faults.push(`${at} must be an object`);
  checkKeys(entry, { at, known: ENTRY }, faults);
  const text = (key: string): string => {
    const found = entry[key];
    if (typeof found === 'string' && found !== '') return found;
    if (isRecord(value)) faults.push(`${at}/${key} must be a text of at least one character`);
    return '';
  };
  const texts = (key: string, check: (item: string) => string | undefined): readonly string[] => {
    const found = entry[key] ?? [];
    if (!Array.isArray(found)) faults.push(`${at}/${key} must be a list of texts`);
    return (Array.isArray(found) ? found : []).filter((item, index) => {
      const wrong = typeof item === 'string' ? check(item) : 'must be a text';
      if (wrong !== undefined) faults.push(`${at}/${key}/${index} ${wrong}`);
      return wrong === undefined;
    });
  };
  const module = text('module_id');
  const fault = module === '' ? undefined : moduleFault(module, modules);
  if (fault !== undefined) faults.push(`${at}/module_id ${fault}`);
  return {
    at,
    module,
    id: text('subscription_id'),
    pathRegex: text('path_regex'),
    methods: texts('methods', methodFault).map((method) => method.toUpperCase()),
    contentTypes: texts('content_types', (item) =>
      item === '' ? 'must be a text of at least one character' : undefined,
    ),
    allowedOrigins: new Set(texts('allowed_origins', originFault)),
  };
}

function moduleFault(name: string, modules: readonly AttachedModule[]): string | undefined {
  const module = modules.find((candidate) => candidate.name === name);
  if (module === undefined) {
    return `names a module that the application has not, ${JSON.stringify(name)}: ${suggest(
      name,
      modules.map((candidate) => candidate.name),
    )}`;
  }
  return module.exports.has(REPLY)
    ? undefined
    : `names ${JSON.stringify(name)}, which does not export ${REPLY}`;
}

function methodFault(method: string): string | undefined {
  return /^[A-Za-z][A-Za-z-]*$/.test(method) ? undefined : 'must be a method, as "GET"';
}

function originFault(origin: string): string | undefined {
  if (origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin)) return undefined;
  return 'must be "*" or an origin as a browser writes it, scheme, host and port only, as "https://shop.example"';
}

function compile(entries: readonly Entry[], faults: string[]): Route[] {
  try {
    const { patterns, faults: wrong } = compilePatterns(entries.map(({ pathRegex }) => pathRegex));
    for (const { index, reason } of wrong) {
      faults.push(`/subscriptions/${index}/path_regex does not compile: ${reason}`);
    }
    return entries.flatMap(({ at: _, pathRegex: __, ...route }, index) => {
      const pattern = patterns[index];
      return pattern === undefined ? [] : [{ ...route, pattern }];
    });
  } catch (error) {
    if (!isCoded(error)) throw error;
    faults.push(`/subscriptions holds too many patterns: ${error.message}`);
    return [];
  }
}

function readImmutable(value: unknown, faults: string[]): readonly string[] {
  if (value === undefined) return [];
  if (!isRecord(value)) {
    faults.push('/static must be an object');
    return [];
  }
  checkKeys(value, { at: '/static', known: STATIC }, faults);
  const list = value['immutable'] ?? [];
  if (!Array.isArray(list)) {
    faults.push('/static/immutable must be a list of paths');
    return [];
  }
  for (const [index, path] of list.entries()) {
    if (typeof path === 'string' && /^\/[^?#]+\/$/.test(path)) continue;
    faults.push(`/static/immutable/${index} must be a folder below "/", as "/assets/"`);
  }
  return list;
}
