import type { RuntimeExtension } from '../engine/extension.ts';
import { binary } from './binary/index.ts';
import { cbor } from './cbor/index.ts';
import { cron } from './cron/index.ts';
import { crypto } from './crypto/index.ts';
import { hash } from './hash/index.ts';
import { httpGateway } from './http-gateway/index.ts';
import { init } from './init/index.ts';
import { integrationTest } from './integration-test/index.ts';
import { ipfs } from './ipfs/index.ts';
import { json } from './json/index.ts';
import { kvStore } from './kv-store/index.ts';
import { localtime } from './localtime/index.ts';
import { logging } from './logging/index.ts';
import { sqlite } from './sqlite/index.ts';

/**
 * Every extension that comes with the engine. Applications are attached to them in this order: `init` after those
 * whose host functions a module may call while it starts, the gateway last, because it opens the door.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.ok(allExtensions().some(({ name }) => name === 'kv-store'));
 * ```
 */
export function allExtensions(): readonly RuntimeExtension[] {
  return [
    binary(),
    cbor(),
    json(),
    hash(),
    crypto(),
    localtime(),
    logging(),
    kvStore(),
    sqlite(),
    cron(),
    ipfs(),
    integrationTest(),
    init(),
    httpGateway(),
  ];
}
