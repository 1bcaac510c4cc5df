// Leaves a word at the start; has no tests.
#include <hermes.h>

HERMES_ON_INIT() {
  hermes_kv_set(HERMES_S("stock"), hermes_kv_of_string(HERMES_S("full")));
  return true;
}
