// SQL databases. Each test has an application of its own, so both databases begin empty.
#include <hermes-sqlite.h>

// Handles are 0 when there is none: each of these fails the test that uses it.
static int32_t open(bool memory) {
  hermes_sql_result found;
  hermes_sql_open(false, memory, &found);
  return found.err ? 0 : found.as.handle;
}

static bool close(int32_t db) {
  hermes_sql_result found;
  hermes_sql_close(db, &found);
  return !found.err;
}

static bool execute(int32_t db, hermes_string sql) {
  hermes_sql_result found;
  hermes_sql_execute(db, sql.ptr, sql.len, &found);
  return !found.err;
}

static int32_t prepare(int32_t db, hermes_string sql) {
  hermes_sql_result found;
  hermes_sql_prepare(db, sql.ptr, sql.len, &found);
  return found.err ? 0 : found.as.handle;
}

static bool bind_text(int32_t statement, uint32_t index, hermes_string text) {
  hermes_sql_result found;
  hermes_sql_bind(statement, index, HERMES_SQL_TEXT, (int64_t)(size_t)text.ptr, (int32_t)text.len, &found);
  return !found.err;
}

static bool bind_int(int32_t statement, uint32_t index, int32_t value) {
  hermes_sql_result found;
  hermes_sql_bind(statement, index, HERMES_SQL_INT32, value, 0, &found);
  return !found.err;
}

enum { DONE, ROW, FAILED };

static int step(int32_t statement) {
  hermes_sql_result found;
  hermes_sql_step(statement, &found);
  return found.err ? FAILED : found.as.step;
}

static bool is_text(int32_t statement, uint32_t index, hermes_string text) {
  hermes_sql_column_result found;
  hermes_sql_column(statement, index, &found);
  return !found.err && found.as.value.tag == HERMES_SQL_TEXT && hermes_equal(found.as.value.as.bytes, text);
}

static bool is_int(int32_t statement, uint32_t index, int32_t value) {
  hermes_sql_column_result found;
  hermes_sql_column(statement, index, &found);
  return !found.err && found.as.value.tag == HERMES_SQL_INT32 && found.as.value.as.small == value;
}

static bool finalize(int32_t statement) {
  hermes_sql_result found;
  hermes_sql_finalize(statement, &found);
  return !found.err;
}

#define DUMMY HERMES_S("CREATE TABLE IF NOT EXISTS dummy(id INTEGER PRIMARY KEY, value TEXT UNIQUE)")
#define INSERT HERMES_S("INSERT INTO dummy(value) VALUES (?)")
#define HELLO HERMES_S("Hello, World!")

static bool persistent_simple(void) {
  int32_t db = open(false);
  HERMES_CHECK(db);
  return close(db);
}

static bool persistent_multiple(void) {
  int32_t first = open(false), second = open(false), third = open(false);
  HERMES_CHECK(first && second && third);
  return close(first) && close(second) && close(third);
}

static bool persistent_multiple_alt(void) { return persistent_simple() && persistent_simple() && persistent_simple(); }

static bool memory_simple(void) {
  int32_t db = open(true);
  HERMES_CHECK(db);
  return close(db);
}

static bool create_schema(void) {
  int32_t db = open(true);
  HERMES_CHECK(execute(db, HERMES_S("CREATE TABLE IF NOT EXISTS people(id INTEGER PRIMARY KEY, name TEXT, age INTEGER)")));
  return close(db);
}

static bool prepare_simple(void) {
  int32_t db = open(true), statement = prepare(db, HERMES_S("SELECT 1;"));
  HERMES_CHECK(statement);
  HERMES_CHECK(finalize(statement));
  return close(db);
}

static bool prepare_without_cleaning(void) { return prepare(open(true), HERMES_S("SELECT 1;")) != 0; }

static bool text_value(void) {
  int32_t db = open(true);
  HERMES_CHECK(execute(db, HERMES_S("CREATE TABLE dummy(id INTEGER PRIMARY KEY, value TEXT)")));
  int32_t statement = prepare(db, INSERT);
  HERMES_CHECK(bind_text(statement, 1, HELLO));
  HERMES_CHECK(step(statement) == DONE);
  HERMES_CHECK(finalize(statement));
  statement = prepare(db, HERMES_S("SELECT value FROM dummy WHERE id = 1"));
  HERMES_CHECK(step(statement) == ROW);
  HERMES_CHECK(is_text(statement, 0, HELLO));
  return finalize(statement) && close(db);
}

// A handle of the same database, and one of the other: what one does the first sees, the second does not.
static bool opens(void) {
  HERMES_CHECK(execute(open(false), DUMMY));
  HERMES_CHECK(prepare(open(false), INSERT));
  HERMES_CHECK(!prepare(open(true), INSERT));
  return true;
}

static bool closes(void) {
  int32_t db = open(false);
  HERMES_CHECK(close(db));
  return close(db);
}

static bool errcode(void) {
  int32_t db = open(true);
  hermes_sql_error_info found;
  HERMES_CHECK(!prepare(db, HERMES_S("SELECT * FROM user")));
  hermes_sql_errcode(db, &found);
  HERMES_CHECK(found.some && found.code == 1);
  HERMES_CHECK(hermes_equal(found.message, HERMES_S("no such table: user")));
  return true;
}

static bool prepares(void) {
  int32_t statement = prepare(open(true), HERMES_S("SELECT 7, 'seven'"));
  HERMES_CHECK(statement && step(statement) == ROW);
  HERMES_CHECK(is_int(statement, 0, 7) && is_text(statement, 1, HERMES_S("seven")));
  hermes_sql_result found;
  hermes_sql_prepare(open(true), "PRAGMA user_version", 19, &found);  // forbidden-pragma-command
  HERMES_CHECK(found.err && found.as.errno.tag == 8);
  return true;
}

