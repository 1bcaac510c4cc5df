/**
 * `share/auth.json`: what an application asks for and does not get yet.
 *
 * @module
 */
import type { AttachedApp } from '../../../engine/extension.ts';
import { VALIDATE_AUTH } from '../events.ts';

/**
 * Everything by which an application asks for authentication: rules, a default level other than `none`, modules
 * that judge. `text` is its `share/auth.json`, `undefined` without one. Each is a sentence; none means that it may
 * be served.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const modules = [{ name: 'api', id: '', exports: new Set<string>(), config: undefined }];
 * assert.deepEqual(authWanted('{"auth_rules":[],"default_auth_level":"none"}', modules), []);
 * assert.equal(authWanted('{"auth_rules":[],"default_auth_level":"required"}', modules).length, 1);
 * ```
 */
export function authWanted(text: string | undefined, modules: AttachedApp['modules']): readonly string[] {
  const judges = modules
    .filter(({ exports }) => exports.has(VALIDATE_AUTH))
    .map(({ name }) => `Module ${JSON.stringify(name)} exports ${VALIDATE_AUTH}`);
  return text === undefined ? judges : [...judges, ...rulesIn(text)];
}

function rulesIn(text: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return [`share/auth.json must be JSON: ${Error.isError(cause) ? cause.message : 'it cannot be read'}`];
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return ['share/auth.json must hold an object'];
  }
  const { auth_rules: rules = [], default_auth_level: level = 'none' } = value as Readonly<
    Record<string, unknown>
  >;
  const found: string[] = [];
  if (!Array.isArray(rules)) found.push('share/auth.json/auth_rules must be a list');
  else if (rules.length > 0) found.push(`share/auth.json/auth_rules has rules (${rules.length})`);
  if (level !== 'none') found.push('share/auth.json/default_auth_level is other than "none"');
  return found;
}
