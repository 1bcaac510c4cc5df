// Tests of files as a libc sees them: stdio and POSIX, in the writable folders of the application.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "canon.h"

// What fails is written to stderr, with what errno says.
#define CHECK(condition)                                                                            \
  do {                                                                                              \
    if (!(condition)) {                                                                             \
      fprintf(stderr, "This does not hold in line %d: %s (%s)\n", __LINE__, #condition, strerror(errno)); \
      return false;                                                                                 \
    }                                                                                               \
  } while (0)

static bool write_file(const char *path, const char *mode, const char *text) {
  FILE *file = fopen(path, mode);
  CHECK(file);
  CHECK(fputs(text, file) >= 0);
  CHECK(fclose(file) == 0);
  return true;
}

static bool holds(const char *path, const char *text) {
  char found[256] = { 0 };
  FILE *file = fopen(path, "r");
  CHECK(file);
  size_t length = fread(found, 1, sizeof found - 1, file);
  CHECK(!ferror(file));
  CHECK(fclose(file) == 0);
  CHECK(length == strlen(text) && strcmp(found, text) == 0);
  return true;
}

static bool write_seek_read(void) {
  const char *text = "test one, two three";
  char found[64] = { 0 };
  FILE *file = fopen("/tmp/test1.txt", "w+");
  CHECK(file);
  CHECK(fputs(text, file) >= 0);
  CHECK(fseek(file, 0, SEEK_SET) == 0);
  CHECK(fread(found, 1, sizeof found, file) == strlen(text));
  CHECK(strcmp(found, text) == 0);
  return fclose(file) == 0;
}

static bool append(void) {
  return write_file("/tmp/test6.txt", "w", "test") && write_file("/tmp/test6.txt", "a", "case") &&
         holds("/tmp/test6.txt", "testcase");
}

static bool create_delete(void) {
  struct stat found;
  int file = open("/tmp/test2.txt", O_CREAT | O_EXCL | O_RDWR, 0600);
  CHECK(file >= 0);
  CHECK(close(file) == 0);
  CHECK(unlink("/tmp/test2.txt") == 0);
  CHECK(stat("/tmp/test2.txt", &found) == -1 && errno == ENOENT);
  return true;
}

static bool seek(void) {
  char found;
  int file = open("/tmp/test3.txt", O_CREAT | O_EXCL | O_RDWR, 0600);
  CHECK(file >= 0);
  CHECK(write(file, "01234567", 8) == 8);
  CHECK(lseek(file, 3, SEEK_SET) == 3);
  CHECK(read(file, &found, 1) == 1 && found == '3');
  CHECK(lseek(file, -1, SEEK_END) == 7);
  CHECK(read(file, &found, 1) == 1 && found == '7');
  CHECK(read(file, &found, 1) == 0);
  return close(file) == 0;
}

static bool exclusive(void) {
  int file = open("/tmp/test4.txt", O_CREAT | O_EXCL | O_RDWR, 0600);
  CHECK(file >= 0);
  CHECK(open("/tmp/test4.txt", O_CREAT | O_EXCL | O_RDWR, 0600) == -1 && errno == EEXIST);
  return close(file) == 0;
}

static bool truncate_flag(void) {
  CHECK(write_file("/tmp/test5.txt", "w", "test") && holds("/tmp/test5.txt", "test"));
  int file = open("/tmp/test5.txt", O_WRONLY | O_TRUNC);
  CHECK(file >= 0 && close(file) == 0);
  return holds("/tmp/test5.txt", "");
}

static bool folders(void) {
  CHECK(mkdir("/var/notes", 0700) == 0);
  CHECK(write_file("/var/notes/b", "w", "2") && write_file("/var/notes/a", "w", "1"));
  CHECK(rename("/var/notes/b", "/var/notes/c") == 0);
  DIR *folder = opendir("/var/notes");
  CHECK(folder);
  int seen = 0;
  for (struct dirent *entry; (entry = readdir(folder));) {
    if (!strcmp(entry->d_name, "a")) seen |= 1;
    else if (!strcmp(entry->d_name, "c")) seen |= 2;
    else if (entry->d_name[0] != '.') seen |= 4;
  }
  CHECK(closedir(folder) == 0 && seen == 3);
  CHECK(rmdir("/var/notes") == -1 && errno == ENOTEMPTY);
  return true;
}

// What another test wrote is not there: each has an application of its own.
static bool alone(void) {
  CHECK(access("/tmp/test1.txt", F_OK) == -1 && errno == ENOENT);
  CHECK(access("/var/notes", F_OK) == -1 && errno == ENOENT);
  return true;
}

static bool read_only(void) {
  CHECK(fopen("/www/index.html", "w") == NULL);
  CHECK(mkdir("/elsewhere", 0700) == -1);
  CHECK(open("/tmp/../../etc/passwd", O_RDONLY) == -1);
  return true;
}

// As a panic of Rust: a last word on stderr, then a trap.
static bool panics(void) {
  fputs("panicked: nothing is left\n", stderr);
  abort();
}

static const struct {
  const char *name;
  bool (*run)(void);
} tests[] = {
  { "Write, seek then read", write_seek_read },
  { "Append", append },
  { "Create then delete", create_delete },
  { "Seek", seek },
  { "Create exclusive flags", exclusive },
  { "Truncate flag", truncate_flag },
  { "Folders", folders },
  { "Nothing of another test", alone },
  { "Nothing outside of the writable folders", read_only },
  { "traps: a last word", panics },
};

typedef struct {
  uint8_t some;
  struct {
    str_t name;
    uint8_t status;
  } val;
} opt_result_t;  // option<test-result>

EXPORT("hermes:integration-test/event#test")
opt_result_t *test(uint32_t number, int32_t run) {
  static opt_result_t result;
  result = (opt_result_t){ 0 };
  if (number < sizeof tests / sizeof *tests) {
    const char *name = tests[number].name;
    result = (opt_result_t){ 1, { { name, strlen(name) }, !run || tests[number].run() } };
  }
  return &result;
}

EXPORT("hermes:integration-test/event#bench")
opt_result_t *bench(uint32_t number, int32_t run) {
  static opt_result_t none;
  (void)number, (void)run;
  return &none;
}
