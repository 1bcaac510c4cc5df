// C modules for Hermes: #include <hermes.h>, write handlers with the HERMES_ON_… macros, call the host with the
// functions below. There is no libc; memory lasts for one event (hermes_alloc) and is never freed by hand.
// Structures are laid out as the canonical ABI lays out WIT values on wasm32: the C layout is the same.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HERMES_IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define HERMES_EXPORT(name) __attribute__((export_name(name)))

// ---- Text and bytes -------------------------------------------------------------------------------------

// WIT string and list<u8>: not ended by a zero.
typedef struct {
  const char *ptr;
  size_t len;
} hermes_string;

typedef struct {
  hermes_string *ptr;
  size_t len;
} hermes_strings;

// option<string>, option<u32>: .some is 0 for none.
typedef struct {
  uint8_t some;
  hermes_string value;
} hermes_optional_string;

typedef struct {
  uint8_t some;
  uint32_t value;
} hermes_optional_u32;

// A string of a literal: hermes_print(&buffer, HERMES_S("text")).
#define HERMES_S(literal) ((hermes_string){(literal), sizeof(literal) - 1})

// Memory for the rest of this event, aligned to 8, not cleared. Traps when the memory limit is reached.
void *hermes_alloc(size_t size);

bool hermes_equal(hermes_string a, hermes_string b);
bool hermes_starts_with(hermes_string text, hermes_string start);

// Text that grows: hermes_buffer out = {0}; hermes_print(&out, …); the result is out.text.
typedef struct {
  hermes_string text;
  size_t capacity;
} hermes_buffer;

void hermes_print(hermes_buffer *out, hermes_string text);
void hermes_print_u64(hermes_buffer *out, uint64_t value);
void hermes_print_s64(hermes_buffer *out, int64_t value);
// A JSON string, quotes included. The text must be UTF-8, as everything that the host hands over as string.
void hermes_print_json(hermes_buffer *out, hermes_string text);

// ---- hermes:logging/api ---------------------------------------------------------------------------------

typedef enum { HERMES_DEBUG, HERMES_TRACE, HERMES_INFO, HERMES_WARN, HERMES_ERROR } hermes_level;

void hermes_log_at(hermes_level level, hermes_string file, uint32_t line, hermes_string message);
// Writes one line to the log of the engine, with its place in the source.
#define hermes_log(level, message) hermes_log_at((level), HERMES_S(__FILE__), __LINE__, (message))

// Everything that a line may have: hermes_log_line line = {.level = HERMES_INFO, .message = HERMES_S("text")};
typedef struct {
  uint8_t level; // a hermes_level
  hermes_optional_string file, function;
  hermes_optional_u32 line, column;
  hermes_optional_string context;
  hermes_string message;
  hermes_optional_string data; // JSON
} hermes_log_line;

void hermes_log_write(const hermes_log_line *line);

// ---- hermes:kv-store/api --------------------------------------------------------------------------------

typedef enum {
  HERMES_KV_STRING,
  HERMES_KV_S64,
  HERMES_KV_U64,
  HERMES_KV_F64,
  HERMES_KV_BSTR,
  HERMES_KV_CBOR,
  HERMES_KV_JSON
} hermes_kv_tag;

typedef struct {
  uint8_t tag; // a hermes_kv_tag
  union {
    hermes_string string; // also bstr, cbor and json
    int64_t s64;
    uint64_t u64;
    double f64;
  } as;
} hermes_kv_values;

// option<kv-values>: .some is 0 for no value.
typedef struct {
  uint8_t some;
  hermes_kv_values value;
} hermes_kv;

#define HERMES_KV_NONE ((hermes_kv){0})
static inline hermes_kv hermes_kv_of_u64(uint64_t value) {
  return (hermes_kv){1, {HERMES_KV_U64, {.u64 = value}}};
}
static inline hermes_kv hermes_kv_of_s64(int64_t value) {
  return (hermes_kv){1, {HERMES_KV_S64, {.s64 = value}}};
}
static inline hermes_kv hermes_kv_of_f64(double value) {
  return (hermes_kv){1, {HERMES_KV_F64, {.f64 = value}}};
}
static inline hermes_kv hermes_kv_of_string(hermes_string value) {
  return (hermes_kv){1, {HERMES_KV_STRING, {.string = value}}};
}

