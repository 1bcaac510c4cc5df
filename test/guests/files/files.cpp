// What a program does with its files, by iostream; the answer says how each step went. See README.md.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <dirent.h>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>
#include "reply.h"

static std::string text;
static std::ostringstream out;

static void said(const char *step, bool done) {
  if (done) out << step << " ok\n";
  else out << step << " errno " << errno << "\n";
}

static bool put(const char *path, std::ios::openmode mode, const char *what) {
  std::ofstream file(path, mode);
  if (!file) return false;
  file << what;
  file.close();
  return file.good();
}

static void get(const char *step, const char *path) {
  std::ifstream file(path);
  if (!file) { said(step, false); return; }
  std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::replace(content.begin(), content.end(), '\n', '|');
  out << step << ' ' << content << "\n";
}

static void part(const char *path) {
  std::ifstream file(path);
  char a[4] = {};
  std::string b;
  file.seekg(6);
  file.read(a, 3);
  file.seekg(-2, std::ios::end);
  std::getline(file, b);
  out << "seek " << a << b << "\n";
}

static bool change(const char *path) {
  std::fstream file(path, std::ios::in | std::ios::out);
  if (!file) return false;
  file << 'J';
  file.seekp(3, std::ios::cur);
  file << 'y' << std::flush;
  return file.good();
}

static void list(const char *path) {
  DIR *dir = opendir(path);
  if (!dir) { said("list", false); return; }
  std::vector<std::string> names;
  while (dirent *entry = readdir(dir)) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name + (entry->d_type == DT_DIR ? "/" : ""));
  }
  closedir(dir);
  std::sort(names.begin(), names.end());
  out << "list";
  for (const auto &name : names) out << ' ' << name;
  out << (names.empty() ? " \n" : "\n");
}

static void about(const char *path) {
  struct stat s;
  if (stat(path, &s)) { said("stat", false); return; }
  bool directory = S_ISDIR(s.st_mode);
  out << "stat " << (directory ? "directory" : "file") << ' ' << (directory ? 0 : s.st_size) << ' '
      << (s.st_mtim.tv_sec > 0 ? "true" : "false") << "\n";
}

// Pieces of 1 KiB until there is no room.
static void fill(const char *path) {
  std::ofstream file(path, std::ios::binary);
  file.rdbuf()->pubsetbuf(nullptr, 0);
  std::string piece(1024, 'x');
  int pieces = 0;
  while (file.write(piece.data(), 1024).flush()) pieces++;
  out << "fill " << pieces << " then errno " << errno << "\n";
}

static void files() {
  using std::ios;
  said("mkdir", !mkdir("/var/notes", 0700));
  said("mkdir again", !mkdir("/var/notes", 0700));
  said("write", put("/var/notes/a", ios::out, "hello\n"));
  said("append", put("/var/notes/a", ios::app, "world\n"));
  said("exclusive", put("/var/notes/a", ios::out | ios::noreplace, ""));
  get("read", "/var/notes/a");
  part("/var/notes/a");
  said("change", change("/var/notes/a"));
  get("read", "/var/notes/a");
  said("write", put("/var/notes/b", ios::out, "other"));
  said("mkdir", !mkdir("/var/notes/sub", 0700));
  list("/var/notes");
  said("rename", !std::rename("/var/notes/a", "/var/notes/b"));
  list("/var/notes");
  said("truncate", !truncate("/var/notes/b", 4));
  get("read", "/var/notes/b");
  about("/var/notes/b");
  about("/var/notes");
  said("rmdir", !rmdir("/var/notes"));
  said("read-only", put("/www/new", ios::out, "x"));
  said("read-only", !std::remove("/www/page"));
  get("outside", "/../secret");
  get("outside", "/var/../../other/var/secret");
  fill("/tmp/full");
  said("unlink", !std::remove("/tmp/full"));
  said("unlink", !std::remove("/var/notes/b"));
  said("unlink again", !unlink("/var/notes/b"));
  said("rmdir", !rmdir("/var/notes/sub"));
  said("rmdir", !rmdir("/var/notes"));
  list("/var");
}

extern "C" EXPORT("hermes:http-gateway/event#reply")
opt_response_t *reply(char *, size_t, header_t *, size_t, char *, size_t, char *, size_t) {
  out.str("");
  files();
  text = out.str();
  return answer(text.data(), text.size() - 1);
}
