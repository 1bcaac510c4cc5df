// The protocol alone: five tests and three benchmarks, numbered from 0.
#include <hermes.h>

static bool passes(void) { return true; }

HERMES_TESTS({HERMES_S("Test Case 0"), passes}, {HERMES_S("Test Case 1"), passes}, {HERMES_S("Test Case 2"), passes},
             {HERMES_S("Test Case 3"), passes}, {HERMES_S("Test Case 4"), passes})

HERMES_BENCHES({HERMES_S("Bench Case 0"), passes}, {HERMES_S("Bench Case 1"), passes},
               {HERMES_S("Bench Case 2"), passes})
