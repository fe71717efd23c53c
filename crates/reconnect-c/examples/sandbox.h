/* Plays the end user with his browser, against the sandbox. A real program has neither. Include over_curl.h first. */
#define SANDBOX_CUSTOMER "43387ca6-0391-4c82-857d-70d95f087ecb"

typedef struct page {
    char *text;
    size_t len;
} page;

static size_t page_add(char *piece, size_t size, size_t count, void *to) {
    page *all = to;
    char *more = realloc(all->text, all->len + count + 1);
    if (!more) return 0;
    memcpy(more + all->len, piece, count);
    all->text = more;
    all->text[all->len += count] = 0;
    return size * count;
}

/* Gets a page, or posts a form. The caller frees the text. */
static char *page_get(const char *url, const char *form) {
    page all = {calloc(1, 1), 0};
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "accept: application/json");
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, page_add);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &all);
    if (form) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form);
    if (curl_easy_perform(curl) != CURLE_OK) exit(fprintf(stderr, "no sandbox answers\n"));
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return all.text;
}

/* The text between two others. The caller frees it. */
static char *between(const char *text, const char *before, const char *after) {
    const char *from = text ? strstr(text, before) : NULL, *to = from ? strstr(from += strlen(before), after) : NULL;
    return to ? strndup(from, (size_t)(to - from)) : NULL;
}

/* Plays the user Greatday, who answers three questions. Returns what the widget posts to its page at the end. */
static char *sandbox_user(const char *sandbox, rc_bytes url) {
    static const char *answers[][2] = {{"city", "Montreal"}, {"country", "Canada"}, {"shape", "Triangle"}};
    char *at = strndup(url.data, url.len), *form = NULL;
    for (;;) {
        char *text = page_get(at, form), *event = between(text, "\"event\":", ",\"redirectUrl\"");
        char *action = between(text, "action=\"", "\""), *name, next[4096];
        free(at);
        free(form);
        at = form = NULL;
        if (!event && action) {
            name = between(strstr(text, "<input"), "name=\"", "\"");
            for (size_t i = 0; name && i < 3; ++i) {
                char *key = curl_easy_escape(NULL, name, 0);
                if (strstr(name, answers[i][0])) {
                    snprintf(next, sizeof next, "%s=%s", key, answers[i][1]);
                    form = strdup(next);
                }
                curl_free(key);
            }
            snprintf(next, sizeof next, "%s%s", action[0] == '/' ? sandbox : "", action);
            at = strdup(next);
            free(name);
        }
        free(action);
        free(text);
        if (event || !form) return free(at), free(form), event;
    }
}
