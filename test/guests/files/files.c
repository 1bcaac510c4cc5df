// What a program does with its files, by stdio; the answer says how each step went. See README.md.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "reply.h"

static char out[8192];
static size_t length;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
  va_list args;
  va_start(args, format);
  length += vsnprintf(out + length, sizeof out - length, format, args);
  va_end(args);
}

static void said(const char *step, int failed) {
  if (failed) say("%s errno %d\n", step, errno);
  else say("%s ok\n", step);
}

static int put(const char *path, const char *mode, const char *text) {
  FILE *file = fopen(path, mode);
  if (!file) return -1;
  int failed = fputs(text, file) < 0;
  return fclose(file) || failed;
}

static void get(const char *step, const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) { said(step, 1); return; }
  say("%s ", step);
  for (int c; (c = getc(file)) != EOF;) say("%c", c == '\n' ? '|' : c);
  say("\n");
  fclose(file);
}

static void part(const char *path) {
  char a[4] = {}, b[3] = {};
  FILE *file = fopen(path, "r");
  if (!file || fseek(file, 6, SEEK_SET) || fread(a, 1, 3, file) != 3) { said("seek", 1); return; }
  fseek(file, -2, SEEK_END);
  size_t n = fread(b, 1, 2, file);
  fclose(file);
  say("seek %s%.*s\n", a, (int)(n - 1), b);
}

static int change(const char *path) {
  FILE *file = fopen(path, "r+");
  if (!file) return -1;
  fputc('J', file);
  fseek(file, 3, SEEK_CUR);
  fputc('y', file);
  fflush(file);
  int failed = fsync(fileno(file));
  return fclose(file) || failed;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static void list(const char *path) {
  struct dirent **names;
  int n = scandir(path, &names, NULL, by_name);
  if (n < 0) { said("list", 1); return; }
  say("list");
  int shown = 0;
  for (int i = 0; i < n; i++) {
    const char *name = names[i]->d_name;
    if (strcmp(name, ".") && strcmp(name, "..")) say(" %s%s", name, names[i]->d_type == DT_DIR ? "/" : ""), shown++;
    free(names[i]);
  }
  free(names);
  say(shown ? "\n" : " \n");
}

static void about(const char *path) {
  struct stat s;
  if (stat(path, &s)) { said("stat", 1); return; }
  say("stat %s %d %s\n", S_ISDIR(s.st_mode) ? "directory" : "file", S_ISDIR(s.st_mode) ? 0 : (int)s.st_size,
      s.st_mtim.tv_sec > 0 ? "true" : "false");
}

// Pieces of 1 KiB until there is no room.
static void fill(const char *path) {
  static char piece[1024];
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), pieces = 0;
  while (write(fd, piece, sizeof piece) == sizeof piece) pieces++;
  say("fill %d then errno %d\n", pieces, errno);
  close(fd);
}

static void files(void) {
  said("mkdir", mkdir("/var/notes", 0700));
  said("mkdir again", mkdir("/var/notes", 0700));
  said("write", put("/var/notes/a", "w", "hello\n"));
  said("append", put("/var/notes/a", "a", "world\n"));
  said("exclusive", put("/var/notes/a", "wx", ""));
  get("read", "/var/notes/a");
  part("/var/notes/a");
  said("change", change("/var/notes/a"));
  get("read", "/var/notes/a");
  said("write", put("/var/notes/b", "w", "other"));
  said("mkdir", mkdir("/var/notes/sub", 0700));
  list("/var/notes");
  said("rename", rename("/var/notes/a", "/var/notes/b"));
  list("/var/notes");
  said("truncate", truncate("/var/notes/b", 4));
  get("read", "/var/notes/b");
  about("/var/notes/b");
  about("/var/notes");
  said("rmdir", rmdir("/var/notes"));
  said("read-only", put("/www/new", "w", "x"));
  said("read-only", unlink("/www/page"));
  get("outside", "/../secret");
  get("outside", "/var/../../other/var/secret");
  fill("/tmp/full");
  said("unlink", unlink("/tmp/full"));
  said("unlink", unlink("/var/notes/b"));
  said("unlink again", unlink("/var/notes/b"));
  said("rmdir", rmdir("/var/notes/sub"));
  said("rmdir", rmdir("/var/notes"));
  list("/var");
}

EXPORT("hermes:http-gateway/event#reply")
opt_response_t *reply(char *body, size_t body_len, header_t *headers, size_t headers_len,
                      char *path, size_t path_len, char *method, size_t method_len) {
  (void)body, (void)body_len, (void)headers, (void)headers_len, (void)path, (void)path_len, (void)method, (void)method_len;
  length = 0;
  files();
  return answer(out, length - 1);
}
