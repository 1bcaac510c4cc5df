// Does with WASI what the request's path says, by libc alone: "/cat /www/index.html" answers the file. What fails
// answers "errno: " and its text.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "canon.h"

static opt_response_t ret;
static char *text;
static size_t length;

EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  (void)old_size;
  if (!size) return (void *)align;
  void *p = realloc(old, size);
  if (!p) abort();
  return p;
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
  char *part = NULL;
  va_list args;
  va_start(args, format);
  int n = vasprintf(&part, format, args);
  va_end(args);
  if (n < 0) abort();
  text = realloc(text, length + n + 1);
  memcpy(text + length, part, n + 1);
  length += n;
  free(part);
}

static void fault(void) { say("errno: %s", strerror(errno)); }

static void cat(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) { fault(); return; }
  char piece[100];
  for (size_t n; (n = fread(piece, 1, sizeof piece, file)) > 0;) say("%.*s", (int)n, piece);
  fclose(file);
}

// From an offset, by pread and by lseek and read.
static void part(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0) { fault(); return; }
  char a[4] = {}, b[4] = {};
  pread(fd, a, 3, 3);
  if (lseek(fd, -3, SEEK_END) < 0) fault();
  read(fd, b, 3);
  say("%s %s %d", a, b, (int)read(fd, a, 3));
  close(fd);
}

static void list(const char *path) {
  DIR *dir = opendir(path);
  if (!dir) { fault(); return; }
  for (struct dirent *entry; (entry = readdir(dir));)
    say("%s%s ", entry->d_name, entry->d_type == DT_DIR ? "/" : "");
  closedir(dir);
}

static void show(const char *path) {
  struct stat s;
  if (stat(path, &s)) { fault(); return; }
  say("%s size=%lld mtime=%lld links=%d ino=%s", S_ISDIR(s.st_mode) ? "directory" : "file",
      (long long)s.st_size, (long long)s.st_mtim.tv_sec, (int)s.st_nlink, s.st_ino ? "set" : "0");
}

// Everything that would change a file tree; each must fail.
static void change(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  say("create=%s ", fd < 0 ? strerror(errno) : "done");
  say("append=%s ", fopen(path, "a") ? "done" : strerror(errno));
  say("mkdir=%s ", mkdir(path, 0755) ? strerror(errno) : "done");
  say("unlink=%s ", unlink(path) ? strerror(errno) : "done");
  say("rmdir=%s ", rmdir(path) ? strerror(errno) : "done");
  say("rename=%s ", rename(path, "/www/other") ? strerror(errno) : "done");
  say("link=%s ", link(path, "/www/other") ? strerror(errno) : "done");
  say("symlink=%s ", symlink(path, "/www/other") ? strerror(errno) : "done");
  fd = open(path, O_RDONLY);
  if (fd < 0) return;
  say("write=%s ", write(fd, "x", 1) < 0 ? strerror(errno) : "done");
  say("truncate=%s", ftruncate(fd, 0) ? strerror(errno) : "done");
}

static void clocks(void) {
  struct timespec wall, steady;
  clock_gettime(CLOCK_REALTIME, &wall);
  clock_gettime(CLOCK_MONOTONIC, &steady);
  say("%lld.%09ld %lld.%09ld", (long long)wall.tv_sec, wall.tv_nsec, (long long)steady.tv_sec, steady.tv_nsec);
}

static void doze(const char *ms) {
  long wanted = atol(ms);
  struct timespec time = { wanted / 1000, wanted % 1000 * 1000000 };
  say("%d", nanosleep(&time, NULL));
}

static void chance(const char *count) {
  unsigned char bytes[256] = {};
  size_t n = (size_t)atol(count);
  if (getentropy(bytes, n)) { fault(); return; }
  for (size_t i = 0; i < n; i++) say("%02x", bytes[i]);
}

static void talk(const char *words) {
  printf("out: %s\nno end", words);
  fflush(stdout);
  fprintf(stderr, "err: %s\n", words);
  say("tty=%d%d%d stdin=%d", isatty(0), isatty(1), isatty(2), getchar());
}

static void many(const char *path) {
  int n = 0;
  while (open(path, O_RDONLY) >= 0) n++;
  say("%s after %d", strerror(errno), n);
}

static void environment(void) {
  extern char **environ;
  int n = 0;
  while (environ && environ[n]) n++;
  char *cwd = getcwd(NULL, 0);
  say("variables=%d cwd=%s", n, cwd);
  free(cwd);
}

static void run(const char *command, const char *argument) {
  if (!strcmp(command, "/cat")) cat(argument);
  else if (!strcmp(command, "/part")) part(argument);
  else if (!strcmp(command, "/list")) list(argument);
  else if (!strcmp(command, "/stat")) show(argument);
  else if (!strcmp(command, "/change")) change(argument);
  else if (!strcmp(command, "/clocks")) clocks();
  else if (!strcmp(command, "/sleep")) doze(argument);
  else if (!strcmp(command, "/random")) chance(argument);
  else if (!strcmp(command, "/talk")) talk(argument);
  else if (!strcmp(command, "/many")) many(argument);
  else if (!strcmp(command, "/environment")) environment();
  else if (!strcmp(command, "/exit")) exit(atoi(argument));
  else say("unknown command");
}

EXPORT("hermes:http-gateway/event#reply")
opt_response_t *reply(char *body, size_t body_len, header_t *headers, size_t headers_len,
                      char *path, size_t path_len, char *method, size_t method_len) {
  (void)body, (void)body_len, (void)headers, (void)headers_len, (void)method, (void)method_len;
  char *command = strndup(path, path_len);
  char *argument = strchr(command, ' ');
  if (argument) *argument++ = 0;
  text = NULL;
  length = 0;
  say("%s", "");
  run(command, argument ? argument : "");
  free(command);
  ret.some = 1;
  ret.val.tag = RESPONSE_HTTP;
  ret.val.u.http = (http_response_t){ 200, { NULL, 0 }, { text, length } };
  return &ret;
}

EXPORT("cabi_post_hermes:http-gateway/event#reply") void reply_post(opt_response_t *r) {
  free((void *)r->val.u.http.body.ptr);
}
