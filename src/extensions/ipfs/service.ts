import type {
  AppBinding,
  AttachedApp,
  Caller,
  ExtensionContext,
  ExtensionService,
} from '../../engine/extension.ts';
import { adminMethods } from './admin.ts';
import { type IpfsConfig, parseConfig } from './config.ts';
import { bindFiles } from './files/binding.ts';
import type { IpfsContent } from './generated/api.ts';
import { type CreatedLink, createLink, type LinkDeps } from './link/create-link.ts';
import { startNodeThread } from './link/start-thread.ts';
import { droppedBy, gaugeNode, nodeCounts, restartsOf } from './metrics.ts';
import { bindNode } from './node-binding.ts';
import { parsePermissions } from './permissions.ts';
import { bindRecords } from './records/binding.ts';
import { bindTopics, type TopicsService } from './topics/binding.ts';

export interface IpfsDeps {
  /** Starts the thread of the node. */
  readonly startThread?: typeof startNodeThread;
}

/** What a module imports to use the node. */
const API = 'hermes:ipfs/api';

/**
 * Milliseconds. The thread of the node loads some hundred modules, which holds up whoever starts beside it: it lets the
 * first application run, and its first visitors be answered, before.
 */
const LATER = { start: 5_000, ready: 200 };

/**
 * One node for all applications, in a thread of its own, which starts in the background with the first application
 * that uses it. Rejects with `CONFIG_INVALID`; `attach` with `IPFS_PERMISSIONS`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeApp, fakeCaller, fakeContext } from '../../testkit/index.ts';
 * await using context = fakeContext({ config: { start: 'never' } });
 * await using service = await startIpfs(context);
 * await using binding = await service.attach(fakeApp());
 * await assert.rejects(async () => binding.calls['getPeerId']?.(fakeCaller()), { payload: 'service-unavailable' });
 * ```
 */
export async function startIpfs(
  context: ExtensionContext,
  { startThread = startNodeThread }: IpfsDeps = {},
): Promise<ExtensionService> {
  const config = parseConfig(context.config);
  const folder = config.start === 'never' ? '' : await context.folder();
  await using stack = new AsyncDisposableStack();
  const link = stack.use(
    linkOf(
      config,
      (listener) => startThread({ folder, config, clock: context.clock.shared }, listener),
      context,
    ),
  );
  const { emit, log, metrics } = context;
  const topics = stack.use(
    bindTopics(
      { link, limits: config.limits },
      { emit, log, dropped: (app) => droppedBy(metrics, app).add() },
    ),
  );
  gaugeNode(metrics, () => link.gauges);
  if (config.start === 'always') link.begin(LATER.start);
  const running = stack.move();
  return {
    admin: adminMethods(link, log),
    async attach(app) {
      const binding = bind(app, { link, topics });
      const wanted = config.start === 'always' || app.modules.some(({ imports }) => imports.has(API));
      if (!wanted) return binding;
      link.begin(LATER.start);
      return {
        ...binding,
        ready() {
          binding.ready?.();
          link.begin(LATER.ready);
        },
      };
    },
    // What handlers that still run ask of the node is answered; messages of others come no more.
    close: async () => topics[Symbol.dispose](),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function linkOf(
  config: IpfsConfig,
  start: LinkDeps['start'],
  { log, metrics }: ExtensionContext,
): CreatedLink {
  const restarts = restartsOf(metrics);
  return createLink(
    {
      enabled: config.start !== 'never',
      deadlineMs: config.limits.callSeconds * 1_000,
      calls: config.limits.calls,
    },
    {
      start,
      log,
      count: nodeCounts(metrics),
      restarted: () => restarts.add(),
    },
  );
}

interface Shared {
  readonly link: CreatedLink;
  readonly topics: TopicsService;
}

function bind(app: AttachedApp, { link, topics: all }: Shared): AppBinding {
  const permissions = parsePermissions(app.permissions['ipfs']);
  const records = bindRecords({ link, app, permissions });
  const files = bindFiles({ link, app });
  const node = bindNode({ link, app });
  // The last, because it may refuse the application.
  const topics = all.attach(app, permissions);
  const ipfsContentValidate = (_caller: Caller, { tag, val }: IpfsContent): boolean =>
    tag === 'dht' ? records.validate(...val) : topics.validate(...val);
  return {
    calls: { ...records.calls, ...files.calls, ...node.calls, ...topics.calls, ipfsContentValidate },
    ready: () => topics.ready(),
    async [Symbol.asyncDispose]() {
      await using stack = new AsyncDisposableStack();
      for (const part of [records, files, node, topics]) stack.use(part);
    },
  };
}
