#include "stats.h"

#include <stdio.h>
#include <stdlib.h>

void samples_add(struct samples *samples, uint64_t nanoseconds) {
    if (samples->count == samples->room) {
        samples->room = samples->room ? 2 * samples->room : 1 << 20;
        samples->values = realloc(samples->values, samples->room * sizeof *samples->values);
        if (!samples->values) perror("memory for the samples"), exit(1);
    }
    uint64_t microseconds = nanoseconds / 1000;
    samples->values[samples->count++] = microseconds > UINT32_MAX ? UINT32_MAX : (uint32_t)microseconds;
}

static int ascending(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static uint32_t at(const struct samples *samples, double share) {
    if (!samples->count) return 0;
    size_t rank = (size_t)(share * (double)samples->count);
    return samples->values[rank < samples->count ? rank : samples->count - 1];
}

void samples_print(struct samples *samples) {
    qsort(samples->values, samples->count, sizeof *samples->values, ascending);
    printf("{\"p50\":%u,\"p90\":%u,\"p99\":%u,\"p99.9\":%u,\"max\":%u}", at(samples, 0.5),
           at(samples, 0.9), at(samples, 0.99), at(samples, 0.999), at(samples, 1.0));
}

void stats_print_statuses(const struct stats *stats) {
    const char *comma = "";
    printf("{");
    for (int status = 100; status < 700; status++)
        if (stats->statuses[status]) {
            printf("%s\"%d\":%llu", comma, status, (unsigned long long)stats->statuses[status]);
            comma = ",";
        }
    printf("}");
}
