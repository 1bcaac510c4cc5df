/**
 * What is told of a file, in the words of `wasi:filesystem/types`.
 *
 * @module
 */
import { hash } from 'node:crypto';
import type { Call } from '../engine/extension.ts';
import type { VfsEntry, VfsStat, VfsTimes } from '../vfs/vfs.ts';
import { type Datetime, datetimeOf, instantOf } from './clocks.ts';
import { code } from './file-errors.ts';

export type DescriptorType = 'directory' | 'regular-file';

/** Record `descriptor-stat`; moments that the file tree does not know are absent. */
export interface DescriptorStat {
  readonly type: DescriptorType;
  readonly linkCount: bigint;
  readonly size: bigint;
  readonly dataAccessTimestamp: Datetime | undefined;
  readonly dataModificationTimestamp: Datetime | undefined;
  readonly statusChangeTimestamp: Datetime | undefined;
}

export interface MetadataHash {
  readonly lower: bigint;
  readonly upper: bigint;
}

/** Variant `new-timestamp`. */
export type NewTimestamp =
  | { readonly tag: 'no-change' }
  | { readonly tag: 'now' }
  | { readonly tag: 'timestamp'; readonly val: Datetime };

export function describe({ kind, size, accessed, modified, changed }: VfsStat): DescriptorStat {
  return {
    type: typeOf(kind),
    linkCount: 1n,
    size: BigInt(size),
    dataAccessTimestamp: accessed && datetimeOf(accessed),
    dataModificationTimestamp: datetimeOf(modified),
    statusChangeTimestamp: changed && datetimeOf(changed),
  };
}

export function typeOf(kind: VfsEntry['kind']): DescriptorType {
  return kind === 'file' ? 'regular-file' : 'directory';
}

/** C libraries make inode numbers of it: one for one file, others for others. Says nothing of the disk. */
export function identify(path: string, stat: VfsStat | undefined): MetadataHash {
  const digest = hash('sha256', stat?.identity ?? path, 'buffer');
  return { lower: digest.readBigUInt64LE(0), upper: digest.readBigUInt64LE(8) };
}

/** Throws `overflow` for a moment that no clock has. */
export function timesOf(call: Call, accessed: NewTimestamp, modified: NewTimestamp): VfsTimes {
  const moment = (stamp: NewTimestamp): Temporal.Instant | undefined => {
    if (stamp.tag === 'no-change') return undefined;
    const at = stamp.tag === 'now' ? call.clock.now() : instantOf(stamp.val);
    if (at === undefined) throw code('overflow');
    return at;
  };
  const [read, written] = [moment(accessed), moment(modified)];
  return { ...(read && { accessed: read }), ...(written && { modified: written }) };
}
