// The echo in C++: std::string, std::map and streams of libc++.
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include "canon.h"

static str_t value[1];
static header_t header[1];
static opt_response_t ret;
static std::string body_out;
static std::map<std::string, int> hits;

extern "C" EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t, size_t align, size_t size) {
  return size ? std::realloc(old, size) : reinterpret_cast<void *>(align);
}

// An empty list or string comes with a pointer that cabi_realloc made up.
static void release(const void *p, size_t n) {
  if (n) std::free(const_cast<void *>(p));
}

static void release(header_t &h) {
  for (size_t j = 0; j < h.values.len; j++) release(h.values.ptr[j].ptr, h.values.ptr[j].len);
  release(h.values.ptr, h.values.len);
  release(h.name.ptr, h.name.len);
}

extern "C" EXPORT("hermes:http-gateway/event#reply")
opt_response_t *reply(char *body, size_t body_len, header_t *headers, size_t headers_len,
                      char *path_ptr, size_t path_len, char *method_ptr, size_t method_len) {
  std::string path(path_ptr, path_len), method(method_ptr, method_len);
  hits[path]++;
  std::ostringstream out;
  out << "{\"method\":\"" << method << "\",\"path\":\"" << path << "\",\"bodyLength\":" << body_len
      << ",\"hits\":" << hits[path] << ",\"headers\":[";
  for (size_t i = 0; i < headers_len; i++) {
    out << (i ? "," : "") << '"' << std::string(headers[i].name.ptr, headers[i].name.len) << '"';
    release(headers[i]);
  }
  out << "]}";
  release(body, body_len);
  release(headers, headers_len);
  release(path_ptr, path_len);
  release(method_ptr, method_len);
  hermes_log(LOG_INFO, {path.data(), path.size()});

  body_out = out.str();
  value[0] = S("application/json");
  header[0].name = S("content-type");
  header[0].values = {value, 1};
  ret.some = 1;
  ret.val.tag = RESPONSE_HTTP;
  ret.val.u.http = {200, {header, 1}, {body_out.data(), body_out.size()}};
  return &ret;
}
