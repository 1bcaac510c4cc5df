import type { Exchange } from './connection.ts';
import type { Held, Room } from './room.ts';

export interface EnterOptions {
  readonly room: Room;
  readonly app: string;
  /** Of its body, as far as the client says. */
  readonly bytes: number;
}

/**
 * Waits until there is room for a request; `undefined` when it is refused or its client is gone. What the client
 * sends meanwhile stays on its side.
 */
export async function enter(exchange: Exchange, options: EnterOptions): Promise<Held | undefined> {
  const { room, app, bytes } = options;
  const { request, seat, broken } = exchange;
  const found = room.enter({ app, bytes, seat });
  if (found === undefined || 'release' in found) return found;
  const { held, refuse } = found;
  const { socket } = request;
  socket.pause();
  request.once('close', refuse);
  broken.addEventListener('abort', refuse);
  try {
    return await held;
  } finally {
    request.off('close', refuse);
    broken.removeEventListener('abort', refuse);
    socket.resume();
  }
}
