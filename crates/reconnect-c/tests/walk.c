/* A session without a network: replies come from this file. It is C11 and C++17, and valgrind watches it. */
#include "reconnect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CANARY "canary-0c5a"
#define INSTANCE "\"instance\":{\"name\":\"toolbox\",\"customerId\":\"c\"}"
#define BEGIN "{\"op\":\"refresh\",\"loginId\":\"l-1\"," INSTANCE "}"
#define TOKEN "{\"HttpStatusCode\":200,\"Token\":\"" CANARY "-token\"}"
#define QUESTION                                                                                                       \
    "{\"HttpStatusCode\":203,\"RequestId\":\"r-1\",\"SecurityChallenges\":"                                            \
    "[{\"Type\":\"QuestionAndAnswer\",\"Prompt\":\"" CANARY " city?\"}]}"
#define ACCOUNTS                                                                                                       \
    "{\"HttpStatusCode\":200,\"RequestId\":\"r-1\",\"Login\":{\"Id\":\"l-1\"},\"Accounts\":"                           \
    "[{\"Id\":\"a-1\",\"Title\":\"Chequing\",\"Balance\":{\"Current\":12.50}}]}"
#define TOO_LATE ((UINT64_C(1) << 53) + 1)

#define CHECK(holds) check((holds) != 0, #holds, __LINE__)
#define FAILS(call, session, code, field) check(fails(call, session, code, field), #call, __LINE__)

static int checks;

static void check(int holds, const char *what, int line) {
    ++checks;
    if (!holds) {
        fprintf(stderr, "tests/walk.c:%d: %s\n", line, what);
        exit(1);
    }
}

static int is(rc_bytes given, const char *text) {
    return given.len == strlen(text) && memcmp(given.data, text, given.len) == 0;
}

static int has(rc_bytes given, const char *text) {
    size_t len = strlen(text), at;
    for (at = 0; at + len <= given.len; ++at)
        if (memcmp(given.data + at, text, len) == 0) return 1;
    return 0;
}

/* Whether a call failed so. No error holds the canary. */
static int fails(int32_t answer, const rc_session *session, const char *code, const char *field) {
    const rc_failure *why = rc_error(session);
    if (answer != RC_ERROR || !is(why->code, code) || !is(why->field, field)) {
        fprintf(stderr, "%d %.*s %.*s\n", (int)answer, (int)why->code.len, why->code.data, (int)why->field.len,
                why->field.data);
        return 0;
    }
    return why->message.len > 0 && !has(why->message, CANARY) && !has(why->field, CANARY);
}

static rc_bytes bytes(const char *text) {
    rc_bytes all;
    all.data = text;
    all.len = text ? strlen(text) : 0;
    return all;
}

static int32_t begin_with(const char *line, const char *secret, rc_session **out) {
    rc_keys keys;
    keys.secret = bytes(secret);
    keys.api = bytes(CANARY "-api");
    return rc_begin(line, strlen(line), &keys, 0, out);
}

static rc_session *begun(const char *line) {
    rc_session *session = NULL;
    CHECK(begin_with(line, CANARY, &session) == RC_OK && session);
    return session;
}

static rc_step next(rc_session *session, uint64_t now) {
    rc_bytes row;
    rc_step step;
    CHECK(rc_turn(session, now, &row) == RC_OK);
    CHECK(rc_take(session, now, &step) == RC_OK);
    return step;
}

static void reply(rc_session *session, uint64_t now, uint32_t status, const char *body) {
    size_t half = strlen(body) / 2;
    rc_header header;
    header.name = bytes("content-type");
    header.value = bytes("application/json");
    CHECK(rc_reply_begin(session, status, &header, 1) == RC_OK);
    CHECK(rc_reply_append(session, body, half) == RC_OK);
    CHECK(rc_reply_append(session, body + half, strlen(body) - half) == RC_OK);
    CHECK(rc_reply_end(session, now) == RC_TOOK);
}

