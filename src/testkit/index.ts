/**
 * For authors of extensions: an engine that is not there, a clock that stands still, and the tests that every
 * extension owes.
 *
 * @module
 */
export { type FakeApp, type FakeAppOptions, type FakeCallerOptions, fakeApp, fakeCaller } from './app.ts';
export { type FakeCall, type FakeCallOptions, fakeCall } from './call.ts';
export { ManualClock } from './clock.ts';
export { type ComplianceOptions, complies } from './compliance.ts';
export { type FakeContext, type FakeContextOptions, fakeContext, type Replies } from './context.ts';
