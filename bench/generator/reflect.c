#define _GNU_SOURCE
#include "reflect.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "net.h"

static volatile sig_atomic_t stopping;

static void on_signal(int signal) {
    (void)signal;
    stopping = 1;
}

struct mirror {
    uint64_t answered, challenged, dropped, ignored, random;
};

static char *copy_line(char *to, const char *bytes, size_t length, const char *name) {
    const char *line = memmem(bytes, length, name, strlen(name));
    if (!line) return to;
    const char *end = memchr(line + 2, '\r', (size_t)(bytes + length - line - 2));
    if (!end) return to;
    memcpy(to, line, (size_t)(end - line));
    return to + (end - line);
}

/* 401 to a request without credentials, else 200; 0 if it is no REGISTER. */
static size_t answer(struct mirror *mirror, const char *bytes, size_t length, char *to) {
    static const char FINE[] = "SIP/2.0 200 OK", ASK[] = "SIP/2.0 401 Unauthorized",
        CHALLENGE[] = "\r\nWWW-Authenticate: Digest realm=\"rollcall\", qop=\"auth\", algorithm=MD5, "
                      "nonce=\"00112233445566778899aabbccddeeff0011223344556677\"",
        END[] = "\r\nContent-Length: 0\r\n\r\n";
    if (length < 9 || memcmp(bytes, "REGISTER ", 9) != 0) return 0;
    int known = memmem(bytes, length, "\r\nAuthorization:", 16) != NULL;
    char *at = to;
    at = mempcpy(at, known ? FINE : ASK, known ? sizeof FINE - 1 : sizeof ASK - 1);
    static const char *const ECHOED[] = {"\r\nVia:", "\r\nFrom:", "\r\nTo:", "\r\nCall-ID:", "\r\nCSeq:"};
    for (int i = 0; i < 5; i++) at = copy_line(at, bytes, length, ECHOED[i]);
    if (known) at = copy_line(at, bytes, length, "\r\nContact:");
    else at = mempcpy(at, CHALLENGE, sizeof CHALLENGE - 1);
    at = mempcpy(at, END, sizeof END - 1);
    *(known ? &mirror->answered : &mirror->challenged) += 1;
    return (size_t)(at - to);
}

void reflect(const struct reflection *reflection) {
    static char in[BATCH][DATAGRAM_MAX], out[BATCH][DATAGRAM_MAX];
    static struct sockaddr_in from[BATCH];
    struct iovec in_vectors[BATCH], out_vectors[BATCH];
    struct mmsghdr asked[BATCH], replies[BATCH];
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    struct mirror mirror = {.random = mix(reflection->seed)};
    int own = udp_socket(INADDR_LOOPBACK, reflection->port);
    uint64_t stall_at = clock_now() + 1000000000U;

    while (!stopping) {
        if (reflection->stall && clock_now() >= stall_at) {
            struct timespec pause = {(time_t)(reflection->stall / 1000000000U),
                                     (long)(reflection->stall % 1000000000U)};
            nanosleep(&pause, NULL);
            stall_at += 1000000000U;
        }
        for (int i = 0; i < BATCH; i++) {
            in_vectors[i] = (struct iovec){in[i], DATAGRAM_MAX};
            asked[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i],
                                               .msg_iov = &in_vectors[i], .msg_iovlen = 1};
        }
        struct pollfd waiting = {own, POLLIN, 0};
        if (poll(&waiting, 1, 100) <= 0) continue;
        int count = recvmmsg(own, asked, BATCH, MSG_DONTWAIT, NULL), ready = 0;
        for (int i = 0; i < count; i++) {
            double dice = (double)(random_next(&mirror.random) >> 11) / 9007199254740992.0;
            if (dice < reflection->drop) {
                mirror.dropped++;
                continue;
            }
            size_t length = answer(&mirror, in[i], asked[i].msg_len, out[ready]);
            if (!length) {
                mirror.ignored++;
                continue;
            }
            out_vectors[ready] = (struct iovec){out[ready], length};
            replies[ready].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i],
                                                     .msg_iov = &out_vectors[ready], .msg_iovlen = 1};
            ready++;
        }
        for (int sent = 0; sent < ready;) {
            int now = sendmmsg(own, replies + sent, (unsigned)(ready - sent), 0);
            if (now > 0) sent += now;
            else if (errno != EINTR) sent++;
        }
    }
    printf("{\"answered\":%llu,\"challenged\":%llu,\"dropped\":%llu,\"ignored\":%llu}\n",
           (unsigned long long)mirror.answered, (unsigned long long)mirror.challenged,
           (unsigned long long)mirror.dropped, (unsigned long long)mirror.ignored);
}
