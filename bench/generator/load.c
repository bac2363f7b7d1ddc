#include "load.h"

#include <math.h>

/* How time is kept. A waiting phone hangs in the queue of its number of tries. All in one queue
 * wait equally long, so a queue is ordered by itself and only its head need be looked at. */
#define TRIES 8
#define LONGEST 4000000000ULL /* T2 of RFC 3261 section 17.1.2.2 */
#define IDLE_WAIT 100000000ULL

struct load {
    const struct plan *plan;
    struct net *net;
    struct fleet *fleet;
    const struct wording *wording;
    struct stats *stats;
    uint32_t head[TRIES], tail[TRIES], in_flight;
    uint64_t begin, count_from, count_until, next; /* ns; next: open loop's next start */
    uint64_t counted, random;
};

static uint64_t wait_after(const struct load *load, unsigned tries) {
    uint64_t wait = load->plan->interval << (tries - 1);
    return wait < LONGEST ? wait : LONGEST;
}

static void queue_add(struct load *load, uint32_t index) {
    struct phone *phone = &load->fleet->phones[index];
    uint32_t *tail = &load->tail[phone->tries - 1];
    phone->before = *tail;
    phone->after = NOBODY;
    if (*tail == NOBODY) load->head[phone->tries - 1] = index;
    else load->fleet->phones[*tail].after = index;
    *tail = index;
}

static void queue_remove(struct load *load, uint32_t index) {
    struct phone *phones = load->fleet->phones, *phone = &phones[index];
    if (phone->before == NOBODY) load->head[phone->tries - 1] = phone->after;
    else phones[phone->before].after = phone->after;
    if (phone->after == NOBODY) load->tail[phone->tries - 1] = phone->before;
    else phones[phone->after].before = phone->before;
}

static void transmit(struct load *load, uint32_t index, uint64_t now) {
    struct phone *phone = &load->fleet->phones[index];
    char *to = net_buffer(load->net, index);
    net_queue(load->net, index,
              request_write(load->wording, load->fleet, index, net_place(load->net, index), to));
    load->stats->sent++;
    phone->due = now + wait_after(load, phone->tries);
    queue_add(load, index);
}

static void ask(struct load *load, uint32_t index, uint64_t now, enum credentials credentials) {
    struct phone *phone = &load->fleet->phones[index];
    phone->waiting = 1;
    phone->credentials = (uint8_t)credentials;
    phone->memory.cseq++;
    phone->memory.nc += credentials != NONE;
    phone->tries = 1;
    transmit(load, index, now);
}

static void start(struct load *load, uint64_t scheduled, uint64_t now) {
    uint32_t index = fleet_next(load->fleet), passed = 0;
    while (load->fleet->phones[index].waiting && ++passed < load->fleet->count)
        index = fleet_next(load->fleet);
    struct phone *phone = &load->fleet->phones[index];
    load->stats->skipped += passed;
    load->stats->started++;
    if (phone->waiting) { /* so does every phone: the server is gone, or the fleet too small */
        load->stats->lost++;
        return;
    }
    load->in_flight++;
    phone->scheduled = scheduled;
    if (scheduled >= load->count_from) samples_add(&load->stats->lag, now - scheduled);
    ask(load, index, now, !load->plan->full && phone->memory.nonce_length ? REMEMBERED : NONE);
}

static void finish(struct load *load, struct phone *phone, uint64_t now, int well) {
    phone->waiting = 0;
    load->in_flight--;
    load->stats->finished++;
    if (phone->scheduled >= load->count_from && phone->scheduled < load->count_until)
        samples_add(&load->stats->latency, now - phone->scheduled);
    load->counted += well && now >= load->count_from && now < load->count_until;
}

