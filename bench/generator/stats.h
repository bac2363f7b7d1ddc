/* What was counted and how long it took, printed as one line of JSON. */
#ifndef STATS_H
#define STATS_H
#include <stddef.h>
#include <stdint.h>

struct samples { /* every latency is kept, in microseconds: no buckets, no rounding */
    uint32_t *values;
    size_t count, room;
};

void samples_add(struct samples *samples, uint64_t nanoseconds);
/* Prints {"p50":..,"p90":..,"p99":..,"p99.9":..,"max":..} in microseconds; sorts the samples. */
void samples_print(struct samples *samples);

struct stats {
    uint64_t started, finished;   /* flows: from the schedule to their last answer */
    uint64_t sent, retransmitted; /* datagrams; sent includes retransmissions */
    uint64_t lost;                /* flows given up without an answer */
    uint64_t refused;             /* flows ended by another 401 although they had credentials */
    uint64_t late;                /* answers nobody waits for any more: duplicates */
    uint64_t garbage;             /* datagrams that answer nothing of ours */
    uint64_t unlisted;            /* 200s that do not list the phone's own Contact */
    uint64_t skipped;             /* phones passed over because they were still waiting */
    uint64_t statuses[700];
    struct samples latency, lag;  /* lag: how late we were to send what was scheduled */
};

void stats_print_statuses(const struct stats *stats);

#endif
