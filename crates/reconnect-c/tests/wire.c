/* One leg of a refresh over libcurl, by the sandbox's clock:
 *
 *   wire begin ADDRESS LOGIN_ID POLICY    refreshes a login
 *   wire show ADDRESS                     opens the widget
 *   wire finish ADDRESS MESSAGE           tells what the widget posted
 *
 * Each keeps the session in session.json, goes on until the user is asked or it is over, and prints one line:
 * {"ask":URL} or {"accounts":[...]}. The legs of one session may be programs in different languages.
 *
 *   wire user ADDRESS URL                 plays the user of the widget, and prints what it posted
 *   wire get URL [BODY]                   prints a page; posts the body if there is one */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <time.h>

/* What the sandbox's clock said, and when. */
static struct {
    uint64_t at, since, rate;
} sandbox_clock;

static int real_clock(clockid_t id, struct timespec *at) { return clock_gettime(id, at); }

static int fast_clock(clockid_t id, struct timespec *at) {
    int failed = real_clock(id, at);
    uint64_t real = (uint64_t)at->tv_sec * 1000 + (uint64_t)at->tv_nsec / 1000000;
    uint64_t fast = sandbox_clock.rate ? sandbox_clock.at + (real - sandbox_clock.since) * sandbox_clock.rate : real;
    at->tv_sec = (time_t)(fast / 1000);
    at->tv_nsec = (long)(fast % 1000) * 1000000;
    return failed;
}

/* The example's loop, with another clock. */
#define clock_gettime fast_clock
#define main refresh_main
#include "../examples/refresh.c"
#undef main

static void read_clock(const char *sandbox) {
    char url[200];
    snprintf(url, sizeof url, "%s/_sandbox/clock", sandbox);
    char *page = page_get(url, NULL), *at = strstr(page, "\"now\":"), *rate = strstr(page, "\"rate\":");
    if (!at || !rate) exit(fprintf(stderr, "the sandbox has no clock\n"));
    sandbox_clock.since = now();
    sandbox_clock.at = strtoull(at + 6, NULL, 10);
    sandbox_clock.rate = strtoull(rate + 7, NULL, 10);
    free(page);
}

static int leg(const char *command, const char *sandbox, const char *more, const char *policy) {
    int shows = strcmp(command, "show") == 0, opened = 0;
    char what[300];
    rc_bytes row, text;
    rc_step step;
    read_clock(sandbox);
    snprintf(what, sizeof what, "\"op\":\"refresh\",\"loginId\":\"%s\",\"policy\":%s", more, policy);
    rc_session *session = strcmp(command, "begin") == 0 ? begin(what, sandbox) : load(sandbox);
    if (strcmp(command, "finish") == 0) rc_returned(session, now(), more, strlen(more));
    for (;;) {
        if (rc_turn(session, now(), &row) != RC_OK) return fail(rc_error(session));
        if (row.len && !store(row)) return 1;
        if (rc_take(session, now(), &step) != RC_OK) return fail(rc_error(session));
        if (step.todo == RC_SEND) send_with_curl(session, &step);
        if (step.todo == RC_WAIT) sleep_until(step.until);
        if (step.todo == RC_ASK && shows && (!opened || step.until)) {
            sleep_until(step.until);
            opened = rc_open(session, now()) == RC_TOOK;
        } else if (step.todo == RC_ASK || step.todo == RC_DONE) {
            break;
        }
    }
    if (step.todo == RC_ASK) {
        printf("{\"ask\":\"%.*s\"}\n", (int)step.url.len, step.url.data);
    } else {
        printf("{\"accounts\":[");
        for (size_t i = 0; rc_accounts_json(session, i, &text) == RC_OK && text.len; ++i)
            printf("%s%.*s", i ? "," : "", (int)text.len, text.data);
        printf("]}\n");
    }
    rc_free(session);
    return 0;
}

int main(int argc, char **argv) {
    const char *command = argc > 2 ? argv[1] : "", *more = argc > 3 ? argv[3] : NULL;
    if (strcmp(command, "get") == 0) return puts(page_get(argv[2], more)) < 0;
    if (strcmp(command, "user") == 0 && more) {
        rc_bytes url = {more, strlen(more)};
        char *message = sandbox_user(argv[2], url);
        return message ? puts(message) < 0 : 1;
    }
    return argc > 2 ? leg(command, argv[2], more ? more : "", argc > 4 ? argv[4] : "null") : 2;
}
