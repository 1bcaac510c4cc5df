export const errors = {
  INIT_REFUSED: {
    blame: 'guest',
    text: 'Cannot start the application: WASM component init function returned false; its log may say why',
  },
  INIT_FAILED: {
    blame: 'guest',
    text: 'Cannot start the application: init of a module trapped or was ended; see the cause',
  },
} as const;
