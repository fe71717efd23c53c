/* Flinks Reconnect for C. Made from src/lib.rs by its test: do not change it by hand.
 *
 * A session sends nothing and waits for nothing. Your program asks it what to do, does that, and says what happened.
 * docs/guide/c.md has whole programs.
 *
 * - A function that returns int32_t gives RC_OK, one of the positive words below, or RC_ERROR. After RC_ERROR the
 *   session is as it was before, and rc_error says why.
 * - A text or a body crosses as a pointer and a length in bytes. If the length is 0, the pointer may be NULL. If a
 *   pointer or a text is not what it should be, the code of the error is "invalidField".
 * - Call rc_free once for each session of rc_begin. Set your pointer to NULL then: a later call is an error with
 *   the code "closed". The library cannot see that another pointer is dead.
 * - One thread at a time may use a session. A session may go to another thread.
 * - What the library lends is its own: copy it if you need it longer than the function says, and do not free it.
 * - `now` is the time in milliseconds since 1970.
 * - A snapshot, a URL, a header, a body and an account are secrets: do not log them. An error is none.
 */
#ifndef RECONNECT_H
#define RECONNECT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /* The call did what it should. */
    RC_OK = 0,
    /* The session took what it was told. */
    RC_TOOK = 1,
    /* The session knew that already. */
    RC_KNEW = 2,
    /* It came too late to change anything. */
    RC_LATE = 3,
    /* It is another session's, or no message of the widget. */
    RC_NOT_OURS = 4,
    /* The body is too large: read no further, and end the reply. */
    RC_TOO_LARGE = 5,
    /* The call changed nothing: rc_error says why. */
    RC_ERROR = -1,
};

enum {
    /* Send the request once, then tell its reply or its fault. */
    RC_SEND = 1,
    /* Do nothing until the moment until, then take another turn. */
    RC_WAIT = 2,
    /* The end user is asked: show url. */
    RC_ASK = 3,
    /* It is over: read the outcome and the accounts. */
    RC_DONE = 4,
    /* The request was held up past its time, or something was told since the turn: take another turn. */
    RC_TURN = 5,
};

enum {
    /* No byte of the request can have left. */
    RC_REACHED_NO = 0,
    /* The request may have arrived, or nobody can tell. */
    RC_REACHED_MAYBE = 1,
};

/* The version of this ABI. It grows with every change that is not an addition of a function. */
#define RC_ABI_VERSION 1

/* Bytes. Text is UTF-8, and no NUL ends it. If there is nothing, len is 0. */
typedef struct rc_bytes {
    /* The first byte. */
    const char *data;
    /* How many there are. */
    size_t len;
} rc_bytes;

/* The keys of an integration. A key whose data is NULL is absent. The session copies them, and wipes its
   copy at the end. */
typedef struct rc_keys {
    /* The secret key. Without it no token is minted. */
    rc_bytes secret;
    /* The key of the data endpoints. */
    rc_bytes api;
} rc_keys;

/* One header of a request or of a reply. */
typedef struct rc_header {
    /* Its name. In a request it is in lower case. */
    rc_bytes name;
    /* Its value. It may be a key: do not log it. */
    rc_bytes value;
} rc_header;

/* What to do next. A field that todo does not need is 0 or NULL. */
typedef struct rc_step {
    /* RC_SEND, RC_WAIT, RC_ASK, RC_DONE or RC_TURN. */
    int32_t todo;
    /* 1 if nobody may send this request a second time, else 0. */
    int32_t once;
    /* The moment until which to wait. With RC_ASK: when to call rc_open again, since the last call came too early. */
    uint64_t until;
    /* The number of the request. */
    uint64_t id;
    /* GET, POST, PATCH or DELETE. */
    rc_bytes method;
    /* Where to send the request, or the widget's URL to show. */
    rc_bytes url;
    /* The headers of the request, all of them. */
    const rc_header *headers;
    /* How many headers there are. */
    size_t header_count;
    /* The body of the request. data is NULL if its method takes none. */
    rc_bytes body;
    /* The longest that the whole exchange may take, in milliseconds. */
    uint64_t limit_ms;
    /* The longest body of a reply, in bytes. */
    uint64_t max_body;
} rc_step;

/* Why a call changed nothing. No part of it is a secret. */
typedef struct rc_failure {
    /* A word for programs, such as invalidField: docs/reference/cli.md lists them. */
    rc_bytes code;
    /* The field or argument that is wrong, if one is. */
    rc_bytes field;
    /* A sentence for people. */
    rc_bytes message;
} rc_failure;

