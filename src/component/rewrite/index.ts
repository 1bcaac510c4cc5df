/**
 * Prepares core modules for reset and limits; see `docs/rewriting.md`.
 *
 * @module
 */
export { errors as rewriteErrors } from './errors.ts';
export type { CoreReport, GlobalReport, ImportedAs, MemoryReport, TableReport } from './report.ts';
export { obstaclesOf, PRIVATE } from './report.ts';
export { type RewriteOptions, type Rewritten, rewriteCore } from './rewrite.ts';
