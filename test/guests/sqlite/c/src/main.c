// Calls every function of hermes:sqlite/api, and does the work that is measured.
#include <hermes-sqlite.h>

// Ends the request with the number of the line that was not as expected.
static uint32_t failed;
#define EXPECT(condition)                                                                                     \
  do {                                                                                                        \
    if (!(condition) && !failed) failed = __LINE__;                                                           \
  } while (0)

static int32_t opened(bool memory) {
  hermes_sql_result result;
  hermes_sql_open(0, memory, &result);
  EXPECT(!result.err);
  return result.as.handle;
}

static void run(int32_t database, hermes_string sql) {
  hermes_sql_result result;
  hermes_sql_execute(database, sql.ptr, sql.len, &result);
  EXPECT(!result.err);
}

static int32_t prepared(int32_t database, hermes_string sql) {
  hermes_sql_result result;
  hermes_sql_prepare(database, sql.ptr, sql.len, &result);
  EXPECT(!result.err);
  return result.as.handle;
}

static void bind_int(int32_t statement, uint32_t index, int32_t value) {
  hermes_sql_result result;
  hermes_sql_bind(statement, index, HERMES_SQL_INT32, value, 0, &result);
  EXPECT(!result.err);
}

static void bind_bytes(int32_t statement, uint32_t index, int32_t tag, hermes_string text) {
  hermes_sql_result result;
  hermes_sql_bind(statement, index, tag, (int64_t)(uintptr_t)text.ptr, (int32_t)text.len, &result);
  EXPECT(!result.err);
}

static bool stepped(int32_t statement) {
  hermes_sql_result result;
  hermes_sql_step(statement, &result);
  EXPECT(!result.err);
  return result.as.step == 1;
}

static hermes_sql_value column(int32_t statement, uint32_t index) {
  hermes_sql_column_result result;
  hermes_sql_column(statement, index, &result);
  EXPECT(!result.err);
  return result.as.value;
}

static void reset(int32_t statement) {
  hermes_sql_result result;
  hermes_sql_reset(statement, &result);
  EXPECT(!result.err);
}

static void finalized(int32_t statement) {
  hermes_sql_result result;
  hermes_sql_finalize(statement, &result);
  EXPECT(!result.err);
}

static void closed(int32_t database) {
  hermes_sql_result result;
  hermes_sql_close(database, &result);
  EXPECT(!result.err);
  hermes_sql_drop(database);
}

// Every function, with every type of value.
static void all(void) {
  int32_t database = opened(true);
  run(database, HERMES_S("CREATE TABLE IF NOT EXISTS all_types(a, b, c, d, e, f, g); DELETE FROM all_types"));
  int32_t insert = prepared(database, HERMES_S("INSERT INTO all_types VALUES (?, ?, ?, ?, ?, ?, ?)"));
  double real = -2.5;
  int64_t bits;
  __builtin_memcpy(&bits, &real, sizeof bits);
  hermes_sql_result result;
  bind_bytes(insert, 1, HERMES_SQL_BLOB, HERMES_S("\0\1\377"));
  hermes_sql_bind(insert, 2, HERMES_SQL_DOUBLE, bits, 0, &result);
  EXPECT(!result.err);
  bind_int(insert, 3, -7);
  hermes_sql_bind(insert, 4, HERMES_SQL_INT64, INT64_MIN, 0, &result);
  EXPECT(!result.err);
  hermes_sql_bind(insert, 5, HERMES_SQL_NONE, 0, 0, &result);
  EXPECT(!result.err);
  bind_bytes(insert, 6, HERMES_SQL_TEXT, HERMES_S("Hello, World!"));
  hermes_sql_bind(insert, 7, HERMES_SQL_DATETIME, 1700000000, 5, &result);
  EXPECT(!result.err);
  hermes_sql_bind(insert, 8, HERMES_SQL_NONE, 0, 0, &result);
  EXPECT(result.err && result.as.errno.tag == 0 && result.as.errno.code == 25);
  hermes_sql_error_info info;
  hermes_sql_errcode(database, &info);
  EXPECT(info.some && info.code == 25 && info.message.len > 0);
  EXPECT(!stepped(insert));
  hermes_sql_errcode(database, &info);
  EXPECT(!info.some);
  reset(insert);
  finalized(insert);

  int32_t select = prepared(database, HERMES_S("SELECT * FROM all_types"));
  EXPECT(stepped(select));
  hermes_sql_value found = column(select, 0);
  EXPECT(found.tag == HERMES_SQL_BLOB && hermes_equal(found.as.bytes, HERMES_S("\0\1\377")));
  found = column(select, 1);
  EXPECT(found.tag == HERMES_SQL_DOUBLE && found.as.real == real);
  found = column(select, 2);
  EXPECT(found.tag == HERMES_SQL_INT32 && found.as.small == -7);
  found = column(select, 3);
  EXPECT(found.tag == HERMES_SQL_INT64 && found.as.big == INT64_MIN);
  EXPECT(column(select, 4).tag == HERMES_SQL_NONE);
  found = column(select, 5);
  EXPECT(found.tag == HERMES_SQL_TEXT && hermes_equal(found.as.bytes, HERMES_S("Hello, World!")));
  found = column(select, 6);
  EXPECT(found.tag == HERMES_SQL_TEXT && hermes_equal(found.as.bytes, HERMES_S("2023-11-14 22:13:20.000000005")));
  EXPECT(!stepped(select));
  hermes_sql_drop_statement(select);
  closed(database);
}