/* A session, and what it has lent. */
typedef struct rc_session rc_session;

/* The version of the ABI that this library has. Compare it with RC_ABI_VERSION before any other call. */
uint32_t rc_abi_version(void);

/* Begins a session with one JSON line: refresh, resume, resumeClaimed or restore. docs/reference/cli.md has them under
   "Drive". It sends nothing. If it fails, *out is NULL, and rc_error(NULL) says why. */
int32_t rc_begin(const char *line, size_t len, const rc_keys *keys, uint64_t now, rc_session **out);

/* Forgets a session and wipes its keys. NULL is allowed. The pointer is dead afterwards, and so is all that it lent. */
void rc_free(rc_session *session);

/* Looks at what comes next. out gets the snapshot to store before rc_take, or nothing if the store has it. The
   snapshot lives until the next call with this session. */
int32_t rc_turn(rc_session *session, uint64_t now, rc_bytes *out);

/* Goes on after rc_turn, once the snapshot is stored. What the step points to lives until the next rc_take. */
int32_t rc_take(rc_session *session, uint64_t now, rc_step *out);

/* The head of the reply to the request. Tell it before the body. */
int32_t rc_reply_begin(rc_session *session, uint32_t status, const rc_header *headers, size_t count);

/* The next bytes of the body. RC_TOO_LARGE says that the body is too large: read no further, and end the reply. */
int32_t rc_reply_append(rc_session *session, const char *data, size_t len);

/* The reply is whole. */
int32_t rc_reply_end(rc_session *session, uint64_t now);

/* No whole reply came. kind is a word for a fault, such as "timeout": docs/reference/cli.md lists them.
   reached is RC_REACHED_NO only if no byte of the request can have left. */
int32_t rc_fault(rc_session *session, uint64_t now, const char *kind, size_t len, int32_t reached);

/* Nobody waits for the reply any more, for example since the caller was cancelled. */
int32_t rc_lost(rc_session *session, uint64_t now);

/* A message that the widget posted, or the URL of its redirect. */
int32_t rc_returned(rc_session *session, uint64_t now, const char *news, size_t len);

/* The end user's answers, as {"number":N,"answers":{"PROMPT":["VALUE"]}}. The number is the one of rc_ask_json; without
   it they are for the prompt that stands. */
int32_t rc_answer(rc_session *session, uint64_t now, const char *json, size_t len);

/* The widget is about to be shown. The next turns mint a token for this one showing. */
int32_t rc_open(rc_session *session, uint64_t now);

/* A page shows the prompt, so its answer is given there. */
int32_t rc_shown(rc_session *session, uint64_t now);

/* The login that the replies named is no other user's. */
int32_t rc_confirm(rc_session *session, uint64_t now, const char *login, size_t len);

/* The end user does not want to. */
int32_t rc_cancel(rc_session *session, uint64_t now);

/* The revision that the store has to have for a swap, or -1 if the store has no row yet. */
int32_t rc_loaded(rc_session *session, int64_t *out);

/* The store has another revision: goes on from its row. If the store has no row, row is NULL. */
int32_t rc_reload(rc_session *session, uint64_t now, const char *row, size_t len);

/* The prompt as JSON, or nothing if the end user is not asked. It lives until the next call with this session. */
int32_t rc_ask_json(rc_session *session, uint64_t now, rc_bytes *out);

/* The session as a store would keep it now, as JSON. A loop has no need of it: rc_turn says what to store. It lives
   until the next call with this session. */
int32_t rc_snapshot_json(rc_session *session, rc_bytes *out);

/* Where the session is, as JSON. It lives until the next call with this session. */
int32_t rc_look_json(rc_session *session, uint64_t now, rc_bytes *out);

/* How it ended, as JSON, and "null" while it goes on. It lives until the next call with this session. */
int32_t rc_outcome_json(rc_session *session, uint64_t now, rc_bytes *out);

/* One account as JSON, from index 0, and nothing after the last one. It lives until the next call with this
   session. */
int32_t rc_accounts_json(rc_session *session, size_t index, rc_bytes *out);

/* The last error of a session. NULL asks for the last error of this thread in a call without a session, such as
   rc_begin. It lives until the next call that fails. */
const rc_failure *rc_error(const rc_session *session);

#ifdef __cplusplus
}
#endif

#endif
