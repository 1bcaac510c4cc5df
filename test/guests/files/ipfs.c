// Says of a path, by stdio, whether it is a file or a folder, what is in it, and with which errno it cannot be read.
// It imports an interface of IPFS, so /ipfs is there.
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include "reply.h"
__attribute__((import_module("hermes:ipfs/api"), import_name("get-peer-id"))) extern void peer_id(void *ret);
static char out[8192];
EXPORT("hermes:http-gateway/event#reply")
opt_response_t *reply(char *body, size_t body_len, header_t *headers, size_t headers_len,
                      char *path, size_t path_len, char *method, size_t method_len) {
  (void)headers, (void)headers_len, (void)path, (void)path_len, (void)method, (void)method_len;
  char name[256] = {};
  memcpy(name, body, body_len < 255 ? body_len : 255);
  uint32_t peer[3];
  peer_id(peer);
  int n = 0;
  struct stat s;
  if (stat(name, &s)) n += sprintf(out + n, "stat errno %d|", errno);
  else n += sprintf(out + n, "%s %d|", S_ISDIR(s.st_mode) ? "dir" : "file", (int)s.st_size);
  FILE *f = fopen(name, "r");
  if (!f) n += sprintf(out + n, "open errno %d|", errno);
  else { n += fread(out + n, 1, 4000, f); fclose(f); n += sprintf(out + n, "|"); }
  DIR *d = opendir(name);
  if (d) { for (struct dirent *e; (e = readdir(d));) n += sprintf(out + n, "%s ", e->d_name); closedir(d); }
  else n += sprintf(out + n, "opendir errno %d", errno);
  return answer(out, n);
}
