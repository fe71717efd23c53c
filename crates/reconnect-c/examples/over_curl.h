/* The network and the clock: libcurl (7.83 or later) and POSIX. Include this file first. */
#define _POSIX_C_SOURCE 200809L
#include <curl/curl.h>
#include <reconnect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t now(void) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    return (uint64_t)at.tv_sec * 1000 + (uint64_t)at.tv_nsec / 1000000;
}

static void sleep_until(uint64_t moment) {
    struct timespec some = {0, 10000000};
    while (now() < moment) nanosleep(&some, NULL);
}

typedef struct exchange {
    CURL *curl;
    rc_session *session;
    int begun, too_large;
} exchange;

/* Tells the head of the reply, once it is there. */
static void exchange_head(exchange *it) {
    rc_header headers[100];
    struct curl_header *one = NULL;
    size_t count = 0;
    long status = 0;
    if (it->begun++) return;
    curl_easy_getinfo(it->curl, CURLINFO_RESPONSE_CODE, &status);
    while (count < 100 && (one = curl_easy_nextheader(it->curl, CURLH_HEADER, 0, one)) != NULL) {
        rc_bytes name = {one->name, strlen(one->name)}, value = {one->value, strlen(one->value)};
        headers[count].name = name;
        headers[count++].value = value;
    }
    rc_reply_begin(it->session, (uint32_t)status, headers, count);
}

static size_t exchange_body(char *piece, size_t size, size_t count, void *exchange_of) {
    exchange *it = exchange_of;
    exchange_head(it);
    it->too_large = rc_reply_append(it->session, piece, size * count) != RC_OK;
    return it->too_large ? 0 : count;
}

/* The word for a fault. Whatever happens before the request is on its way has *reached RC_REACHED_NO. */
static const char *exchange_fault(CURLcode code, int begun, int *reached) {
    *reached = RC_REACHED_NO;
    if (code == CURLE_COULDNT_RESOLVE_HOST) return "nameNotFound";
    if (code == CURLE_COULDNT_CONNECT) return "connect";
    if (code == CURLE_PEER_FAILED_VERIFICATION) return "untrusted";
    if (code == CURLE_SSL_CONNECT_ERROR) return "tls";
    *reached = RC_REACHED_MAYBE;
    if (!begun && (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR)) return "reset";
    return code == CURLE_OPERATION_TIMEDOUT ? "timeout" : "broken";
}

/* Sends the request once, and tells the session what became of it. */
static void send_with_curl(rc_session *session, const rc_step *step) {
    exchange it = {curl_easy_init(), session, 0, 0};
    struct curl_slist *headers = curl_slist_append(NULL, "expect:");
    char line[8192];
    for (size_t i = 0; i < step->header_count; ++i) {
        rc_bytes name = step->headers[i].name, value = step->headers[i].value;
        snprintf(line, sizeof line, "%.*s: %.*s", (int)name.len, name.data, (int)value.len, value.data);
        headers = curl_slist_append(headers, line);
    }
    snprintf(line, sizeof line, "%.*s", (int)step->url.len, step->url.data);
    curl_easy_setopt(it.curl, CURLOPT_URL, line);
    curl_easy_setopt(it.curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(it.curl, CURLOPT_PROXY, "");
    curl_easy_setopt(it.curl, CURLOPT_TIMEOUT_MS, (long)step->limit_ms);
    if (step->body.data) {
        curl_easy_setopt(it.curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)step->body.len);
        curl_easy_setopt(it.curl, CURLOPT_POSTFIELDS, step->body.data);
    }
    snprintf(line, sizeof line, "%.*s", (int)step->method.len, step->method.data);
    curl_easy_setopt(it.curl, CURLOPT_CUSTOMREQUEST, line);
    curl_easy_setopt(it.curl, CURLOPT_WRITEFUNCTION, exchange_body);
    curl_easy_setopt(it.curl, CURLOPT_WRITEDATA, &it);
    CURLcode code = curl_easy_perform(it.curl);
    if (code == CURLE_OK || it.too_large) {
        exchange_head(&it);
        rc_reply_end(session, now());
    } else {
        int reached;
        const char *kind = exchange_fault(code, it.begun, &reached);
        rc_fault(session, now(), kind, strlen(kind), reached);
    }
    memset(line, 0, sizeof line);
    curl_slist_free_all(headers);
    curl_easy_cleanup(it.curl);
}