/* A session whose bank asks. */
static rc_session *asking(const char *line) {
    rc_session *session = begun(line);
    CHECK(next(session, 0).todo == RC_SEND);
    reply(session, 1, 200, TOKEN);
    CHECK(next(session, 2).once == 1);
    reply(session, 3, 203, QUESTION);
    CHECK(next(session, 4).todo == RC_ASK);
    return session;
}

static void a_whole_walk(void) {
    rc_session *session = begun(BEGIN);
    rc_bytes row, text;
    rc_step step;
    size_t i;
    int keys = 0;
    int64_t revision = 0;
    char line[4096];
    CHECK(rc_abi_version() == RC_ABI_VERSION);
    CHECK(rc_loaded(session, &revision) == RC_OK && revision == -1);
    CHECK(rc_turn(session, 0, &row) == RC_OK && has(row, "{\"version\":2,"));
    CHECK(rc_take(session, 0, &step) == RC_OK && step.todo == RC_SEND);
    CHECK(is(step.method, "POST") && has(step.url, "https://toolbox-api.private.fin.ag/v3/c/"));
    CHECK(step.id == 1 && step.once == 0 && step.limit_ms == 30000 && step.max_body == 33554432 && step.body.data);
    for (i = 0; i < step.header_count; ++i) keys += is(step.headers[i].value, CANARY);
    CHECK(keys == 1);
    reply(session, 1, 200, TOKEN);
    CHECK(rc_loaded(session, &revision) == RC_OK && revision >= 0);
    step = next(session, 2);
    CHECK(step.once == 1 && has(step.url, "/Authorize") && has(step.body, "\"LoginId\":\"l-1\""));
    reply(session, 3, 203, QUESTION);

    CHECK(rc_turn(session, 4, &row) == RC_OK && row.len > 0 && row.len < 3000);
    snprintf(line, sizeof line, "{\"op\":\"restore\"," INSTANCE ",\"snapshot\":%.*s}", (int)row.len, row.data);
    rc_free(session);
    session = begun(line); /* Another process goes on. */
    step = next(session, 5);
    CHECK(step.todo == RC_ASK && has(step.url, "requestId=r-1") && !has(step.url, CANARY));
    CHECK(rc_ask_json(session, 5, &text) == RC_OK && has(text, "\"wrong\":false"));
    CHECK(rc_open(session, 6) == RC_TOOK);
    CHECK(has(next(session, 6).url, "/GenerateAuthorizeToken"));
    reply(session, 7, 200, TOKEN);
    CHECK(has(next(session, 8).url, "authorizeToken=" CANARY));
    CHECK(rc_open(session, 8) > 0);
    step = next(session, 8);
    CHECK(step.todo == RC_ASK && step.until > 8 && step.until <= 10008); /* It was open a moment ago. */
    CHECK(rc_returned(session, 9, "hello", 5) == RC_NOT_OURS);
    CHECK(rc_outcome_json(session, 9, &text) == RC_OK && is(text, "null"));
    text = bytes("{\"step\":\"REDIRECT\",\"loginId\":\"l-1\",\"requestId\":\"r-1\"}");
    CHECK(rc_returned(session, 9, text.data, text.len) == RC_TOOK);
    while ((step = next(session, 10)).todo == RC_SEND && !has(step.url, "/GetAccountsDetail"))
        reply(session, 10, 200, TOKEN);
    CHECK(step.todo == RC_SEND);
    reply(session, 11, 200, ACCOUNTS);
    CHECK(next(session, 12).todo == RC_DONE);
    CHECK(rc_outcome_json(session, 12, &text) == RC_OK && has(text, "\"result\":\"done\""));
    CHECK(rc_accounts_json(session, 0, &text) == RC_OK && has(text, "\"current\":\"12.50\""));
    CHECK(rc_accounts_json(session, 1, &text) == RC_OK && text.len == 0);
    CHECK(rc_look_json(session, 12, &text) == RC_OK && has(text, "\"stage\":\"done\""));
    CHECK(rc_ask_json(session, 12, &text) == RC_OK && text.len == 0);
    rc_free(session);
}

