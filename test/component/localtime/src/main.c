// Times in zones, and back.
#include <hermes.h>

typedef struct {
  uint64_t seconds;
  uint32_t nanoseconds;
} datetime;

typedef struct {
  uint64_t year;
  uint8_t month, dow, day, hh, mm, ss;
  uint32_t ns;
  hermes_string tz;
} localtime;

typedef struct {
  uint8_t failed;
  union {
    localtime time;
    uint8_t error;
  } as;
} localtime_result;

typedef struct {
  uint8_t failed;
  union {
    datetime at;
    uint8_t error;
  } as;
} datetime_result;

_Static_assert(sizeof(localtime_result) == 40 && sizeof(datetime_result) == 24, "the layout of the canonical ABI");

enum { INVALID, UNKNOWN_ZONE, OUT_OF_RANGE };

#define FROM_LOCALTIME(name) HERMES_IMPORT("hermes:localtime/api", name) extern void
FROM_LOCALTIME("get-localtime")
raw_get(int32_t some, uint64_t seconds, uint32_t ns, int32_t some_zone, const char *, size_t, localtime_result *);
FROM_LOCALTIME("alt-localtime")
raw_alt(uint64_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, uint32_t, const char *, size_t, int32_t some,
        const char *, size_t, localtime_result *);
FROM_LOCALTIME("get-datetime")
raw_datetime(uint64_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, uint32_t, const char *, size_t,
             datetime_result *);

static localtime_result alt(localtime t, hermes_string zone) {
  localtime_result found;
  raw_alt(t.year, t.month, t.dow, t.day, t.hh, t.mm, t.ss, t.ns, t.tz.ptr, t.tz.len, 1, zone.ptr, zone.len, &found);
  return found;
}

static datetime_result moment(localtime t) {
  datetime_result found;
  raw_datetime(t.year, t.month, t.dow, t.day, t.hh, t.mm, t.ss, t.ns, t.tz.ptr, t.tz.len, &found);
  return found;
}

// Noon in London in July, an hour before noon in Greenwich.
static const localtime noon = {2024, 6, 1, 1, 12, 0, 0, 5, HERMES_S("Europe/London")};
static const uint64_t noon_seconds = 1719831600;

static bool now(void) {
  localtime_result found;
  raw_get(0, 0, 0, 1, "Europe/London", 13, &found);
  HERMES_CHECK(!found.failed);
  HERMES_CHECK(found.as.time.year >= 2024);
  return true;
}

static bool get_localtime(void) {
  localtime_result found;
  raw_get(1, noon_seconds, 5, 1, noon.tz.ptr, noon.tz.len, &found);
  HERMES_CHECK(!found.failed);
  HERMES_CHECK(found.as.time.year == 2024 && found.as.time.month == 6 && found.as.time.day == 1);
  HERMES_CHECK(found.as.time.hh == 12 && found.as.time.mm == 0 && found.as.time.ss == 0);
  HERMES_CHECK(found.as.time.dow == 1 && found.as.time.ns == 5);
  HERMES_CHECK(hermes_equal(found.as.time.tz, noon.tz));
  raw_get(0, 0, 0, 0, NULL, 0, &found);
  HERMES_CHECK(!found.failed && found.as.time.tz.len > 0);
  raw_get(0, 0, 0, 1, "europe/london", 13, &found);
  HERMES_CHECK(found.failed && found.as.error == UNKNOWN_ZONE);
  raw_get(1, 0, 1000000000, 1, "UTC", 3, &found);
  HERMES_CHECK(found.failed && found.as.error == INVALID);
  return true;
}

static bool alt_localtime(void) {
  localtime_result found = alt(noon, HERMES_S("Asia/Tokyo"));
  HERMES_CHECK(!found.failed);
  HERMES_CHECK(found.as.time.hh == 20 && found.as.time.day == 1 && found.as.time.dow == 1);
  HERMES_CHECK(hermes_equal(found.as.time.tz, HERMES_S("Asia/Tokyo")));
  localtime skipped = noon;
  skipped.month = 2, skipped.day = 31, skipped.hh = 1;
  found = alt(skipped, HERMES_S("UTC"));
  HERMES_CHECK(found.failed && found.as.error == INVALID);
  return true;
}

static bool get_datetime(void) {
  datetime_result found = moment(noon);
  HERMES_CHECK(!found.failed);
  HERMES_CHECK(found.as.at.seconds == noon_seconds && found.as.at.nanoseconds == 5);
  localtime twice = noon;
  twice.month = 9, twice.day = 27, twice.hh = 1;
  found = moment(twice);
  HERMES_CHECK(!found.failed && found.as.at.seconds == 1729987200);
  localtime old = noon;
  old.year = 1969;
  found = moment(old);
  HERMES_CHECK(found.failed && found.as.error == OUT_OF_RANGE);
  return true;
}

HERMES_TESTS({HERMES_S("get_localtime"), now}, {HERMES_S("hermes:localtime/api#get-localtime"), get_localtime},
             {HERMES_S("hermes:localtime/api#alt-localtime"), alt_localtime},
             {HERMES_S("hermes:localtime/api#get-datetime"), get_datetime})
