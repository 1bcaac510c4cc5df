import { homedir } from 'node:os';
import { join } from 'node:path';
import { suggest } from '../lib/nearest.ts';
import type { LogLevel } from '../telemetry/logger.ts';
import { fail } from './errors.ts';

/** What the environment says; `undefined` for what it leaves open. */
export interface Environment {
  /** `HERMES_HOME`, else `~/.hermes`. */
  readonly home: string;
  /** `HERMES_HTTP_PORT`. */
  readonly port: number | undefined;
  /** `HERMES_LOG_LEVEL`. */
  readonly logLevel: LogLevel | undefined;
  /** What the variables `IPFS_…` say, in the words of the configuration of `ipfs`. */
  readonly ipfs: IpfsEnvironment;
}

/** Keys that no variable says are absent. */
export interface IpfsEnvironment {
  /** `IPFS_BOOTSTRAP_PEERS`: multiaddrs, separated by commas. */
  readonly bootstrap?: readonly string[];
  /** `IPFS_LISTEN_PORT`. */
  readonly port?: number;
  /** `IPFS_ANNOUNCE_ADDRESS`. */
  readonly announce?: readonly string[];
  /** `IPFS_RETRY_INTERVAL_SECS`. */
  readonly retrySeconds?: number;
  /** `IPFS_MAX_RETRIES`. */
  readonly maxRetries?: number;
}

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];

/**
 * Reads the environment's variables. Throws `ENV_INVALID` naming all that do not parse; an empty variable is
 * the same as none.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(readEnvironment({ HERMES_HTTP_PORT: '80' }).port, 80);
 * assert.throws(() => readEnvironment({ HERMES_HTTP_PORT: 'http' }), { code: 'ENV_INVALID' });
 * ```
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const faults: string[] = [];
  const read = <T>(name: string, parse: (text: string) => T | string): T | undefined => {
    const text = env[name];
    if (text === undefined || text === '') return undefined;
    const value = parse(text);
    if (typeof value !== 'string') return value;
    faults.push(`${name} ${value}; found ${JSON.stringify(text)}`);
    return undefined;
  };
  const port = read('HERMES_HTTP_PORT', (text) => parsePort(text) ?? 'must be a port from 0 to 65535');
  // Nothing to switch yet: applications with rules for authentication are refused. A wrong value is told all the same.
  read('HERMES_ACTIVATE_AUTH', (text) =>
    text === 'true' || text === 'false' ? { text } : 'must be true or false',
  );
  const level = read('HERMES_LOG_LEVEL', (text) => {
    const found = LEVELS.find((level) => level === text);
    return found ? { level: found } : `must be a level: ${suggest(text, LEVELS)}`;
  });
  const ipfs = readIpfs(read);
  if (faults.length > 0) throw fail('ENV_INVALID', { faults });
  return { home: env['HERMES_HOME'] || join(homedir(), '.hermes'), port, logLevel: level?.level, ipfs };
}

type Read = <T>(name: string, parse: (text: string) => T | string) => T | undefined;

/** What the texts mean the configuration says, with everything else that may be wrong with them. */
function readIpfs(read: Read): IpfsEnvironment {
  const list = (text: string): readonly string[] =>
    text
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '');
  const number = (text: string): number | string =>
    /^\d{1,9}$/.test(text) ? Number(text) : 'must be a whole number';
  const bootstrap = read('IPFS_BOOTSTRAP_PEERS', list);
  const port = read('IPFS_LISTEN_PORT', (text) => parsePort(text) ?? 'must be a port from 0 to 65535');
  const announce = read('IPFS_ANNOUNCE_ADDRESS', list);
  const retrySeconds = read('IPFS_RETRY_INTERVAL_SECS', number);
  const maxRetries = read('IPFS_MAX_RETRIES', number);
  return {
    ...(bootstrap && { bootstrap }),
    ...(port !== undefined && { port }),
    ...(announce && { announce }),
    ...(retrySeconds !== undefined && { retrySeconds }),
    ...(maxRetries !== undefined && { maxRetries }),
  };
}

/** A port number, 0 to 65535. */
export function parsePort(text: string): number | undefined {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port <= 65_535 ? port : undefined;
}
