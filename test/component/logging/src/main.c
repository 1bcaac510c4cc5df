// One line with everything that a line can have.
#include <hermes.h>

static bool call_logger(void) {
  const hermes_log_line all = {.level = HERMES_INFO,
                               .file = {1, HERMES_S("main.c")},
                               .function = {1, HERMES_S("call_logger")},
                               .line = {1, 12},
                               .column = {1, 3},
                               .context = {1, HERMES_S("here")},
                               .message = HERMES_S("Test line"),
                               .data = {1, HERMES_S("{\"key\":\"value\"}")}};
  hermes_log_write(&all);
  return true;
}

static bool least(void) {
  const hermes_log_line few = {.level = HERMES_WARN, .message = HERMES_S("Least line")};
  hermes_log_write(&few);
  return true;
}

HERMES_TESTS({HERMES_S("Call Logger"), call_logger}, {HERMES_S("hermes:logging/api#log"), least})
