// libcurl's easy interface takes options as variable arguments, which Swift cannot call. Each kind stands here under a name
// of its own.
#include <curl/curl.h>

typedef size_t (*shim_curl_write)(char *bytes, size_t size, size_t count, void *receiver);

static inline CURLcode shim_curl_setopt_text(CURL *curl, CURLoption option, const char *text) {
    return curl_easy_setopt(curl, option, text);
}

static inline CURLcode shim_curl_setopt_number(CURL *curl, CURLoption option, long number) {
    return curl_easy_setopt(curl, option, number);
}

static inline CURLcode shim_curl_setopt_list(CURL *curl, CURLoption option, struct curl_slist *list) {
    return curl_easy_setopt(curl, option, list);
}

static inline CURLcode shim_curl_setopt_receiver(CURL *curl, shim_curl_write write, void *receiver) {
    CURLcode code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, write);
    return code != CURLE_OK ? code : curl_easy_setopt(curl, CURLOPT_WRITEDATA, receiver);
}

static inline CURLcode shim_curl_setopt_bytes(CURL *curl, CURLoption option, const void *bytes) {
    return curl_easy_setopt(curl, option, bytes);
}

// Called from time to time; anything but 0 gives the transfer up.
typedef int (*shim_curl_progress)(
    void *context, curl_off_t total, curl_off_t now, curl_off_t uploadTotal, curl_off_t uploadNow);

static inline CURLcode shim_curl_setopt_progress(CURL *curl, shim_curl_progress progress, void *context) {
    CURLcode code = curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, progress);
    if (code == CURLE_OK) code = curl_easy_setopt(curl, CURLOPT_XFERINFODATA, context);
    return code != CURLE_OK ? code : curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

// Seconds that the answer asks to wait; 0 for none.
static inline long shim_curl_retry_after(CURL *curl) {
    curl_off_t seconds = 0;
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
    return (long)seconds;
}

static inline long shim_curl_status(CURL *curl) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}
