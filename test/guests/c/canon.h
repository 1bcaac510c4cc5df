// The canonical ABI of the hermes worlds on wasm32, by hand: a C struct's natural layout is the layout that the
// specification gives to records, options and variants, so all of them are handed over by pointer.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define _Static_assert static_assert
extern "C" {
#endif

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

typedef struct { const char *ptr; size_t len; } str_t;  // string and list<u8>
typedef struct { uint8_t some; str_t val; } opt_str_t;
typedef struct { uint8_t some; uint32_t val; } opt_u32_t;
typedef struct { str_t *ptr; size_t len; } strs_t;
typedef struct { str_t name; strs_t values; } header_t;  // tuple<string, list<string>>
typedef struct { header_t *ptr; size_t len; } headers_t;

typedef struct { uint16_t code; headers_t headers; str_t body; } http_response_t;
enum { RESPONSE_HTTP, RESPONSE_REDIRECT };
typedef struct {
  uint8_t some;
  struct {
    uint8_t tag;
    union { http_response_t http; str_t redirect; } u;
  } val;
} opt_response_t;

enum { LOG_DEBUG, LOG_TRACE, LOG_INFO, LOG_WARN, LOG_ERROR };
typedef struct {
  uint8_t level;
  opt_str_t file, function;
  opt_u32_t line, col;
  opt_str_t ctx;
  str_t msg;
  opt_str_t data;
} log_args_t;

enum { KV_STRING, KV_S64, KV_U64, KV_F64, KV_BSTR, KV_CBOR, KV_JSON };
typedef struct {
  uint8_t some;
  struct {
    uint8_t tag;
    union { str_t str; int64_t s64; uint64_t u64; double f64; } u;
  } val;
} opt_kv_t;

_Static_assert(sizeof(opt_response_t) == 28, "layout of option<http-gateway-response>");
_Static_assert(sizeof(log_args_t) == 76, "layout of the parameters of log");
_Static_assert(sizeof(opt_kv_t) == 24, "layout of option<kv-values>");

#define S(literal) ((str_t){ (literal), sizeof(literal) - 1 })

// More than 16 flat parameters travel as one pointer; more than one flat result through a pointer at the end.
IMPORT("hermes:logging/api", "log") void hermes_log_raw(const log_args_t *args);
IMPORT("hermes:kv-store/api", "kv-get") void hermes_kv_get(const char *key, size_t key_len, opt_kv_t *ret);
// option<kv-values> is flat here: its own discriminant, the variant's, and the payload joined to i64 and i32.
IMPORT("hermes:kv-store/api", "kv-set")
void hermes_kv_set(const char *key, size_t key_len, int32_t some, int32_t tag, int64_t a, int32_t b);

static inline void hermes_log(int level, str_t msg) {
  log_args_t args = {};
  args.level = (uint8_t)level;
  args.file.some = 1;
  args.file.val = S("guest.c");
  args.msg = msg;
  hermes_log_raw(&args);
}

#ifdef __cplusplus
}
#endif
