/* The accounts of a login whose bank asks nothing: first ADDRESS LOGIN_ID */
#include "over_curl.h"

int main(int argc, char **argv) {
    const char *form = "{\"op\":\"refresh\",\"loginId\":\"%s\","
                       "\"instance\":{\"apiUrl\":\"%s\",\"widgetUrl\":\"%s/\",\"customerId\":\"%s\"}}";
    char line[1000];
    rc_keys keys = {{"sandbox-secret", 14}, {"sandbox-api-key", 15}};
    rc_session *session = NULL;
    rc_bytes row, account;
    rc_step step = {0};
    if (argc != 3) return 2;
    snprintf(line, sizeof line, form, argv[2], argv[1], argv[1], "43387ca6-0391-4c82-857d-70d95f087ecb");
    if (rc_begin(line, strlen(line), &keys, now(), &session) != RC_OK) {
        const rc_failure *why = rc_error(NULL);
        return fprintf(stderr, "%.*s\n", (int)why->message.len, why->message.data), 1;
    }
    while (step.todo != RC_DONE && step.todo != RC_ASK) {
        if (rc_turn(session, now(), &row) != RC_OK) return 1; /* A real program stores the row here. */
        if (rc_take(session, now(), &step) != RC_OK) return 1;
        if (step.todo == RC_SEND) send_with_curl(session, &step);
        if (step.todo == RC_WAIT) sleep_until(step.until);
    }
    for (size_t i = 0; rc_accounts_json(session, i, &account) == RC_OK && account.len; ++i)
        printf("%.*s\n", (int)account.len, account.data);
    rc_free(session);
    return 0;
}
