/* A refresh with a restart in the middle, against the sandbox: refresh ADDRESS LOGIN_ID */
#include "over_curl.h"
#include "sandbox.h"

#define ROW "session.json"

static int fail(const rc_failure *why) {
    return fprintf(stderr, "%.*s\n", (int)why->message.len, why->message.data), 1;
}

/* In production this is a row of a database. */
static int store(rc_bytes row) {
    FILE *file = fopen(ROW ".new", "wb");
    if (!file) return 0;
    size_t written = fwrite(row.data, 1, row.len, file);
    return fclose(file) == 0 && written == row.len && rename(ROW ".new", ROW) == 0;
}

static rc_session *begin(const char *what, const char *sandbox) {
    char line[65536], *form = "{%s,\"instance\":{\"apiUrl\":\"%s\",\"widgetUrl\":\"%s/\",\"customerId\":\"%s\"}}";
    int len = snprintf(line, sizeof line, form, what, sandbox, sandbox, SANDBOX_CUSTOMER);
    rc_keys keys = {{"sandbox-secret", 14}, {"sandbox-api-key", 15}};
    rc_session *session;
    if (rc_begin(line, (size_t)len, &keys, now(), &session) != RC_OK) exit(fail(rc_error(NULL)));
    return session;
}

static rc_session *load(const char *sandbox) {
    char row[32768] = "", what[33000];
    FILE *file = fopen(ROW, "rb");
    if (!file || fread(row, 1, sizeof row - 1, file) == 0 || fclose(file) != 0) exit(1);
    snprintf(what, sizeof what, "\"op\":\"restore\",\"snapshot\":%s", row);
    return begin(what, sandbox);
}

int main(int argc, char **argv) {
    char what[200];
    int restarted = 0, opened = 0;
    rc_bytes row, text;
    rc_step step;
    if (argc != 3 || rc_abi_version() != RC_ABI_VERSION) return 2;
    snprintf(what, sizeof what, "\"op\":\"refresh\",\"loginId\":\"%s\"", argv[2]);
    rc_session *session = begin(what, argv[1]);
    for (;;) {
        if (rc_turn(session, now(), &row) != RC_OK) return fail(rc_error(session));
        if (row.len && !store(row)) return 1; /* Nothing was sent. */
        if (rc_take(session, now(), &step) != RC_OK) return fail(rc_error(session));
        if (step.todo == RC_SEND) {
            send_with_curl(session, &step);
        } else if (step.todo == RC_WAIT) {
            sleep_until(step.until);
        } else if (step.todo == RC_ASK && !restarted++) {
            rc_free(session); /* The process ends, and another one goes on. */
            session = load(argv[1]);
        } else if (step.todo == RC_ASK && (!opened || step.until)) {
            sleep_until(step.until);
            opened = rc_open(session, now()) == RC_TOOK;
        } else if (step.todo == RC_ASK) {
            char *message = sandbox_user(argv[1], step.url); /* In production a page shows the URL. */
            rc_returned(session, now(), message, strlen(message));
            opened = 0;
            free(message);
        } else if (step.todo == RC_DONE) {
            for (size_t i = 0; rc_accounts_json(session, i, &text) == RC_OK && text.len; ++i)
                printf("%.*s\n", (int)text.len, text.data);
            rc_free(session);
            return remove(ROW);
        }
    }
}
