/* A bare answering machine: shows that the generator, not the socket, is ahead of every server. */
#ifndef REFLECT_H
#define REFLECT_H
#include <stdint.h>

struct reflection {
    uint16_t port;
    double drop;         /* share of requests that get no answer, 0 to 1 */
    uint64_t stall;      /* ns to stop for, once a second: the generator must notice */
    uint64_t seed;
};

/* Answers until SIGTERM or SIGINT, then prints what it did as one line of JSON. */
void reflect(const struct reflection *reflection);

#endif