static bool executes(void) {
  int32_t db = open(true);
  HERMES_CHECK(execute(db, HERMES_S("CREATE TABLE t(v); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)")));
  int32_t statement = prepare(db, HERMES_S("SELECT sum(v) FROM t"));
  HERMES_CHECK(statement && step(statement) == ROW);
  HERMES_CHECK(!execute(db, HERMES_S("INSERT INTO nowhere VALUES (1)")));
  return is_int(statement, 0, 3);
}

static bool binds(void) {
  int32_t statement = prepare(open(true), HERMES_S("SELECT ?1, ?2"));
  HERMES_CHECK(bind_int(statement, 1, 42) && bind_text(statement, 2, HELLO));
  HERMES_CHECK(step(statement) == ROW);
  HERMES_CHECK(is_int(statement, 0, 42) && is_text(statement, 1, HELLO));
  return true;
}

static bool steps(void) {
  int32_t statement = prepare(open(true), HERMES_S("VALUES (1), (2)"));
  HERMES_CHECK(step(statement) == ROW && is_int(statement, 0, 1));
  HERMES_CHECK(step(statement) == ROW && is_int(statement, 0, 2));
  return step(statement) == DONE;
}

static bool columns(void) {
  int32_t statement = prepare(open(true), HERMES_S("SELECT 1.5, 4294967296, NULL, x'00ff'"));
  hermes_sql_column_result found;
  HERMES_CHECK(step(statement) == ROW);
  hermes_sql_column(statement, 0, &found);
  HERMES_CHECK(!found.err && found.as.value.tag == HERMES_SQL_DOUBLE && found.as.value.as.real == 1.5);
  hermes_sql_column(statement, 1, &found);
  HERMES_CHECK(!found.err && found.as.value.tag == HERMES_SQL_INT64 && found.as.value.as.big == 4294967296);
  hermes_sql_column(statement, 2, &found);
  HERMES_CHECK(!found.err && found.as.value.tag == HERMES_SQL_NONE);
  hermes_sql_column(statement, 3, &found);
  HERMES_CHECK(!found.err && found.as.value.tag == HERMES_SQL_BLOB && found.as.value.as.bytes.len == 2);
  return true;
}

static bool resets(void) {
  hermes_sql_result found;
  int32_t statement = prepare(open(true), HERMES_S("SELECT ?1"));
  HERMES_CHECK(bind_int(statement, 1, 1) && step(statement) == ROW);
  HERMES_CHECK(!bind_int(statement, 1, 2));
  hermes_sql_reset(statement, &found);
  HERMES_CHECK(!found.err);
  HERMES_CHECK(bind_int(statement, 1, 2) && step(statement) == ROW);
  return is_int(statement, 0, 2);
}

// The answer is that of the last step.
static bool finalizes(void) {
  int32_t db = open(true);
  HERMES_CHECK(execute(db, DUMMY));
  for (int round = 0; round < 2; round++) {
    int32_t statement = prepare(db, INSERT);
    HERMES_CHECK(bind_text(statement, 1, HELLO));
    HERMES_CHECK(step(statement) == (round == 0 ? DONE : FAILED));
    hermes_sql_result found;
    hermes_sql_finalize(statement, &found);
    HERMES_CHECK(found.err == (round == 1));
    HERMES_CHECK(round == 0 || found.as.errno.code == 19);
  }
  return true;
}

#define NAMED(name, function) {HERMES_S("hermes:sqlite/api#" name), function}

HERMES_TESTS({HERMES_S("open-database-persistent-simple"), persistent_simple},
             {HERMES_S("open-database-persistent-multiple"), persistent_multiple},
             {HERMES_S("open-database-persistent-multiple-alt"), persistent_multiple_alt},
             {HERMES_S("open-database-memory-simple"), memory_simple},
             {HERMES_S("execute-create-schema-simple"), create_schema}, {HERMES_S("prepare-simple"), prepare_simple},
             {HERMES_S("prepare-simple-without-cleaning"), prepare_without_cleaning},
             {HERMES_S("text-value-simple"), text_value}, NAMED("open", opens), NAMED("[method]sqlite.close", closes),
             NAMED("[method]sqlite.errcode", errcode), NAMED("[method]sqlite.prepare", prepares),
             NAMED("[method]sqlite.execute", executes), NAMED("[method]statement.bind", binds),
             NAMED("[method]statement.step", steps), NAMED("[method]statement.column", columns),
             NAMED("[method]statement.reset", resets), NAMED("[static]statement.finalize", finalizes))

static bool insert_rows(bool memory) {
  int32_t db = open(memory);
  HERMES_CHECK(execute(db, HERMES_S("CREATE TABLE IF NOT EXISTS rows(id INTEGER PRIMARY KEY, value TEXT)")));
  for (int i = 0; i < 100; i++) {
    int32_t statement = prepare(db, HERMES_S("INSERT INTO rows(value) VALUES (?)"));
    HERMES_CHECK(bind_text(statement, 1, HELLO) && step(statement) == DONE && finalize(statement));
  }
  return true;
}

static bool persistent_insert(void) { return insert_rows(false); }
static bool memory_insert(void) { return insert_rows(true); }

HERMES_BENCHES({HERMES_S("bench-persistent-insert"), persistent_insert}, {HERMES_S("bench-memory-insert"), memory_insert})
