/**
 * Which functions a WIT file declares: enough of the grammar to compare an extension with its own WIT files,
 * not a checker of WIT.
 *
 * @module
 */

/** What one interface declares, as JavaScript names. */
export interface WitInterface {
  readonly name: string;
  /** Functions in camelCase. */
  readonly functions: readonly string[];
  /** Resources in PascalCase with their methods (`get`) and statics (`static merge`). */
  readonly resources: ReadonlyMap<string, readonly string[]>;
}

export interface WitFile {
  /** As `hermes:cron`, without version; `undefined` when the file does not say. */
  readonly package: string | undefined;
  readonly interfaces: readonly WitInterface[];
  /** Interfaces of the same package that its worlds import and export, by bare name. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

/**
 * Reads one WIT file.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const file = readWit('package hermes:cron; interface api { ls: func() -> u32; } world all { import api; }');
 * assert.equal(file.package, 'hermes:cron');
 * assert.deepEqual(file.interfaces[0]?.functions, ['ls']);
 * assert.deepEqual(file.imports, ['api']);
 * ```
 */
export function readWit(text: string): WitFile {
  const tokens = tokenise(text);
  const interfaces: WitInterface[] = [];
  const imports: string[] = [];
  const exports: string[] = [];
  let packageName: string | undefined;
  for (let at = 0; at < tokens.length; at++) {
    const [word, name, open] = tokens.slice(at, at + 3);
    if (word === 'package' && name) packageName = `${name}:${tokens[at + 3]}`;
    if ((word !== 'interface' && word !== 'world') || !name || open !== '{') continue;
    const end = closing(tokens, at + 2);
    const body = tokens.slice(at + 3, end);
    if (word === 'interface') interfaces.push(readInterface(name, body));
    else readWorld(body, imports, exports);
    at = end;
  }
  return { package: packageName, interfaces, imports, exports };
}

/** Words (kebab-case, keywords escaped by %) and single signs; comments are gone. */
function tokenise(text: string): string[] {
  const bare = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ');
  return [...bare.matchAll(/%?([A-Za-z0-9_.-]*[A-Za-z0-9_])|[^\s]/g)].map((match) => match[1] ?? match[0]);
}

/** Position of the brace that closes the one at `open`. */
function closing(tokens: readonly string[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at] === '{') depth++;
    if (tokens[at] === '}' && --depth === 0) return at;
  }
  return tokens.length;
}

function readInterface(name: string, body: readonly string[]): WitInterface {
  const functions: string[] = [];
  const resources = new Map<string, readonly string[]>();
  for (let at = 0; at < body.length; at++) {
    const word = body[at] ?? '';
    if (word === 'resource') {
      const end = body[at + 2] === '{' ? closing(body, at + 2) : at + 2;
      resources.set(pascalCase(body[at + 1] ?? ''), readResource(body.slice(at + 3, end)));
      at = end;
    } else if (/^(record|variant|enum|flags)$/.test(word) && body[at + 2] === '{') {
      at = closing(body, at + 2);
    } else if (body[at + 1] === ':' && body[at + 2] === 'func') {
      functions.push(camelCase(word));
    }
  }
  return { name, functions, resources };
}

function readResource(body: readonly string[]): string[] {
  const members: string[] = [];
  for (const [at, word] of body.entries()) {
    if (body[at + 1] !== ':') continue;
    if (body[at + 2] === 'func') members.push(camelCase(word));
    if (body[at + 2] === 'static') members.push(`static ${camelCase(word)}`);
  }
  return members;
}

function readWorld(body: readonly string[], imports: string[], exports: string[]): void {
  for (let at = 0; at < body.length; at++) {
    const word = body[at];
    const name = body[at + 1];
    if ((word === 'import' || word === 'export') && name && body[at + 2] === ';') {
      (word === 'import' ? imports : exports).push(name);
    }
  }
}

function camelCase(kebab: string): string {
  return kebab.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function pascalCase(kebab: string): string {
  return camelCase(`-${kebab}`);
}