static void what_cannot_begin(void) {
    rc_session *none = NULL;
    rc_keys keys = {{NULL, 0}, {NULL, 0}};
    FAILS(begin_with("", CANARY, &none), NULL, "unknownOp", "");
    FAILS(begin_with("{\"" CANARY, CANARY, &none), NULL, "unknownOp", "");
    FAILS(begin_with("{\"op\":\"" CANARY "\"}", CANARY, &none), NULL, "unknownOp", "");
    FAILS(begin_with("{\"op\":\"refresh\",\"loginId\":\"\"," INSTANCE "}", CANARY, &none), NULL, "invalidField",
          "loginId");
    FAILS(begin_with(CANARY "\xff", CANARY, &none), NULL, "invalidField", "line");
    FAILS(begin_with(BEGIN, CANARY "\xff", &none), NULL, "invalidField", "secret");
    FAILS(begin_with(BEGIN, CANARY "\n" CANARY, &none), NULL, "invalidKey", "");
    FAILS(begin_with(BEGIN, "", &none), NULL, "invalidKey", "");
    FAILS(begin_with("{\"op\":\"restore\"," INSTANCE ",\"snapshot\":{\"version\":99}}", CANARY, &none), NULL,
          "otherVersion", "snapshot");
    FAILS(begin_with("{\"op\":\"refresh\",\"loginId\":\"l\"," INSTANCE ",\"policy\":{\"pollEvery\":1}}", CANARY, &none),
          NULL, "invalidPolicy", "pollEvery");
    FAILS(rc_begin(NULL, 5, &keys, 0, &none), NULL, "invalidField", "line");
    FAILS(rc_begin(BEGIN, SIZE_MAX, &keys, 0, &none), NULL, "invalidField", "line");
    FAILS(rc_begin(BEGIN, strlen(BEGIN), NULL, 0, &none), NULL, "invalidField", "keys");
    FAILS(rc_begin(BEGIN, strlen(BEGIN), &keys, 0, NULL), NULL, "invalidField", "out");
    FAILS(rc_begin(BEGIN, strlen(BEGIN), &keys, TOO_LATE, &none), NULL, "invalidField", "now");
    CHECK(none == NULL);
    CHECK(rc_begin(BEGIN, strlen(BEGIN), &keys, 0, &none) == RC_OK); /* No key at all is allowed. */
    rc_free(none);
}

static void a_closed_session(void) {
    rc_session *none = NULL;
    rc_bytes text;
    rc_step step;
    int64_t revision;
    rc_free(none);
    FAILS(rc_turn(none, 0, &text), NULL, "closed", "");
    FAILS(rc_take(none, 0, &step), NULL, "closed", "");
    FAILS(rc_reply_begin(none, 200, NULL, 0), NULL, "closed", "");
    FAILS(rc_reply_append(none, "", 0), NULL, "closed", "");
    FAILS(rc_reply_end(none, 0), NULL, "closed", "");
    FAILS(rc_fault(none, 0, "timeout", 7, RC_REACHED_MAYBE), NULL, "closed", "");
    FAILS(rc_lost(none, 0), NULL, "closed", "");
    FAILS(rc_returned(none, 0, "", 0), NULL, "closed", "");
    FAILS(rc_answer(none, 0, "{}", 2), NULL, "closed", "");
    FAILS(rc_open(none, 0), NULL, "closed", "");
    FAILS(rc_shown(none, 0), NULL, "closed", "");
    FAILS(rc_confirm(none, 0, "l", 1), NULL, "closed", "");
    FAILS(rc_cancel(none, 0), NULL, "closed", "");
    FAILS(rc_loaded(none, &revision), NULL, "closed", "");
    FAILS(rc_reload(none, 0, NULL, 0), NULL, "closed", "");
    FAILS(rc_ask_json(none, 0, &text), NULL, "closed", "");
    FAILS(rc_look_json(none, 0, &text), NULL, "closed", "");
    FAILS(rc_snapshot_json(none, &text), NULL, "closed", "");
    FAILS(rc_outcome_json(none, 0, &text), NULL, "closed", "");
    FAILS(rc_accounts_json(none, 0, &text), NULL, "closed", "");
}

