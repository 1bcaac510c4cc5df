// One line with everything that a line can have.
#include <hermes.h>

typedef struct {
  uint8_t some;
  hermes_string value;
} optional_string;

typedef struct {
  uint8_t some;
  uint32_t value;
} optional_u32;

typedef struct {
  uint8_t level;
  optional_string file, function;
  optional_u32 line, col;
  optional_string ctx;
  hermes_string msg;
  optional_string data;
} arguments;

// Too many parameters for registers: they travel as one structure.
HERMES_IMPORT("hermes:logging/api", "log") extern void raw_log(const arguments *);

static bool call_logger(void) {
  const arguments all = {
      HERMES_INFO,           {1, HERMES_S("main.c")}, {1, HERMES_S("call_logger")},    {1, 12}, {1, 3},
      {1, HERMES_S("here")}, HERMES_S("Test line"),   {1, HERMES_S("{\"key\":\"value\"}")}};
  raw_log(&all);
  return true;
}

static bool least(void) {
  const arguments few = {HERMES_WARN, {0}, {0}, {0}, {0}, {0}, HERMES_S("Least line"), {0}};
  raw_log(&few);
  return true;
}

HERMES_TESTS({HERMES_S("Call Logger"), call_logger}, {HERMES_S("hermes:logging/api#log"), least})
