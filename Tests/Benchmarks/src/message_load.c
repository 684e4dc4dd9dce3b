/* message_load.c - asks a message service over one connection, with so many requests in flight.
 *
 * Frames and packets as NestJS writes them: <UTF-16 length>#{"pattern":{"cmd":"sum"},"data":[1,2,3],"id":"..."}.
 * Every answer is checked: it must hold {"response":6, and its id must be one that is in flight.
 * Prints one line: messages, seconds, errors.
 * usage: message_load PORT MESSAGES IN_FLIGHT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) { perror(what); exit(1); }

static void send_all(int fd, const char *p, size_t n) {
    while (n > 0) {
        ssize_t sent = write(fd, p, n);
        if (sent < 0) { if (errno == EINTR) continue; die("write"); }
        p += sent; n -= sent;
    }
}

int main(int argc, char **argv) {
    if (argc != 4) { fprintf(stderr, "usage: message_load PORT MESSAGES IN_FLIGHT\n"); return 2; }
    long total = atol(argv[2]), window = atol(argv[3]);
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    char *waiting = calloc(total + 1, 1), *out = malloc(window * 128 + 128), *in = malloc(1 << 20);
    size_t have = 0;
    long sent = 0, answered = 0, errors = 0;
    double begin = now();
    while (answered < total) {
        size_t length = 0;
        /* Refilled when half of the window is free, as a busy client's ticks do it. */
        if (sent < total && sent - answered <= window / 2)
            while (sent < total && sent - answered < window) {
                char packet[96];
                /* Ids as long as NestJS's: 21 digits. */
                int n = snprintf(packet, sizeof packet, "{\"pattern\":{\"cmd\":\"sum\"},\"data\":[1,2,3],\"id\":\"%021ld\"}", sent);
                length += sprintf(out + length, "%d#%s", n, packet);
                waiting[sent++] = 1;
            }
        if (length) send_all(fd, out, length);
        ssize_t n = read(fd, in + have, (1 << 20) - have);
        if (n <= 0) { fprintf(stderr, "the service has ended the connection after %ld answers\n", answered); return 1; }
        have += n;
        char *p = in, *end = in + have;
        for (;;) {
            char *hash = memchr(p, '#', end - p);
            if (!hash) break;
            long size = strtol(p, NULL, 10);
            if (end - hash - 1 < size) break;
            char *id = memmem(hash, size + 1, "\"id\":\"", 6);
            long number = id ? strtol(id + 6, NULL, 10) : -1;
            if (!memmem(hash, size + 1, "\"response\":6,", 13) || number < 0 || number >= sent || !waiting[number]) errors++;
            else waiting[number] = 0;
            answered++;
            p = hash + 1 + size;
        }
        have = end - p;
        memmove(in, p, have);
    }
    printf("%ld %.6f %ld\n", total, now() - begin, errors);
    return errors != 0;
}
