import type { Application } from '../package/application.ts';
import { NAME_FORM } from '../package/manifest.ts';
import { blankMetadata } from '../package/metadata.ts';
import { createMemoryVfs } from '../vfs/memory.ts';

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Waiting</title>
<body>
<p>This application does not run yet.</p>
</body>
</html>
`;

/**
 * What stands where an application will be that cannot run yet: one page, over which the gateway shows why.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual([placeholder('shop').name, placeholder('/ x').name], ['shop', 'app']);
 * ```
 */
export function placeholder(wanted: unknown): Application {
  const name = typeof wanted === 'string' && NAME_FORM.test(wanted) ? wanted : 'app';
  const metadata = blankMetadata(name);
  const vfs = createMemoryVfs({ '/www/index.html': PAGE });
  return { name, version: metadata.version, metadata, modules: [], vfs };
}
