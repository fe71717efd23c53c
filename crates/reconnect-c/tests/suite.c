/* The conformance suite, told through the header: suite LEAST FILE...
 *
 * It fails if an answer is not the suite's, or if fewer than LEAST vectors were compared. The README beside the vectors
 * has their form. cJSON reads them. Its numbers are doubles, and each number of the suite is a whole one below 2^53. */
#include "reconnect.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A text of cJSON ends at a NUL. So the NUL of a vector stands as U+E000, and is one again in the line for rc_begin. */
#define NUL "\\u0000"
#define STAND_IN "\\ue000"
#define STAND_IN_UTF8 "\xee\x80\x80"

/* The body of a reply is told in pieces, as a network gives it. */
#define PIECE 7

static rc_session *session;
static cJSON *row;     /* The snapshot that a store would have. */
static uint64_t sent;  /* The number of the request that was handed out last. */
static char where[99]; /* The vector that runs. */
static const cJSON *tell;

#define CHECK(holds) check((holds) != 0, #holds, __LINE__)

static void check(int holds, const char *what, int line) {
    if (holds) return;
    fprintf(stderr, "%s: %s\ntests/suite.c:%d: %s\n", where, tell ? cJSON_PrintUnformatted(tell) : "", line, what);
    exit(1);
}

static cJSON *text(rc_bytes given) {
    char *copy = calloc(given.len + 1, 1);
    CHECK(copy && (given.data || !given.len));
    if (given.len) memcpy(copy, given.data, given.len);
    CHECK(strlen(copy) == given.len);
    cJSON *made = cJSON_CreateString(copy);
    free(copy);
    return made;
}

static cJSON *text_or_null(rc_bytes given) { return given.len ? text(given) : cJSON_CreateNull(); }

static int is(rc_bytes given, const char *word) {
    return given.len == strlen(word) && memcmp(given.data, word, given.len) == 0;
}

static cJSON *get(const cJSON *from, const char *key) { return cJSON_GetObjectItemCaseSensitive(from, key); }

static int equals(const cJSON *value, const char *word) {
    return cJSON_IsString(value) && strcmp(value->valuestring, word) == 0;
}

static const char *word(const char *key) {
    const char *value = cJSON_GetStringValue(get(tell, key));
    CHECK(value);
    return value;
}

static uint64_t number(const cJSON *from, const char *key) {
    const cJSON *value = get(from, key);
    return cJSON_IsNumber(value) ? (uint64_t)value->valuedouble : 0;
}

/* {"key": value} */
static cJSON *object(const char *key, cJSON *value) {
    cJSON *made = cJSON_CreateObject();
    cJSON_AddItemToObject(made, key, value);
    return made;
}

static cJSON *misuse(const rc_session *of) {
    const rc_failure *why = rc_error(of);
    cJSON *parts = object("code", text(why->code));
    cJSON_AddItemToObject(parts, "field", text_or_null(why->field));
    cJSON_AddItemToObject(parts, "message", text(why->message));
    return object("misuse", parts);
}

static cJSON *heard(int32_t answer) {
    static const char *const words[] = {[RC_TOOK] = "took", "knew", "late", "notOurs"};
    if (answer == RC_ERROR) return misuse(session);
    CHECK(answer >= RC_TOOK && answer <= RC_NOT_OURS);
    return object("heard", cJSON_CreateString(words[answer]));
}

/* What a function that writes JSON says, or null. */
static cJSON *json(int32_t function(rc_session *, uint64_t, rc_bytes *), uint64_t now) {
    rc_bytes given;
    CHECK(function(session, now, &given) == RC_OK);
    cJSON *made = given.len ? cJSON_ParseWithLength(given.data, given.len) : cJSON_CreateNull();
    CHECK(made);
    return made;
}

/* The text with each `from` replaced. The caller frees it. */
static char *replaced(const char *in, const char *from, const char *to) {
    char *made = malloc(strlen(in) * strlen(to) + 1), *end = made;
    CHECK(made);
    for (; *in; ++end) {
        int here = strncmp(in, from, strlen(from)) == 0;
        if (here) end = (char *)memcpy(end, to, strlen(to)) + strlen(to) - 1;
        else *end = *in;
        in += here ? strlen(from) : 1;
    }
    *end = 0;
    return made;
}

