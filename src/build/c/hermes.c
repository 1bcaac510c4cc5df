// The part of hermes.h that is compiled into every C module.
#include "hermes.h"

extern unsigned char __heap_base;

static size_t top;

// Memory is handed out upwards and never taken back: the instance ends with its event.
static void *grab(size_t size, size_t align) {
  if (!top) top = (size_t)&__heap_base;
  size_t start = (top + align - 1) & ~(align - 1);
  size_t end = start + size;
  if (end < start) __builtin_trap();
  size_t have = __builtin_wasm_memory_size(0) << 16;
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + 65535) >> 16) == (size_t)-1) __builtin_trap();
  top = end;
  return (void *)start;
}

void *hermes_alloc(size_t size) { return grab(size, 8); }

// The host allocates through this what it hands to the module.
HERMES_EXPORT("cabi_realloc") void *hermes_realloc(void *old, size_t old_size, size_t align, size_t size) {
  if (!size) return (void *)align;
  void *fresh = grab(size, align);
  if (old_size) __builtin_memcpy(fresh, old, old_size < size ? old_size : size);
  return fresh;
}

bool hermes_equal(hermes_string a, hermes_string b) { return a.len == b.len && hermes_starts_with(a, b); }

bool hermes_starts_with(hermes_string text, hermes_string start) {
  if (start.len > text.len) return false;
  for (size_t i = 0; i < start.len; i++)
    if (text.ptr[i] != start.ptr[i]) return false;
  return true;
}

void hermes_print(hermes_buffer *out, hermes_string text) {
  if (!text.len) return;
  size_t length = out->text.len + text.len;
  if (length > out->capacity) {
    char *bigger = hermes_alloc(length * 2);
    if (out->text.len) __builtin_memcpy(bigger, out->text.ptr, out->text.len);
    out->text.ptr = bigger;
    out->capacity = length * 2;
  }
  __builtin_memcpy((char *)out->text.ptr + out->text.len, text.ptr, text.len);
  out->text.len = length;
}

void hermes_print_u64(hermes_buffer *out, uint64_t value) {
  char digits[20];
  size_t at = sizeof digits;
  do digits[--at] = (char)('0' + value % 10);
  while (value /= 10);
  hermes_print(out, (hermes_string){digits + at, sizeof digits - at});
}