void hermes_kv_set(hermes_string key, hermes_kv value);
hermes_kv hermes_kv_get(hermes_string key);
hermes_kv hermes_kv_get_default(hermes_string key, hermes_kv otherwise);
hermes_kv hermes_kv_get_set(hermes_string key, hermes_kv value);
hermes_kv hermes_kv_add(hermes_string key, hermes_kv value);
hermes_kv hermes_kv_cas(hermes_string key, hermes_kv test, hermes_kv value);
hermes_kv hermes_kv_subscribe(hermes_string key);
hermes_kv hermes_kv_unsubscribe(hermes_string key);

// HERMES_ON_KV_UPDATE(key, value) { … } is called for every write of a subscribed key.
#define HERMES_ON_KV_UPDATE(key, value)                                                                       \
  static void hermes_on_kv_update(hermes_string key, hermes_kv_values value);                                 \
  HERMES_EXPORT("hermes:kv-store/event#kv-update")                                                            \
  void hermes_export_kv_update(const char *key_ptr, size_t key_len, int32_t tag, int64_t first,               \
                               int32_t second) {                                                              \
    hermes_on_kv_update((hermes_string){key_ptr, key_len}, hermes_kv_unpack(tag, first, second));             \
  }                                                                                                           \
  static void hermes_on_kv_update(hermes_string key, hermes_kv_values value)

hermes_kv_values hermes_kv_unpack(int32_t tag, int64_t first, int32_t second);

// ---- hermes:cron ----------------------------------------------------------------------------------------

typedef struct {
  hermes_string when; // as in crontab(5), UTC
  hermes_string tag;
} hermes_cron_tagged;

// tuple<cron-tagged, bool>
typedef struct {
  hermes_cron_tagged entry;
  bool retrigger;
} hermes_cron_entry;

typedef struct {
  hermes_cron_entry *ptr;
  size_t len;
} hermes_cron_entries;

typedef enum { HERMES_CRON_ALL, HERMES_CRON_AT, HERMES_CRON_RANGE } hermes_cron_kind;

typedef struct {
  uint8_t tag; // a hermes_cron_kind
  uint8_t from; // also the value of HERMES_CRON_AT
  uint8_t to;
} hermes_cron_component;

// An empty list stands for every value of the field.
typedef struct {
  const hermes_cron_component *ptr;
  size_t len;
} hermes_cron_time;

bool hermes_cron_add(hermes_cron_tagged entry, bool retrigger);
bool hermes_cron_delay(uint64_t nanoseconds, hermes_string tag);
// All entries, or those of one tag.
hermes_cron_entries hermes_cron_ls(const hermes_string *tag);
bool hermes_cron_rm(hermes_cron_tagged entry);
hermes_string hermes_cron_mkcron(hermes_cron_time dow, hermes_cron_time month, hermes_cron_time day,
                                 hermes_cron_time hour, hermes_cron_time minute);

// HERMES_ON_CRON(event, last) { … return true; } is called at the times of the application's entries; event is a
// hermes_cron_tagged, last a bool. false removes the entry.
#define HERMES_ON_CRON(event, last)                                                                           \
  static bool hermes_on_cron(hermes_cron_tagged event, bool last);                                            \
  HERMES_EXPORT("hermes:cron/event#on-cron")                                                                  \
  int32_t hermes_export_on_cron(const char *when, size_t when_len, const char *tag, size_t tag_len,           \
                                int32_t last_) {                                                              \
    return hermes_on_cron((hermes_cron_tagged){{when, when_len}, {tag, tag_len}}, last_ != 0);                \
  }                                                                                                           \
  static bool hermes_on_cron(hermes_cron_tagged event, bool last)

// ---- hermes:init ----------------------------------------------------------------------------------------

// HERMES_ON_INIT() { … return true; } is called once when the application starts; false refuses it.
#define HERMES_ON_INIT()                                                                                      \
  static bool hermes_on_init(void);                                                                           \
  HERMES_EXPORT("hermes:init/event#init") int32_t hermes_export_init(void) { return hermes_on_init(); }       \
  static bool hermes_on_init(void)

// Says that the work of this application is done.
void hermes_done(uint8_t status);

// ---- hermes:http-gateway --------------------------------------------------------------------------------

// tuple<string, list<string>>
typedef struct {
  hermes_string name;
  hermes_strings values;
} hermes_header;

typedef struct {
  hermes_header *ptr;
  size_t len;
} hermes_headers;

typedef struct {
  hermes_string body;
  hermes_headers headers;
  hermes_string path; // with its query
  hermes_string method;
} hermes_request;

typedef struct {
  uint16_t code;
  hermes_headers headers;
  hermes_string body;
} hermes_http_response;