static void misuse(void) {
    rc_session *session = begun(BEGIN);
    rc_header header = {{CANARY, SIZE_MAX}, {NULL, 0}}, bad_value = {{"a", 1}, {NULL, 3}};
    rc_bytes text;
    rc_step step;
    CHECK(rc_error(session)->code.len == 0);
    FAILS(rc_take(session, 0, &step), session, "noTurn", "");
    FAILS(rc_turn(session, 0, NULL), session, "invalidField", "out");
    FAILS(rc_turn(session, TOO_LATE, &text), session, "invalidField", "now");
    FAILS(rc_loaded(session, NULL), session, "invalidField", "out");
    FAILS(rc_lost(session, 0), session, "noExchange", "");
    FAILS(rc_reply_end(session, 0), session, "noExchange", "");
    FAILS(rc_confirm(session, 0, CANARY "\0", sizeof CANARY), session, "invalidField", "loginId");
    FAILS(rc_returned(session, 0, CANARY "\xff", sizeof CANARY), session, "invalidField", "news");
    FAILS(rc_returned(session, 0, NULL, 1), session, "invalidField", "news");
    FAILS(rc_reload(session, 0, CANARY, strlen(CANARY)), session, "brokenSnapshot", "snapshot");
    FAILS(rc_reload(session, 0, NULL, 1), session, "invalidField", "snapshot");
    CHECK(next(session, 0).todo == RC_SEND);
    FAILS(rc_turn(session, 0, &text), session, "exchangeUnderWay", "");
    FAILS(rc_fault(session, 0, CANARY, strlen(CANARY), RC_REACHED_NO), session, "invalidField", "fault");
    FAILS(rc_fault(session, 0, "timeout", 7, 7), session, "invalidField", "reached");
    FAILS(rc_reply_begin(session, 70000, NULL, 0), session, "invalidField", "status");
    FAILS(rc_reply_begin(session, 200, NULL, 1), session, "invalidField", "headers");
    FAILS(rc_reply_begin(session, 200, &header, SIZE_MAX / 8), session, "invalidField", "headers");
    FAILS(rc_reply_begin(session, 200, &header, 1), session, "invalidField", "headers");
    FAILS(rc_reply_begin(session, 200, &bad_value, 1), session, "invalidField", "headers");
    FAILS(rc_reply_append(session, NULL, 1), session, "invalidField", "data");
    CHECK(rc_fault(session, 0, "refused", 7, RC_REACHED_NO) == RC_TOOK);
    step = next(session, 1);
    CHECK(step.todo == RC_WAIT && step.until > 1 && step.url.len == 0);
    rc_free(session);

    session = asking(BEGIN);
    text = bytes("{\"number\":1,\"answers\":{\"" CANARY " city?\":[\"x\"]}}");
    FAILS(rc_answer(session, 5, text.data, text.len), session, "widgetOnly", "");
    CHECK(rc_cancel(session, 6) == RC_TOOK && next(session, 6).todo == RC_DONE);
    rc_free(session);

    session = asking("{\"op\":\"refresh\",\"loginId\":\"l-1\"," INSTANCE ",\"policy\":{\"mfa\":\"widgetOrApi\"}}");
    FAILS(rc_answer(session, 5, CANARY, strlen(CANARY)), session, "invalidField", "answers");
    FAILS(rc_answer(session, 5, "{\"number\":\"1\",\"answers\":{}}", 27), session, "invalidField", "number");
    FAILS(rc_answer(session, 5, "{\"number\":1}", 12), session, "invalidField", "answers");
    FAILS(rc_answer(session, 5, "{\"number\":9,\"answers\":{}}", 25), session, "otherPrompt", "");
    CHECK(rc_answer(session, 5, text.data, text.len) == RC_TOOK);
    rc_free(session);
}

