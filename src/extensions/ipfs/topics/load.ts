import type { AttachedApp } from '../../../engine/extension.ts';
import { failures } from '../../../lib/errors.ts';
import { errors } from '../errors.ts';
import type { IpfsPermissions, TopicRule } from '../permissions.ts';
import { verdictExport } from './events.ts';
import type { Budget, Inbox } from './inbox.ts';

const fail = failures(errors);

/** One load of an application: its rules, and which of its modules subscribed to what. */
export interface Load {
  readonly app: AttachedApp;
  readonly rule: (topic: string) => TopicRule | undefined;
  /** By topic and module; a module without the export has no inbox. */
  readonly subscriptions: Map<string, Map<string, Inbox | undefined>>;
  /** Of all its inboxes. */
  readonly budget: Budget;
}

/**
 * A load without subscriptions. Throws `IPFS_PERMISSIONS` when a topic's verdict is a module's that gives none.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeApp } from '../../../testkit/index.ts';
 * import { parsePermissions } from '../permissions.ts';
 * const permissions = parsePermissions({ topics: [{ topic: 'board', verdict: 'moderator' }] });
 * assert.throws(() => createLoad(fakeApp({ modules: ['api'] }), permissions), { code: 'IPFS_PERMISSIONS' });
 * ```
 */
export function createLoad(app: AttachedApp, permissions: IpfsPermissions): Load {
  const deciding = new Set(app.modules.filter((m) => m.exports.has(verdictExport)).map(({ name }) => name));
  const faults = permissions.topics
    .filter(({ verdict }) => verdict !== undefined && !deciding.has(verdict))
    .map(
      ({ topic, verdict }) =>
        `ipfs.topics: the verdict of ${JSON.stringify(topic)} is left to ${JSON.stringify(verdict)}, which is no ` +
        `module that exports ${verdictExport}`,
    );
  if (faults.length > 0) throw fail('IPFS_PERMISSIONS', { app: app.name, faults });
  return { app, rule: (topic) => permissions.topic(topic), subscriptions: new Map(), budget: { bytes: 0 } };
}

/** Modules' subscriptions of all topics. */
export function subscriptionsOf({ subscriptions }: Pick<Load, 'subscriptions'>): number {
  return subscriptions.values().reduce((sum, modules) => sum + modules.size, 0);
}