static void on_datagram(void *context, char *bytes, size_t length) {
    struct load *load = context;
    struct answer answer;
    if (answer_read(bytes, length, &answer) || answer.phone >= load->fleet->count ||
        answer.status < 100 || answer.status >= 700) {
        load->stats->garbage++;
        return;
    }
    struct phone *phone = &load->fleet->phones[answer.phone];
    if (!phone->waiting || phone->memory.cseq != answer.cseq) {
        load->stats->late++;
        return;
    }
    load->stats->statuses[answer.status]++;
    if (answer.status < 200) return;
    queue_remove(load, answer.phone);
    uint64_t now = clock_now();
    if (answer.status == 401 && challenge_take(phone, bytes, length) == 0) {
        if (phone->credentials != FRESH) return ask(load, answer.phone, now, FRESH);
        load->stats->refused++; /* a nonce of this very flow: the password is wrong */
        return finish(load, phone, now, 0);
    }
    int well = answer.status == 200;
    if (well && !answer_lists(phone, bytes, length)) load->stats->unlisted++, well = 0;
    finish(load, phone, now, well);
}

static void expire(struct load *load, uint64_t now) {
    for (unsigned level = 0; level < TRIES; level++)
        while (load->head[level] != NOBODY) {
            uint32_t index = load->head[level];
            struct phone *phone = &load->fleet->phones[index];
            if (phone->due > now) break;
            queue_remove(load, index);
            uint64_t waited = 0;
            for (unsigned i = 1; i <= phone->tries; i++) waited += wait_after(load, i);
            if (waited >= load->plan->patience || phone->tries == TRIES) {
                load->stats->lost++;
                finish(load, phone, now, 0); /* counts with the whole time it was waited for */
                continue;
            }
            phone->tries++;
            load->stats->retransmitted++;
            transmit(load, index, now);
        }
}

/* Starts what is to start now; 0 when the plan is done. */
static int start_due(struct load *load, uint64_t now) {
    const struct plan *plan = load->plan;
    if (plan->flows && load->stats->started >= plan->flows) return 0;
    if (plan->window) {
        if (now >= load->count_until) return 0;
        while (load->in_flight < plan->window && load->in_flight < load->fleet->count &&
               !(plan->flows && load->stats->started >= plan->flows))
            start(load, now, now);
        return 1;
    }
    if (load->next >= load->count_until) return 0;
    /* At most a batch at a time, so that answers are read in between even when we are late. */
    for (int burst = 0; burst < BATCH && load->next <= now && load->next < load->count_until; burst++) {
        if (plan->flows && load->stats->started >= plan->flows) return 0;
        start(load, load->next, now);
        double uniform = ((double)(random_next(&load->random) >> 11) + 1) / 9007199254740993.0;
        load->next += (uint64_t)(-log(uniform) / plan->rate * 1e9);
    }
    return 1;
}

static uint64_t next_event(const struct load *load, int going) {
    uint64_t next = UINT64_MAX;
    if (going && !load->plan->window) next = load->next;
    for (unsigned level = 0; level < TRIES; level++)
        if (load->head[level] != NOBODY && load->fleet->phones[load->head[level]].due < next)
            next = load->fleet->phones[load->head[level]].due;
    return next;
}

struct result load_run(const struct plan *plan, struct net *net, struct fleet *fleet,
                       const struct wording *wording, struct stats *stats) {
    struct load load = {.plan = plan, .net = net, .fleet = fleet, .wording = wording, .stats = stats};
    for (unsigned level = 0; level < TRIES; level++) load.head[level] = load.tail[level] = NOBODY;
    load.random = mix(wording->seed ^ 0x706f6973736f6eULL);
    load.begin = load.next = clock_now();
    load.count_from = load.begin + plan->warm;
    load.count_until = plan->duration ? load.count_from + plan->duration : UINT64_MAX;

    int going = 1;
    while (going || load.in_flight) {
        uint64_t now = clock_now();
        expire(&load, now);
        going = going && start_due(&load, now);
        net_flush(net);
        now = clock_now();
        uint64_t next = next_event(&load, going);
        uint64_t wait = next <= now ? 0 : next - now < IDLE_WAIT ? next - now : IDLE_WAIT;
        if (going || load.in_flight) net_receive(net, wait, on_datagram, &load);
    }
    uint64_t end = clock_now();
    if (end > load.count_until) end = load.count_until;
    double seconds = end > load.count_from ? (double)(end - load.count_from) / 1e9 : 0;
    return (struct result){seconds, load.counted};
}