void hermes_print_s64(hermes_buffer *out, int64_t value) {
  if (value < 0) hermes_print(out, HERMES_S("-"));
  hermes_print_u64(out, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void hermes_print_json(hermes_buffer *out, hermes_string text) {
  static const char hex[] = "0123456789abcdef";
  hermes_print(out, HERMES_S("\""));
  size_t from = 0;
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    hermes_print(out, (hermes_string){text.ptr + from, i - from});
    from = i + 1;
    const char escape[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    hermes_print(out, (hermes_string){escape, sizeof escape});
  }
  hermes_print(out, (hermes_string){text.ptr + from, text.len - from});
  hermes_print(out, HERMES_S("\""));
}

// ---- hermes:logging/api ---------------------------------------------------------------------------------

// More than sixteen flat parameters travel as one structure.
HERMES_IMPORT("hermes:logging/api", "log") void import_log(const hermes_log_line *line);

void hermes_log_write(const hermes_log_line *line) { import_log(line); }

void hermes_log_at(hermes_level level, hermes_string file, uint32_t line, hermes_string message) {
  const hermes_log_line all = {.level = (uint8_t)level, .file = {1, file}, .line = {1, line}, .message = message};
  import_log(&all);
}

// ---- hermes:kv-store/api --------------------------------------------------------------------------------

// option<kv-values> travels flat: whether there is one, its case, and the case's content in an i64 and an i32.
typedef struct {
  int64_t first;
  int32_t second;
} flat;

static flat pack(hermes_kv_values value) {
  switch (value.tag) {
    case HERMES_KV_S64:
    case HERMES_KV_U64:
    case HERMES_KV_F64:
      return (flat){value.as.s64, 0};
    default:
      return (flat){(int64_t)(uint32_t)value.as.string.ptr, (int32_t)value.as.string.len};
  }
}

hermes_kv_values hermes_kv_unpack(int32_t tag, int64_t first, int32_t second) {
  hermes_kv_values value = {.tag = (uint8_t)tag};
  if (tag == HERMES_KV_S64 || tag == HERMES_KV_U64 || tag == HERMES_KV_F64) value.as.s64 = first;
  else value.as.string = (hermes_string){(const char *)(uint32_t)first, (size_t)second};
  return value;
}

#define KV(name) HERMES_IMPORT("hermes:kv-store/api", name)
#define KEY const char *key, size_t key_len
#define VALUE(x) int32_t x##_some, int32_t x##_tag, int64_t x##_first, int32_t x##_second
#define FLAT(x) (x).some, (x).value.tag, pack((x).value).first, pack((x).value).second

KV("kv-set") void import_kv_set(KEY, VALUE(value));
KV("kv-get") void import_kv_get(KEY, hermes_kv *result);
KV("kv-get-default") void import_kv_get_default(KEY, VALUE(otherwise), hermes_kv *result);
KV("kv-get-set") void import_kv_get_set(KEY, VALUE(value), hermes_kv *result);
KV("kv-add") void import_kv_add(KEY, VALUE(value), hermes_kv *result);
KV("kv-cas") void import_kv_cas(KEY, VALUE(test), VALUE(value), hermes_kv *result);
KV("kv-subscribe") void import_kv_subscribe(KEY, hermes_kv *result);
KV("kv-unsubscribe") void import_kv_unsubscribe(KEY, hermes_kv *result);

void hermes_kv_set(hermes_string key, hermes_kv value) { import_kv_set(key.ptr, key.len, FLAT(value)); }

hermes_kv hermes_kv_get(hermes_string key) {
  hermes_kv result;
  import_kv_get(key.ptr, key.len, &result);
  return result;
}

hermes_kv hermes_kv_get_default(hermes_string key, hermes_kv otherwise) {
  hermes_kv result;
  import_kv_get_default(key.ptr, key.len, FLAT(otherwise), &result);
  return result;
}

hermes_kv hermes_kv_get_set(hermes_string key, hermes_kv value) {
  hermes_kv result;
  import_kv_get_set(key.ptr, key.len, FLAT(value), &result);
  return result;
}

hermes_kv hermes_kv_add(hermes_string key, hermes_kv value) {
  hermes_kv result;
  import_kv_add(key.ptr, key.len, FLAT(value), &result);
  return result;
}

hermes_kv hermes_kv_cas(hermes_string key, hermes_kv test, hermes_kv value) {
  hermes_kv result;
  import_kv_cas(key.ptr, key.len, FLAT(test), FLAT(value), &result);
  return result;
}

hermes_kv hermes_kv_subscribe(hermes_string key) {
  hermes_kv result;
  import_kv_subscribe(key.ptr, key.len, &result);
  return result;
}

hermes_kv hermes_kv_unsubscribe(hermes_string key) {
  hermes_kv result;
  import_kv_unsubscribe(key.ptr, key.len, &result);
  return result;
}

// ---- hermes:cron ----------------------------------------------------------------------------------------

#define CRON(name) HERMES_IMPORT("hermes:cron/api", name)
#define TAGGED const char *when, size_t when_len, const char *tag, size_t tag_len
#define TIME(x) const hermes_cron_component *x, size_t x##_len
#define STRING(x) (x).ptr, (x).len

CRON("add") int32_t import_cron_add(TAGGED, int32_t retrigger);
CRON("delay") int32_t import_cron_delay(int64_t duration, const char *tag, size_t tag_len);
CRON("ls") void import_cron_ls(int32_t some, const char *tag, size_t tag_len, hermes_cron_entries *result);
CRON("rm") int32_t import_cron_rm(TAGGED);
CRON("mkcron") void import_cron_mkcron(TIME(dow), TIME(month), TIME(day), TIME(hour), TIME(minute),
                                       hermes_string *result);

bool hermes_cron_add(hermes_cron_tagged entry, bool retrigger) {
  return import_cron_add(STRING(entry.when), STRING(entry.tag), retrigger);
}

bool hermes_cron_delay(uint64_t nanoseconds, hermes_string tag) {
  return import_cron_delay((int64_t)nanoseconds, STRING(tag));
}

hermes_cron_entries hermes_cron_ls(const hermes_string *tag) {
  hermes_cron_entries result;
  import_cron_ls(tag != NULL, tag ? tag->ptr : NULL, tag ? tag->len : 0, &result);
  return result;
}

bool hermes_cron_rm(hermes_cron_tagged entry) { return import_cron_rm(STRING(entry.when), STRING(entry.tag)); }

hermes_string hermes_cron_mkcron(hermes_cron_time dow, hermes_cron_time month, hermes_cron_time day,
                                 hermes_cron_time hour, hermes_cron_time minute) {
  hermes_string result;
  import_cron_mkcron(STRING(dow), STRING(month), STRING(day), STRING(hour), STRING(minute), &result);
  return result;
}

// ---- hermes:init, hermes:http-gateway -------------------------------------------------------------------

HERMES_IMPORT("hermes:init/api", "done") void import_done(int32_t status);

void hermes_done(uint8_t status) { import_done(status); }

hermes_answer hermes_respond(uint16_t code, hermes_string type, hermes_string body) {
  hermes_header *header = hermes_alloc(sizeof *header);
  hermes_string *value = hermes_alloc(sizeof *value);
  *value = type;
  *header = (hermes_header){HERMES_S("content-type"), {value, 1}};
  hermes_answer answer = {.some = 1};
  answer.value.as.http = (hermes_http_response){code, {header, 1}, body};
  return answer;
}

hermes_string hermes_header_value(const hermes_request *request, hermes_string name) {
  for (size_t i = 0; i < request->headers.len; i++) {
    const hermes_header *header = &request->headers.ptr[i];
    if (header->values.len && hermes_equal(header->name, name)) return header->values.ptr[0];
  }
  return (hermes_string){0};
}

hermes_test_answer hermes_answer_test(const hermes_test *tests, size_t length, uint32_t number, bool run) {
  if (number >= length) return (hermes_test_answer){0};
  const hermes_test *test = &tests[number];
  return (hermes_test_answer){1, {test->name, !run || test->run()}};
}