static void a_request_that_was_held_up(void) {
    rc_session *session = begun(BEGIN);
    rc_bytes row;
    rc_step step;
    uint64_t late = 2 + 10 * 60 * 1000;
    CHECK(next(session, 0).todo == RC_SEND);
    reply(session, 1, 200, TOKEN);
    CHECK(rc_turn(session, 2, &row) == RC_OK && row.len > 0);
    CHECK(rc_take(session, late, &step) == RC_OK && step.todo == RC_TURN && step.url.len == 0);
    CHECK(rc_turn(session, late, &row) == RC_OK);
    rc_free(session);
}

static void a_body_that_is_too_large(void) {
    rc_session *session = begun(BEGIN);
    size_t piece = 1 << 20;
    char *zeros = (char *)calloc(piece, 1);
    int i;
    CHECK(next(session, 0).todo == RC_SEND);
    CHECK(rc_reply_begin(session, 200, NULL, 0) == RC_OK);
    for (i = 0; i < 32; ++i) CHECK(rc_reply_append(session, zeros, piece) == RC_OK);
    CHECK(rc_reply_append(session, zeros, 1) == RC_TOO_LARGE);
    CHECK(rc_reply_end(session, 1) == RC_TOOK);
    CHECK(next(session, 2).todo == RC_DONE);
    free(zeros);
    rc_free(session);
}

static void a_reply_that_nobody_waits_for(void) {
    rc_session *session = asking(BEGIN);
    rc_bytes text;
    CHECK(rc_shown(session, 5) == RC_TOOK && rc_open(session, 6) == RC_TOOK);
    CHECK(next(session, 6).todo == RC_SEND);
    CHECK(rc_lost(session, 7) == RC_TOOK);
    CHECK(rc_look_json(session, 7, &text) == RC_OK && !has(text, CANARY));
    FAILS(rc_reload(session, 7, "{}", 2), session, "brokenSnapshot", "snapshot");
    rc_free(session);
}

static rc_session *restored(const char *row) {
    char line[4096];
    snprintf(line, sizeof line, "{\"op\":\"restore\"," INSTANCE ",\"snapshot\":%s}", row);
    return begun(line);
}

static void another_process_has_the_row(void) {
    rc_session *here = begun(BEGIN), *there;
    rc_bytes given;
    char row[4096];
    CHECK(rc_turn(here, 0, &given) == RC_OK);
    snprintf(row, sizeof row, "%.*s", (int)given.len, given.data);
    there = restored(row);
    CHECK(rc_cancel(there, 1) == RC_TOOK && rc_turn(there, 1, &given) == RC_OK && given.len > 0);
    snprintf(row, sizeof row, "%.*s", (int)given.len, given.data);
    FAILS(rc_reload(here, 1, row, strlen(row)), here, "conflict", ""); /* Nothing was told here. */
    CHECK(rc_cancel(here, 1) == RC_TOOK);
    FAILS(rc_reload(here, 1, NULL, 0), here, "conflict", "");
    CHECK(rc_reload(here, 1, row, strlen(row)) == RC_OK && next(here, 2).todo == RC_DONE);
    rc_free(here);
    rc_free(there);
}

int main(void) {
    a_whole_walk();
    what_cannot_begin();
    a_closed_session();
    misuse();
    a_request_that_was_held_up();
    a_body_that_is_too_large();
    a_reply_that_nobody_waits_for();
    another_process_has_the_row();
    printf("%d checks\n", checks);
    return 0;
}
