/**
 * The grammar of names and when two of them are too alike. Specification: Explainer.md, "Import and Export
 * Definitions" and "Name Uniqueness".
 *
 * @module
 */

const SEMVER: RegExp =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;
const CANONICAL_VERSION: RegExp = /^(?:[1-9]\d*|0\.[1-9]\d*|0\.0\.[1-9]\d*|0\.0\.0)$/;

/** Labels longer than this are refused before a pattern looks at them. */
const LONGEST = 10_000;

/** What an import or export name says. */
export type ParsedName =
  | { readonly kind: 'label' }
  | { readonly kind: 'constructor' | 'method' | 'static'; readonly resource: string }
  | { readonly kind: 'interface'; readonly version: string | undefined };

/**
 * Whether this is a label: words or acronyms joined by hyphens.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(isLabel('get-JSON'), true);
 * assert.equal(isLabel('getJson'), false);
 * ```
 */
export function isLabel(text: string): boolean {
  if (text.length > LONGEST || !/^[a-zA-Z]/.test(text)) return false;
  // Fragment by fragment: one pattern over all of them would try both readings of each run of digits.
  return text.split('-').every((part) => /^[0-9a-z]+$/.test(part) || /^[0-9A-Z]+$/.test(part));
}

/** As a label, but all in lower case. */
function isWords(text: string): boolean {
  return isLabel(text) && !/[A-Z]/.test(text);
}

/**
 * Takes an import or export name apart; a string says why it is not one.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(parseName('[method]cell.get'), { kind: 'method', resource: 'cell' });
 * assert.deepEqual(parseName('wasi:io/error@0.2.0'), { kind: 'interface', version: '0.2.0' });
 * assert.equal(parseName('Bad'), '`Bad` is not in kebab case');
 * ```
 */
export function parseName(name: string): ParsedName | string {
  const annotated = /^\[(constructor|method|static)\]/.exec(name);
  if (annotated)
    return parseAnnotated(
      annotated[1] as 'constructor' | 'method' | 'static',
      name.slice(annotated[0].length),
    );
  if (!name.includes(':'))
    return isLabel(name) ? { kind: 'label' } : `\`${shorten(name)}\` is not in kebab case`;
  return parseInterface(name);
}

function parseAnnotated(kind: 'constructor' | 'method' | 'static', rest: string): ParsedName | string {
  if (kind === 'constructor')
    return isLabel(rest) ? { kind, resource: rest } : `\`${shorten(rest)}\` is not in kebab case`;
  const dot = rest.indexOf('.');
  if (dot < 0) return `failed to find \`.\` character in \`${shorten(rest)}\``;
  const resource = rest.slice(0, dot);
  const member = rest.slice(dot + 1);
  if (!isLabel(resource)) return `\`${shorten(resource)}\` is not in kebab case`;
  return isLabel(member) ? { kind, resource } : `\`${shorten(member)}\` is not in kebab case`;
}

function parseInterface(name: string): ParsedName | string {
  const versionAt = name.indexOf('@');
  const path = versionAt < 0 ? name : name.slice(0, versionAt);
  const version = versionAt < 0 ? undefined : name.slice(versionAt + 1);
  const parts = path.length <= LONGEST ? /^([^:/]*):([^:/]*)\/([^:/]*)$/.exec(path) : null;
  if (!parts) return `\`${shorten(name)}\` is not a valid extern name`;
  const [, namespace = '', words = '', label = ''] = parts;
  if (!isWords(namespace) || !isWords(words) || !isLabel(label))
    return `\`${shorten(name)}\` is not a valid extern name`;
  if (version !== undefined && !isVersion(version)) return `\`${shorten(version)}\` is not a version`;
  return { kind: 'interface', version };
}

function isVersion(version: string): boolean {
  return isSemver(version) || isCanonicalVersion(version);
}

export function isSemver(version: string): boolean {
  return version.length <= 1000 && SEMVER.test(version);
}

export function isCanonicalVersion(version: string): boolean {
  return version.length <= 1000 && CANONICAL_VERSION.test(version);
}

/**
 * Two names with the same key may not stand in one scope.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(uniqueKey('[static]cell.Merge'), uniqueKey('[method]cell.merge'));
 * assert.equal(uniqueKey('[method]cell.cell'), uniqueKey('cell'));
 * assert.notEqual(uniqueKey('[constructor]cell'), uniqueKey('cell'));
 * ```
 */
export function uniqueKey(name: string): string {
  const lower = name.toLowerCase();
  const annotated = /^\[(?:method|static)\]/.exec(lower);
  if (!annotated) return lower;
  const rest = lower.slice(annotated[0].length);
  const dot = rest.indexOf('.');
  return rest.slice(0, dot) === rest.slice(dot + 1) ? rest.slice(0, dot) : rest;
}

/** Names are as long as the guest likes; messages are not. */
export function shorten(name: string): string {
  return name.length <= 80 ? name : `${name.slice(0, 79)}…`;
}
