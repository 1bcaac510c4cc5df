import type { ApplicationLife } from './application.ts';

/**
 * Drains all of these at once. An application with nothing left may be caused to do something by one that has: it is
 * over when none of them has anything.
 */
export async function drainAll(
  lives: readonly ApplicationLife[],
  options: { readonly signal?: AbortSignal | undefined },
): Promise<void> {
  do await Promise.all(lives.map((life) => life.drain(options)));
  while (lives.some(hasEvents));
}

function hasEvents(life: ApplicationLife): boolean {
  const { waiting, running } = life.status().queue;
  return waiting + running > 0;
}
