// Written by "npm run generate" from ../wit/: change that, not this.

/** Functions of `hermes:init/event`. */
export interface InitEvent {
  /**
   * Called once for every load of the application, in each module that exports it, one module after another
   * in the order of the application's manifest. No other event reaches the application before all of them
   * have answered `true`.
   *
   * `false`, a trap or a passed deadline refuses the application: modules that come later are not called and
   * the application is unloaded. What earlier modules stored stays stored.
   */
  init(): boolean;
}
