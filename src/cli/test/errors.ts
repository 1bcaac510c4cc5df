import { type CodedError, type ErrorDetail, failures } from '../../lib/errors.ts';

export const errors = {
  TEST_NONE: {
    blame: 'operator',
    text: 'Cannot run tests: nothing given here exports any; a module with tests exports hermes:integration-test/event',
  },
  TEST_NO_MATCH: {
    blame: 'operator',
    text: 'Cannot run tests: no name holds the text of --filter; --list shows all names',
  },
  TEST_FOLDER: {
    blame: 'operator',
    text: 'Cannot run tests: the folder holds neither application.json nor a module with src/index.ts or src/main.c',
  },
  TEST_FAILED: {
    blame: 'guest',
    text: 'The test answered that it did not pass; its log may say why',
  },
  TEST_GONE: {
    blame: 'guest',
    text: 'The test is not there: its module listed it and answers none when it is to run',
  },
  TEST_ENDLESS: {
    blame: 'guest',
    text: 'Cannot list tests: the module answers every number; it must answer none after its last one',
  },
  TEST_LIST: {
    blame: 'guest',
    text: 'Cannot list tests: the module failed when it was asked for a name; see the cause',
  },
  TEST_LOAD: {
    blame: 'guest',
    text: 'Cannot start the application of the test; see the cause',
  },
  TEST_RUN: {
    blame: 'guest',
    text: 'The test trapped or was ended; see the cause',
  },
} as const;

export const fail: (code: keyof typeof errors, detail?: ErrorDetail, cause?: unknown) => CodedError =
  failures(errors);