static cJSON *begin(uint64_t now) {
    char *printed = cJSON_PrintUnformatted(tell), *line = replaced(printed, STAND_IN_UTF8, NUL);
    rc_keys keys = {{"{{secretKey}}", 13}, {"{{apiKey}}", 10}};
    rc_session *begun = session;
    int32_t answer = rc_begin(line, strlen(line), &keys, now, &begun);
    free(printed);
    free(line);
    CHECK((answer == RC_OK) == (begun != NULL));
    if (answer != RC_OK) return misuse(NULL);
    rc_free(session);
    session = begun;
    cJSON_Delete(row);
    row = cJSON_Duplicate(get(tell, "snapshot"), 1);
    return object("ok", cJSON_CreateTrue());
}

static cJSON *request(const rc_step *step) {
    cJSON *made = object("action", cJSON_CreateString("send")), *headers = cJSON_CreateArray();
    for (size_t i = 0; i < step->header_count; ++i) {
        cJSON *pair = cJSON_CreateArray();
        cJSON_AddItemToArray(pair, text(step->headers[i].name));
        cJSON_AddItemToArray(pair, text(step->headers[i].value));
        cJSON_AddItemToArray(headers, pair);
    }
    /* A POST without a body has an empty one, so that it has a length. */
    CHECK((step->body.data == NULL) == (is(step->method, "GET") || is(step->method, "DELETE")));
    CHECK(step->once == 0 || step->once == 1);
    cJSON_AddNumberToObject(made, "id", (double)step->id);
    cJSON_AddItemToObject(made, "method", text(step->method));
    cJSON_AddItemToObject(made, "url", text(step->url));
    cJSON_AddItemToObject(made, "headers", headers);
    cJSON_AddItemToObject(made, "body", text_or_null(step->body));
    cJSON_AddNumberToObject(made, "limitMs", (double)step->limit_ms);
    cJSON_AddNumberToObject(made, "maxBody", (double)step->max_body);
    cJSON_AddBoolToObject(made, "once", step->once);
    return made;
}

/* A turn that is stored at once, and taken. */
static cJSON *poll(uint64_t now) {
    rc_bytes snapshot;
    rc_step step;
    int64_t loaded;
    if (rc_turn(session, now, &snapshot) != RC_OK) return misuse(session);
    if (snapshot.len) {
        cJSON_Delete(row);
        row = cJSON_ParseWithLength(snapshot.data, snapshot.len);
    }
    CHECK(rc_take(session, now, &step) == RC_OK);
    CHECK(rc_loaded(session, &loaded) == RC_OK && loaded == (int64_t)number(row, "revision"));
    if (step.todo == RC_SEND) {
        sent = step.id;
        return request(&step);
    }
    CHECK(!step.once && !step.id && !step.method.len && !step.headers && !step.header_count && !step.body.data);
    CHECK(!step.limit_ms && !step.max_body && (step.todo == RC_ASK || !step.url.data));
    if (step.todo == RC_ASK) {
        cJSON *ask = json(rc_ask_json, now);
        CHECK(is(step.url, cJSON_GetStringValue(get(ask, "connectUrl"))) && step.until == number(ask, "opensAgain"));
        cJSON_AddStringToObject(ask, "action", "ask");
        return ask;
    }
    CHECK(step.todo == RC_WAIT || (step.todo == RC_DONE && !step.until));
    cJSON *made = object("action", cJSON_CreateString(step.todo == RC_WAIT ? "wait" : "done"));
    if (step.todo == RC_WAIT) cJSON_AddNumberToObject(made, "until", (double)step.until);
    return made;
}

static cJSON *receive(uint64_t now) {
    const cJSON *told = get(tell, "headers"), *pair;
    int count = cJSON_GetArraySize(told), i = 0;
    if (cJSON_IsString(get(tell, "fault"))) {
        const char *kind = word("fault");
        int reached = strcmp(word("reached"), "no") == 0 ? RC_REACHED_NO : RC_REACHED_MAYBE;
        return heard(rc_fault(session, now, kind, strlen(kind), reached));
    }
    rc_header *headers = calloc((size_t)count + 1, sizeof *headers);
    cJSON_ArrayForEach(pair, told) {
        const char *name = cJSON_GetArrayItem(pair, 0)->valuestring, *value = cJSON_GetArrayItem(pair, 1)->valuestring;
        headers[i++] = (rc_header){{name, strlen(name)}, {value, strlen(value)}};
    }
    CHECK(rc_reply_begin(session, (uint32_t)number(tell, "status"), headers, (size_t)count) == RC_OK);
    free(headers);
    const char *body = word("body");
    for (size_t left = strlen(body), len; left; body += len, left -= len) {
        len = left < PIECE ? left : PIECE;
        CHECK(rc_reply_append(session, body, len) == RC_OK);
    }
    return heard(rc_reply_end(session, now));
}

