/* generator: many phones in one process, against one UDP registrar on loopback.
 *
 *   generator refresh|full|fetch [options]   load; one line of JSON on stdout at its end
 *   generator reflect [options]              a bare server to measure the generator against
 *
 * Phones are numbers base, base + 1, ...; the password of 1001 is "pw1001". */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "load.h"
#include "reflect.h"

struct options {
    const char *step, *host, *state;
    uint16_t port, from_port;
    uint32_t base, count, sockets, sources;
    struct plan plan;
    struct wording wording;
    struct reflection reflection;
};

static const char USAGE[] =
    "usage: generator refresh|full|fetch|reflect --port P [--host 127.0.0.1]\n"
    "  --base N --count N      phones (1000000, 10000)       --state FILE   nonces and CSeqs kept here\n"
    "  --window N              closed loop, N in flight (256) --rate R      open loop, R flows a second\n"
    "  --seconds S --warm S    counted, and not counted before (5, 0)\n"
    "  --flows N               stop after N flows            --once        each phone once, no time limit\n"
    "  --sockets N --sources N --from-port P                 (8 sockets, 1 source address, 40000)\n"
    "  --domain D --realm R --expires S --seed N             (127.0.0.1, rollcall, 3600, 1)\n"
    "  --interval MS --patience MS                           retransmission T1 (500), giving up (8000)\n"
    "  reflect: --drop SHARE --stall MS                      unanswered share; a pause once a second\n";

static uint64_t milliseconds(const char *text) { return (uint64_t)(atof(text) * 1e6); }

static int apply(struct options *o, const char *name, const char *value) {
    uint32_t number = (uint32_t)strtoul(value ? value : "0", NULL, 10);
    if (!strcmp(name, "host")) o->host = value;
    else if (!strcmp(name, "port")) o->port = o->reflection.port = (uint16_t)number;
    else if (!strcmp(name, "base")) o->base = number;
    else if (!strcmp(name, "count")) o->count = number;
    else if (!strcmp(name, "state")) o->state = value;
    else if (!strcmp(name, "window")) o->plan.window = number;
    else if (!strcmp(name, "rate")) o->plan.rate = atof(value), o->plan.window = 0;
    else if (!strcmp(name, "seconds")) o->plan.duration = (uint64_t)(atof(value) * 1e9);
    else if (!strcmp(name, "warm")) o->plan.warm = (uint64_t)(atof(value) * 1e9);
    else if (!strcmp(name, "flows")) o->plan.flows = number;
    else if (!strcmp(name, "once")) o->plan.flows = UINT64_MAX, o->plan.duration = 0;
    else if (!strcmp(name, "sockets")) o->sockets = number;
    else if (!strcmp(name, "sources")) o->sources = number;
    else if (!strcmp(name, "from-port")) o->from_port = (uint16_t)number;
    else if (!strcmp(name, "domain")) o->wording.domain = value;
    else if (!strcmp(name, "realm")) o->wording.realm = value;
    else if (!strcmp(name, "expires")) o->wording.expires = number;
    else if (!strcmp(name, "seed")) o->wording.seed = o->reflection.seed = number;
    else if (!strcmp(name, "interval")) o->plan.interval = milliseconds(value);
    else if (!strcmp(name, "patience")) o->plan.patience = milliseconds(value);
    else if (!strcmp(name, "drop")) o->reflection.drop = atof(value);
    else if (!strcmp(name, "stall")) o->reflection.stall = milliseconds(value);
    else return -1;
    return 0;
}

static int parse(struct options *o, int argc, char **argv) {
    if (argc < 2) return -1;
    o->step = argv[1];
    for (int i = 2; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) return -1;
        int alone = !strcmp(argv[i], "--once");
        if (!alone && i + 1 == argc) return -1;
        if (apply(o, argv[i] + 2, alone ? NULL : argv[i + 1])) return -1;
        i += !alone;
    }
    if (o->plan.flows == UINT64_MAX) o->plan.flows = o->count;
    return o->port && o->count && o->sockets && o->sources ? 0 : -1;
}

static void report(const struct options *o, const struct net *net, struct stats *stats, struct result result) {
    typedef unsigned long long wide;
    printf("{\"step\":\"%s\",\"phones\":%u,\"window\":%u,\"offered\":%.0f,\"seconds\":%.3f,", o->step,
           o->count, o->plan.window, o->plan.window ? 0.0 : o->plan.rate, result.seconds);
    printf("\"rate\":%.0f,\"flows\":%llu,\"counted\":%llu,\"sent\":%llu,\"retransmitted\":%llu,",
           result.seconds > 0 ? (double)result.counted / result.seconds : 0.0, (wide)stats->finished,
           (wide)result.counted, (wide)stats->sent, (wide)stats->retransmitted);
    printf("\"lost\":%llu,\"refused\":%llu,\"late\":%llu,\"garbage\":%llu,\"unlisted\":%llu,",
           (wide)stats->lost, (wide)stats->refused, (wide)stats->late, (wide)stats->garbage,
           (wide)stats->unlisted);
    printf("\"skipped\":%llu,\"send_failed\":%llu,\"statuses\":", (wide)stats->skipped,
           (wide)net->send_failed);
    stats_print_statuses(stats);
    printf(",\"latency_us\":");
    samples_print(&stats->latency);
    printf(",\"lag_us\":");
    samples_print(&stats->lag);
    printf("}\n");
}

static int load(struct options *o) {
    static struct stats stats;
    struct net net = {.port = o->from_port};
    struct fleet fleet;
    prctl(PR_SET_TIMERSLACK, 1UL); /* open loop: wake at the scheduled time, not 50 us later */
    wording_init(&o->wording);
    fleet_init(&fleet, o->base, o->count, o->wording.realm, o->wording.seed);
    if (o->state && fleet_load(&fleet, o->state) < 0) return perror(o->state), 1;
    net_open(&net, o->host, o->port, o->sockets, o->sources);
    struct result result = load_run(&o->plan, &net, &fleet, &o->wording, &stats);
    report(o, &net, &stats, result);
    if (o->state && fleet_save(&fleet, o->state) < 0) return perror(o->state), 1;
    return 0;
}

int main(int argc, char **argv) {
    struct options options = {
        .host = "127.0.0.1", .from_port = 40000, .base = 1000000, .count = 10000, .sockets = 8, .sources = 1,
        .plan = {.window = 256, .duration = 5000000000U, .interval = 500000000U, .patience = 8000000000U},
        .wording = {.domain = "127.0.0.1", .realm = "rollcall", .expires = 3600, .seed = 1},
        .reflection = {.seed = 1}};
    if (parse(&options, argc, argv) < 0) return fputs(USAGE, stderr), 2;
    options.plan.full = !strcmp(options.step, "full");
    options.wording.fetch = !strcmp(options.step, "fetch");
    if (!strcmp(options.step, "reflect")) return reflect(&options.reflection), 0;
    if (!options.plan.full && !options.wording.fetch && strcmp(options.step, "refresh") != 0)
        return fputs(USAGE, stderr), 2;
    return load(&options);
}