// option<http-gateway-response>
typedef struct {
  uint8_t some;
  struct {
    uint8_t tag; // 0: http, 1: internal-redirect
    union {
      hermes_http_response http;
      hermes_string redirect;
    } as;
  } value;
} hermes_answer;

_Static_assert(sizeof(hermes_log_line) == 76, "the layout of the canonical ABI");
_Static_assert(sizeof(hermes_answer) == 28, "the layout of the canonical ABI");
_Static_assert(sizeof(hermes_cron_entry) == 20 && sizeof(hermes_cron_component) == 3, "the layout of the canonical ABI");
_Static_assert(sizeof(hermes_kv) == 24 && sizeof(hermes_kv_values) == 16, "the layout of the canonical ABI");

// No answer from this module: the next one is asked.
#define HERMES_NO_ANSWER ((hermes_answer){0})
// An answer with one header, content-type.
hermes_answer hermes_respond(uint16_t code, hermes_string type, hermes_string body);
static inline hermes_answer hermes_json(uint16_t code, hermes_string body) {
  return hermes_respond(code, HERMES_S("application/json"), body);
}
static inline hermes_answer hermes_text(uint16_t code, hermes_string body) {
  return hermes_respond(code, HERMES_S("text/plain; charset=utf-8"), body);
}
// The first value of a header of the request, by its name in lower case; .len is 0 when there is none.
hermes_string hermes_header_value(const hermes_request *request, hermes_string name);

// HERMES_ON_REPLY(request) { … return hermes_text(200, HERMES_S("hello")); } answers requests;
// request is a const hermes_request *.
#define HERMES_ON_REPLY(request)                                                                              \
  static hermes_answer hermes_on_reply(const hermes_request *request);                                        \
  HERMES_EXPORT("hermes:http-gateway/event#reply")                                                            \
  hermes_answer *hermes_export_reply(const char *body, size_t body_len, hermes_header *headers,               \
                                     size_t headers_len, const char *path, size_t path_len,                   \
                                     const char *method, size_t method_len) {                                 \
    const hermes_request hermes_request_ = {                                                                  \
        {body, body_len}, {headers, headers_len}, {path, path_len}, {method, method_len}};                    \
    static hermes_answer answer;                                                                              \
    answer = hermes_on_reply(&hermes_request_);                                                               \
    return &answer;                                                                                           \
  }                                                                                                           \
  static hermes_answer hermes_on_reply(const hermes_request *request)

// ---- hermes:integration-test ----------------------------------------------------------------------------

typedef struct {
  hermes_string name;
  bool (*run)(void); // whether it passed
} hermes_test;

// option<test-result>
typedef struct {
  uint8_t some;
  struct {
    hermes_string name;
    bool status;
  } value;
} hermes_test_answer;

_Static_assert(sizeof(hermes_test_answer) == 16, "the layout of the canonical ABI");

hermes_test_answer hermes_answer_test(const hermes_test *tests, size_t length, uint32_t number, bool run);

#define HERMES_TEST_EXPORT_(name, function, ...)                                                              \
  HERMES_EXPORT(name) const hermes_test_answer *function(uint32_t number, int32_t run) {                      \
    static const hermes_test tests[] = {__VA_ARGS__};                                                         \
    static hermes_test_answer answer;                                                                         \
    answer = hermes_answer_test(tests, sizeof tests / sizeof *tests, number, run != 0);                       \
    return &answer;                                                                                           \
  }

// HERMES_TESTS({HERMES_S("adds"), adds}, {HERMES_S("waits"), waits}) are run by "hermes test"; adds is
// static bool adds(void) { HERMES_CHECK(1 + 1 == 2); return true; }
#define HERMES_TESTS(...)                                                                                     \
  HERMES_TEST_EXPORT_("hermes:integration-test/event#test", hermes_export_test, __VA_ARGS__)
// The same for "hermes test --bench"; each call is one round.
#define HERMES_BENCHES(...)                                                                                   \
  HERMES_TEST_EXPORT_("hermes:integration-test/event#bench", hermes_export_bench, __VA_ARGS__)

// Ends the test as failed unless the condition holds, and says where.
#define HERMES_CHECK(condition)                                                                               \
  do {                                                                                                        \
    if (!(condition)) {                                                                                       \
      hermes_log(HERMES_ERROR, HERMES_S("This does not hold: " #condition));                                  \
      return false;                                                                                           \
    }                                                                                                         \
  } while (0)
