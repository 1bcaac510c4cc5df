/**
 * From the path of a request to a path in the application's tree.
 *
 * @module
 */

export type FileTarget =
  /** Decoded and below `/www`; `folder` when the request ended with a slash. */
  | { readonly kind: 'path'; readonly path: string; readonly folder: boolean }
  /** Nothing can be there. */
  | { readonly kind: 'missing' }
  /** Out of form. */
  | { readonly kind: 'malformed' };

/**
 * Decodes a path, once, element by element: an encoded slash does not separate. `..` and its kin never get as far
 * as the tree.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(fileTarget('/caf%C3%A9.html'), { kind: 'path', path: '/www/café.html', folder: false });
 * assert.deepEqual(fileTarget('/docs/'), { kind: 'path', path: '/www/docs', folder: true });
 * assert.deepEqual(fileTarget('/%2e%2e/share/key'), { kind: 'malformed' });
 * ```
 */
export function fileTarget(path: string): FileTarget {
  if (path === '/') return { kind: 'path', path: '/www', folder: true };
  const elements = path.slice(1).split('/');
  const folder = elements.at(-1) === '';
  if (folder) elements.pop();
  const names: string[] = [];
  for (const element of elements) {
    const name = decode(element);
    if (name === undefined || name === '.' || name === '..' || /[/\\\0]/.test(name)) {
      return { kind: 'malformed' };
    }
    // `//evil.example` must become neither a file nor a redirection.
    if (name === '') return { kind: 'missing' };
    names.push(name);
  }
  return { kind: 'path', path: `/www/${names.join('/')}`, folder };
}

function decode(element: string): string | undefined {
  if (!element.includes('%')) return element;
  try {
    return decodeURIComponent(element);
  } catch {
    // Not UTF-8, or a percent sign without its two digits: the caller is told that the path is malformed.
    return undefined;
  }
}
