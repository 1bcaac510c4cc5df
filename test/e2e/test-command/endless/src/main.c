// Names tests for ever, and traps at the name of a benchmark.
#include <hermes.h>

HERMES_EXPORT("hermes:integration-test/event#test")
const hermes_test_answer *test(uint32_t number, int32_t run) {
  static hermes_test_answer answer = {1, {{"again", 5}, true}};
  (void)number, (void)run;
  return &answer;
}

HERMES_EXPORT("hermes:integration-test/event#bench")
const hermes_test_answer *bench(uint32_t number, int32_t run) {
  static hermes_test_answer answer = {1, {{"first", 5}, true}};
  if (number == 1) __builtin_trap();
  if (number == 0 && run) answer.some = 0;
  return &answer;
}
