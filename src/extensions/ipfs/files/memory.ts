import { type CodedError, failures } from '../../../lib/errors.ts';
import { errors } from './errors.ts';

const fail = failures(errors);

/** Bytes that a name in a set takes beside its characters, and a link that was decoded. */
export const NAME_BYTES = 64;
export const LINK_BYTES = 640;

/** What one operation takes of the memory. Disposal gives all of it back. */
export interface Share extends Disposable {
  /** Throws `IPFS_CROWDED` when the operation is the one that has to make room, now or before. */
  take(bytes: number): void;
  give(bytes: number): void;
  /** The operation is over, and what it took is not free yet: there is nothing to refuse any more. */
  end(): void;
}

/** Memory that all operations share. */
export interface Memory {
  /** Bytes that are taken; never more than there are. */
  readonly held: number;
  /** Begins an operation; `refuse` is called when it must end, so that others have room. */
  share(refuse: (reason: CodedError) => void): Share;
}

interface Account {
  bytes: number;
  refuse: ((reason: CodedError) => void) | undefined;
  reason: CodedError | undefined;
}

/**
 * A budget. Where it ends, the operation that holds the most is refused, whoever asked: somebody's endless tree does
 * not cost others their small files. Nobody waits, so nobody can wait for each other.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const memory = createMemory(100);
 * const refused: string[] = [];
 * const large = memory.share(({ code }) => refused.push(code));
 * large.take(90);
 * using small = memory.share(() => assert.fail('it is small'));
 * small.take(20);
 * assert.deepEqual([refused, memory.held], [['IPFS_CROWDED'], 20]);
 * assert.throws(() => large.take(1), { code: 'IPFS_CROWDED' });
 * ```
 */
export function createMemory(bytes: number): Memory {
  const accounts = new Set<Account>();
  let held = 0;

  function close(account: Account): void {
    if (accounts.delete(account)) held -= account.bytes;
  }

  /** The asker, of several that hold as much. */
  function heaviest(asker: Account): Account {
    let found = asker;
    for (const account of accounts) if (account.refuse && account.bytes > found.bytes) found = account;
    return found;
  }

  function makeRoom(asker: Account): void {
    while (held > bytes && asker.reason === undefined) {
      const account = heaviest(asker);
      const reason = fail('IPFS_CROWDED', { bytes: account.bytes, max: bytes });
      account.reason = reason;
      close(account);
      account.refuse?.(reason);
    }
  }

  return {
    get held() {
      return held;
    },
    share(refuse) {
      const account: Account = { bytes: 0, refuse, reason: undefined };
      accounts.add(account);
      return {
        take(more) {
          if (account.reason) throw account.reason;
          // Something of an operation that is over has not noticed yet.
          if (!accounts.has(account)) return;
          account.bytes += more;
          held += more;
          makeRoom(account);
          if (account.reason) throw account.reason;
        },
        give(less) {
          if (!accounts.has(account)) return;
          account.bytes -= less;
          held -= less;
        },
        end() {
          account.refuse = undefined;
        },
        [Symbol.dispose]: () => close(account),
      };
    },
  };
}
