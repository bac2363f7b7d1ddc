/* REGISTER out, answers in. Everything in a request follows from the phone and its CSeq, so a
 * retransmission is built again, byte for byte, instead of being kept. */
#ifndef WIRE_H
#define WIRE_H
#include <stddef.h>
#include <stdint.h>

#include "phones.h"

#define REQUEST_MAX 2048

struct place { /* where a phone lives: what its Via and Contact say */
    uint32_t address; /* IPv4, host order */
    uint16_t port;
};

struct wording { /* what all requests of a run share */
    const char *domain, *realm;
    uint32_t expires;
    int fetch; /* no Contact: only ask (RFC 3261 section 10.2.3) */
    uint64_t seed;
    char ha2[32]; /* MD5(REGISTER:sip:domain) */
};

void wording_init(struct wording *wording);

/* Writes the phone's present request to `to` (REQUEST_MAX bytes) and gives its length. */
size_t request_write(const struct wording *wording, const struct fleet *fleet, uint32_t index,
                     struct place place, char *to);

struct answer {
    int status;
    uint32_t phone, cseq; /* read back from our branch */
};

/* 0 and the answer, or -1 if these bytes answer nothing of ours. */
int answer_read(const char *bytes, size_t length, struct answer *answer);

/* Is this phone's Contact among those listed? */
int answer_lists(const struct phone *phone, const char *bytes, size_t length);

/* Takes the first MD5 challenge of a 401 into the phone's memory; -1 if there is none. */
int challenge_take(struct phone *phone, const char *bytes, size_t length);

#endif
