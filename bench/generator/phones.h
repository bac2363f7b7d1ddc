/* The fleet: what each simulated phone remembers between requests and between runs. */
#ifndef PHONES_H
#define PHONES_H
#include <stdint.h>

#define NONCE_MAX 160  /* Kamailio's are 40-60 bytes long, rollcall's below 100 */
#define OPAQUE_MAX 64
#define NOBODY UINT32_MAX

/* What survives in the state file, so that a later run refreshes instead of starting anew. */
struct memory {
    uint32_t cseq; /* of the last request sent */
    uint32_t nc;   /* how often this nonce was used */
    uint8_t nonce_length, opaque_length, qop, padding;
    char nonce[NONCE_MAX];
    char opaque[OPAQUE_MAX];
};

/* The nonce a request answers with: none, one of an earlier flow, one of this very flow. */
enum credentials { NONE, REMEMBERED, FRESH };

struct phone {
    struct memory memory;
    char ha1[32];        /* MD5(user:realm:password) */
    uint64_t scheduled;  /* ns: when this flow should have started; latency counts from here */
    uint64_t due;        /* ns: when to retransmit, or to give up */
    uint32_t before, after;
    uint8_t waiting, tries, credentials, line_length, call_id_length;
    char line[64];       /* makes the Contact distinct and 60 to 90 bytes long */
    char call_id[96];
};

struct fleet {
    struct phone *phones;
    uint32_t *order; /* a permutation, shuffled step by step while it is walked */
    uint32_t count, base, walked;
    uint64_t random;
};

uint64_t mix(uint64_t value);             /* a hash: the same value gives the same bits */
uint64_t random_next(uint64_t *state);    /* a stream of pseudo-random bits */
int write_number(char *to, uint64_t value);
void write_hex(char *to, uint64_t value, int digits);

void fleet_init(struct fleet *fleet, uint32_t base, uint32_t count, const char *realm, uint64_t seed);
/* The next phone in random order: everyone once a round. */
uint32_t fleet_next(struct fleet *fleet);
/* 0, or -1 with errno. A missing file is no error: the fleet then starts unregistered. */
int fleet_load(struct fleet *fleet, const char *path);
int fleet_save(const struct fleet *fleet, const char *path);

#endif
