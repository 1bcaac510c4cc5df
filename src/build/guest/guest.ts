/**
 * What modules import as `hermes:guest`.
 *
 * @module
 */
export { json, text } from './response.ts';
export { check, suite } from './suite.ts';
