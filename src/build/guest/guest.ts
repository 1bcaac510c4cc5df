/**
 * What modules import as `hermes:guest`, but for the functions of `createFiles`, which need the host.
 *
 * @module
 */
export { FileError } from './files.ts';
export { json, text } from './response.ts';
export { check, suite } from './suite.ts';
