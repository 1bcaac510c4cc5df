// Entries of a schedule. Each test has an application of its own, so none sees what another one added.
#include <hermes.h>

#define WHEN HERMES_S("* * * * *")
#define TAG HERMES_S("Example Tag")
#define ENTRY ((hermes_cron_tagged){WHEN, TAG})

static bool add_crontab(void) { return hermes_cron_add(ENTRY, true); }

static bool delay_crontab(void) { return hermes_cron_delay(2000000000, TAG); }

// An empty list has an address all the same: the host asks the guest for memory of no bytes.
static bool list_crontabs(void) {
  const hermes_string nothing = HERMES_S("");
  hermes_cron_entries found = hermes_cron_ls(&nothing);
  HERMES_CHECK(found.ptr != NULL);
  HERMES_CHECK(found.len == 0);
  return true;
}

static bool remove_crontab(void) { return !hermes_cron_rm(ENTRY); }

static bool make_cron(void) {
  const hermes_cron_component all = {HERMES_CRON_ALL, 0, 0};
  const hermes_cron_time every = {&all, 1};
  return hermes_equal(hermes_cron_mkcron(every, every, every, every, every), WHEN);
}

static bool add(void) {
  HERMES_CHECK(hermes_cron_add(ENTRY, true));
  hermes_cron_entries found = hermes_cron_ls(NULL);
  HERMES_CHECK(found.len == 1);
  HERMES_CHECK(hermes_equal(found.ptr[0].entry.when, WHEN));
  HERMES_CHECK(hermes_equal(found.ptr[0].entry.tag, TAG));
  HERMES_CHECK(found.ptr[0].retrigger);
  return true;
}

static bool delay(void) {
  HERMES_CHECK(hermes_cron_delay(3600000000000, TAG));
  HERMES_CHECK(hermes_cron_ls(&(hermes_string){TAG.ptr, TAG.len}).len == 1);
  return true;
}

static bool ls(void) {
  const hermes_string other = HERMES_S("other");
  HERMES_CHECK(hermes_cron_add(ENTRY, false));
  HERMES_CHECK(hermes_cron_add((hermes_cron_tagged){WHEN, other}, false));
  HERMES_CHECK(hermes_cron_ls(NULL).len == 2);
  HERMES_CHECK(hermes_cron_ls(&other).len == 1);
  return true;
}

static bool rm(void) {
  HERMES_CHECK(hermes_cron_add(ENTRY, true));
  HERMES_CHECK(hermes_cron_rm(ENTRY));
  HERMES_CHECK(!hermes_cron_rm(ENTRY));
  return true;
}

static bool mkcron(void) {
  const hermes_cron_component nine = {HERMES_CRON_AT, 9, 0};
  const hermes_cron_component week = {HERMES_CRON_RANGE, 1, 5};
  hermes_string made = hermes_cron_mkcron((hermes_cron_time){&week, 1}, (hermes_cron_time){0}, (hermes_cron_time){0},
                                          (hermes_cron_time){&nine, 1}, (hermes_cron_time){0});
  return hermes_equal(made, HERMES_S("* 9 * * 1-5"));
}

HERMES_TESTS({HERMES_S("Add Crontab"), add_crontab}, {HERMES_S("Delay Crontab"), delay_crontab},
             {HERMES_S("List Crontabs"), list_crontabs}, {HERMES_S("Remove Crontab"), remove_crontab},
             {HERMES_S("Make Cron Entry"), make_cron}, {HERMES_S("hermes:cron/api#add"), add},
             {HERMES_S("hermes:cron/api#delay"), delay}, {HERMES_S("hermes:cron/api#ls"), ls},
             {HERMES_S("hermes:cron/api#rm"), rm}, {HERMES_S("hermes:cron/api#mkcron"), mkcron})