#define SCHEMA HERMES_S("DROP TABLE IF EXISTS t; CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, n INTEGER)")

static void insert_rows(uint32_t rows) {
  int32_t database = opened(false);
  run(database, SCHEMA);
  run(database, HERMES_S("BEGIN"));
  int32_t insert = prepared(database, HERMES_S("INSERT INTO t(v, n) VALUES (?, ?)"));
  for (uint32_t n = 0; n < rows; n++) {
    bind_bytes(insert, 1, HERMES_SQL_TEXT, HERMES_S("some text of a row"));
    bind_int(insert, 2, (int32_t)n);
    EXPECT(!stepped(insert));
    reset(insert);
  }
  finalized(insert);
  run(database, HERMES_S("COMMIT"));
  closed(database);
}

// Each one may fail, so each one waits for its answer.
static void insert_keys(uint32_t rows) {
  int32_t database = opened(false);
  run(database, SCHEMA);
  run(database, HERMES_S("BEGIN"));
  int32_t insert = prepared(database, HERMES_S("INSERT INTO t VALUES (?, ?, ?)"));
  for (uint32_t n = 0; n < rows; n++) {
    bind_int(insert, 1, (int32_t)n);
    bind_bytes(insert, 2, HERMES_SQL_TEXT, HERMES_S("some text of a row"));
    bind_int(insert, 3, (int32_t)n);
    EXPECT(!stepped(insert));
    reset(insert);
  }
  finalized(insert);
  run(database, HERMES_S("COMMIT"));
  closed(database);
}

static void scan_rows(uint32_t rows) {
  int32_t database = opened(false);
  int32_t select = prepared(database, HERMES_S("SELECT id, v, n FROM t"));
  uint32_t found = 0;
  while (stepped(select)) {
    EXPECT(column(select, 0).tag == HERMES_SQL_INT32);
    EXPECT(column(select, 1).as.bytes.len == 18);
    EXPECT(column(select, 2).as.small == (int32_t)found);
    found++;
  }
  EXPECT(found == rows);
  finalized(select);
  closed(database);
}

// One transaction that reads and writes, so many times.
static void count_up(uint32_t times) {
  int32_t database = opened(false);
  for (uint32_t n = 0; n < times; n++) {
    run(database, HERMES_S("BEGIN IMMEDIATE"));
    int32_t update = prepared(database, HERMES_S("UPDATE counter SET n = n + 1 RETURNING n"));
    EXPECT(stepped(update));
    finalized(update);
    run(database, HERMES_S("COMMIT"));
  }
  closed(database);
}

static uint32_t number_of(hermes_string text) {
  uint32_t number = 0;
  for (size_t i = 0; i < text.len; i++) number = 10 * number + (uint32_t)(text.ptr[i] - '0');
  return number;
}

// The path says what, the body how many or which script.
HERMES_ON_REPLY(request) {
  hermes_string path = request->path, body = request->body;
  failed = 0;
  if (hermes_equal(path, HERMES_S("/api/all"))) all();
  if (hermes_equal(path, HERMES_S("/api/insert"))) insert_rows(number_of(body));
  if (hermes_equal(path, HERMES_S("/api/insert-keys"))) insert_keys(number_of(body));
  if (hermes_equal(path, HERMES_S("/api/scan"))) scan_rows(number_of(body));
  if (hermes_equal(path, HERMES_S("/api/count"))) count_up(number_of(body));
  if (hermes_equal(path, HERMES_S("/api/script"))) {
    int32_t database = opened(false);
    run(database, body);
    closed(database);
  }
  hermes_buffer out = {0};
  hermes_print_u64(&out, failed);
  return hermes_text(failed ? 500 : 200, out.text);
}
