// SQL databases for C modules: #include <hermes-sqlite.h>. These are the functions of hermes:sqlite/api as they
// are; their WIT says what they do. A result with .err set holds an errno. Handles are given back with the drops,
// or when the event ends.
#pragma once
#include <hermes.h>

// What went wrong: 0 is a code of SQLite, the others as the WIT lists them.
typedef struct {
  uint8_t tag;
  int32_t code;
} hermes_sql_errno;

// result<own<…>, errno>, result<step-result, errno> and result<_, errno> alike.
typedef struct {
  uint8_t err;
  union {
    int32_t handle;
    uint8_t step; // 0: done, 1: row
    hermes_sql_errno errno;
  } as;
} hermes_sql_result;

// Tags of values.
enum {
  HERMES_SQL_BLOB,
  HERMES_SQL_DOUBLE,
  HERMES_SQL_INT32,
  HERMES_SQL_INT64,
  HERMES_SQL_NONE,
  HERMES_SQL_TEXT,
  HERMES_SQL_DATETIME,
};

typedef struct {
  uint8_t tag;
  union {
    hermes_string bytes;
    double real;
    int32_t small;
    int64_t big;
    struct {
      uint64_t seconds;
      uint32_t nanoseconds;
    } time;
  } as;
} hermes_sql_value;

typedef struct {
  uint8_t err;
  union {
    hermes_sql_value value;
    hermes_sql_errno errno;
  } as;
} hermes_sql_column_result;

// option<error-info>
typedef struct {
  uint8_t some;
  int32_t code;
  hermes_string message;
} hermes_sql_error_info;

_Static_assert(sizeof(hermes_sql_result) == 12, "the layout of the canonical ABI");
_Static_assert(sizeof(hermes_sql_column_result) == 32, "the layout of the canonical ABI");
_Static_assert(sizeof(hermes_sql_error_info) == 16, "the layout of the canonical ABI");

HERMES_IMPORT("hermes:sqlite/api", "open")
void hermes_sql_open(int32_t readonly, int32_t memory, hermes_sql_result *);
HERMES_IMPORT("hermes:sqlite/api", "[method]sqlite.close")
void hermes_sql_close(int32_t self, hermes_sql_result *);
HERMES_IMPORT("hermes:sqlite/api", "[method]sqlite.errcode")
void hermes_sql_errcode(int32_t self, hermes_sql_error_info *);
HERMES_IMPORT("hermes:sqlite/api", "[method]sqlite.prepare")
void hermes_sql_prepare(int32_t self, const char *, size_t, hermes_sql_result *);
HERMES_IMPORT("hermes:sqlite/api", "[method]sqlite.execute")
void hermes_sql_execute(int32_t self, const char *, size_t, hermes_sql_result *);
HERMES_IMPORT("hermes:sqlite/api", "[resource-drop]sqlite")
void hermes_sql_drop(int32_t self);
// A value in two halves: of bytes and text the address and the length, of a datetime seconds and nanoseconds, of an
// integer itself and 0, of a double its bits and 0. The first parameter is 1.
HERMES_IMPORT("hermes:sqlite/api", "[method]statement.bind")
void hermes_sql_bind(int32_t self, uint32_t index, int32_t tag, int64_t first, int32_t second, hermes_sql_result *);
HERMES_IMPORT("hermes:sqlite/api", "[method]statement.step")
void hermes_sql_step(int32_t self, hermes_sql_result *);
HERMES_IMPORT("hermes:sqlite/api", "[method]statement.column")
void hermes_sql_column(int32_t self, uint32_t index, hermes_sql_column_result *);
HERMES_IMPORT("hermes:sqlite/api", "[method]statement.reset")
void hermes_sql_reset(int32_t self, hermes_sql_result *);
HERMES_IMPORT("hermes:sqlite/api", "[static]statement.finalize")
void hermes_sql_finalize(int32_t statement, hermes_sql_result *);
HERMES_IMPORT("hermes:sqlite/api", "[resource-drop]statement")
void hermes_sql_drop_statement(int32_t self);
