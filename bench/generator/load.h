/* The load: which phone speaks when, and what its answers lead to. */
#ifndef LOAD_H
#define LOAD_H
#include <stdint.h>

#include "net.h"
#include "phones.h"
#include "stats.h"
#include "wire.h"

struct plan {
    int full;           /* each flow starts without credentials and is challenged */
    uint32_t window;    /* closed loop: flows in flight; 0 means open loop */
    double rate;        /* open loop: flows a second, at random (Poisson) times */
    uint64_t warm;      /* ns at the start that are not counted */
    uint64_t duration;  /* ns that are counted; 0 means no end by time */
    uint64_t flows;     /* start this many and stop; 0 means no end by number */
    uint64_t interval;  /* ns: T1 of RFC 3261 section 17.1.2.2, doubled up to 4 s */
    uint64_t patience;  /* ns from a request to giving it up (timer F; ours is shorter) */
};

struct result {
    double seconds;     /* counted time */
    uint64_t counted;   /* flows that ended well within it */
};

/* Runs the plan to its end; the last flows are waited for. */
struct result load_run(const struct plan *plan, struct net *net, struct fleet *fleet,
                       const struct wording *wording, struct stats *stats);

#endif