static cJSON *answer(uint64_t now) {
    char *line = cJSON_PrintUnformatted(tell);
    cJSON *made = heard(rc_answer(session, now, line, strlen(line)));
    free(line);
    return made;
}

static cJSON *returned(uint64_t now) {
    const cJSON *news = get(tell, "news");
    char *object = cJSON_IsString(news) ? NULL : cJSON_PrintUnformatted(news);
    const char *line = object ? object : news->valuestring;
    cJSON *made = heard(rc_returned(session, now, line, strlen(line)));
    free(object);
    return made;
}

static cJSON *accounts(void) {
    cJSON *made = object("index", cJSON_CreateNumber(0));
    rc_bytes given;
    size_t count = 0;
    while (rc_accounts_json(session, count, &given) == RC_OK && given.len) {
        if (count++ == 0) cJSON_AddItemToObject(made, "account", cJSON_ParseWithLength(given.data, given.len));
    }
    if (count == 0) cJSON_AddNullToObject(made, "account");
    cJSON_AddNumberToObject(made, "count", (double)count);
    return made;
}

/* What the session says to a step, or NULL if the library has no function for it. */
static cJSON *says(const char *op, uint64_t now) {
#define IS(name) (strcmp(op, name) == 0)
    if (IS("refresh") || IS("resume") || IS("resumeClaimed") || IS("restore")) return begin(now);
    if (IS("poll")) return poll(now);
    if (IS("look")) return object("look", json(rc_look_json, now));
    if (IS("outcome")) return object("outcome", json(rc_outcome_json, now));
    if (IS("snapshot")) return object("snapshot", cJSON_Duplicate(row, 1));
    if (IS("accounts")) return accounts();
    if (IS("receive") && number(tell, "id") == sent) return receive(now);
    if (IS("lost") && number(tell, "id") == sent) return heard(rc_lost(session, now));
    if (IS("returned")) return returned(now);
    if (IS("answer")) return answer(now);
    if (IS("open")) return heard(rc_open(session, now));
    if (IS("shown")) return heard(rc_shown(session, now));
    if (IS("confirm")) return heard(rc_confirm(session, now, word("loginId"), strlen(word("loginId"))));
    if (IS("cancel")) return heard(rc_cancel(session, now));
    return NULL;
}

/* Whether a line is wrong in a way in which a call with types cannot be. */
static int has_no_call(const cJSON *hear) {
    static const char *const words[] = {"unknownOp", "noSession", "now", "id", "headers", "status"};
    const cJSON *wrong = get(hear, "misuse");
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
        if (equals(get(wrong, i < 2 ? "code" : "field"), words[i])) return 1;
    }
    return 0;
}

/* Whether each step was compared. */
static int runs(const cJSON *steps) {
    const cJSON *step;
    cJSON_ArrayForEach(step, steps) {
        const cJSON *hear = get(step, "hear");
        tell = get(step, "tell");
        cJSON *said = has_no_call(hear) ? NULL : says(word("op"), number(tell, "now"));
        if (!said) return 0;
        if (!cJSON_Compare(said, hear, 1)) {
            fprintf(stderr, "%s\n%s\n", cJSON_PrintUnformatted(said), cJSON_PrintUnformatted(hear));
            CHECK(!"this is not what the suite says");
        }
        cJSON_Delete(said);
    }
    return 1;
}

static cJSON *read(const char *path) {
    FILE *file = fopen(path, "rb");
    char *all = calloc(1 << 20, 1);
    CHECK(file && all && fread(all, 1, (1 << 20) - 1, file) > 0 && feof(file));
    fclose(file);
    char *changed = replaced(all, NUL, STAND_IN);
    cJSON *made = cJSON_Parse(changed);
    CHECK(made);
    free(changed);
    free(all);
    return made;
}

int main(int argc, char **argv) {
    int passed = 0, left_out = 0;
    if (argc < 3 || rc_abi_version() != RC_ABI_VERSION) return 2;
    for (int i = 2; i < argc; ++i) {
        cJSON *file = read(argv[i]), *one;
        cJSON_ArrayForEach(one, get(file, "cases")) {
            snprintf(where, sizeof where, "%s / %s", get(file, "name")->valuestring, get(one, "name")->valuestring);
            sent = 0;
            int ran = runs(get(file, "begin")) && runs(get(one, "steps"));
            passed += ran;
            left_out += !ran;
            rc_free(session);
            session = NULL;
            cJSON_Delete(row);
            row = NULL;
            tell = NULL;
        }
        cJSON_Delete(file);
    }
    printf("%d vectors, and %d without a call\n", passed, left_out);
    return passed >= atoi(argv[1]) ? 0 : 1;
}
