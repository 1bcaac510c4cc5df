/**
 * What is known of the first state of a component's instances: how to get back there, or why there is no way.
 *
 * @module
 */
import type { HiddenState, Image } from './hidden-state.ts';

export class Pristine {
  readonly #obstacles: string[];
  #image: Image | undefined;

  /** `obstacles` are those that the binary shows. */
  constructor(obstacles: readonly string[]) {
    this.#obstacles = [...obstacles];
  }

  /** As sentences; what only shows when an instance is made comes with the first one. */
  get obstacles(): readonly string[] {
    return this.#obstacles;
  }

  /** Absent where there are obstacles, and before the first instance is made. */
  get image(): Image | undefined {
    return this.#obstacles.length === 0 ? this.#image : undefined;
  }

  /** An instance is made and nobody has called it yet. `called` says whether it called somebody. */
  record(state: HiddenState, called: boolean): void {
    if (this.#obstacles.length > 0) return;
    if (called) {
      this.calls();
      return;
    }
    const found = state.record();
    if (found !== undefined) this.#obstacles.push(found);
    else this.#image ??= state.takeImage();
  }

  /** What its host answers while it starts may be another thing each time. */
  calls(): void {
    if (this.#obstacles.length > 0) return;
    this.#obstacles.push('It calls its host, or another component, while it starts');
  }
}
