import type { IpfsConfig } from '../config.ts';
import { createPeersPart } from './peers.ts';
import type { RunOptions } from './run-node.ts';

/** The parts of the node as the configuration wants them, and what they give to libp2p. */
export async function allParts(_config: IpfsConfig): Promise<Pick<RunOptions, 'hooks' | 'parts'>> {
  return { parts: [createPeersPart] };
}
