// Written by "npm run generate" from ../wit/: change that, not this.

/** Functions of `hermes:init/api`. */
export interface InitApi<C> {
  /**
   * Says that the work of this application is done. The call returns; events that were queued before it
   * still run.
   *
   * When the engine runs only this application its process ends with `status-code`, else the application is
   * unloaded and the others go on. Only the first call counts.
   */
  done(call: C, statusCode: number): void;
}
