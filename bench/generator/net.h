/* Datagrams in batches: sendmmsg and recvmmsg over a few sockets, from one or many addresses. */
#ifndef NET_H
#define NET_H
#define _GNU_SOURCE
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#include "wire.h"

#define BATCH 64
#define DATAGRAM_MAX 4096 /* no answer here comes near: a 200 lists a handful of bindings */

struct outbox;

struct net {
    int epoll;
    uint32_t sockets, sources; /* sources: how many addresses of 127.1.0.0/16 we speak from */
    uint16_t port;             /* of the first socket; the others follow */
    struct sockaddr_in server;
    struct outbox *outboxes;
    uint64_t send_failed;
};

typedef void (*datagram_handler)(void *context, char *bytes, size_t length);

/* Opens the sockets, or prints why not and exits. sources 1 means 127.0.0.1. */
void net_open(struct net *net, const char *host, uint16_t port, uint32_t sockets, uint32_t sources);
struct place net_place(const struct net *net, uint32_t phone);
/* A buffer to write this phone's datagram to; net_queue then says how long it became. */
char *net_buffer(struct net *net, uint32_t phone);
void net_queue(struct net *net, uint32_t phone, size_t length);
void net_flush(struct net *net);
/* Waits up to `timeout` ns and hands over everything that has arrived. */
void net_receive(struct net *net, uint64_t timeout, datagram_handler handler, void *context);

int udp_socket(uint32_t address, uint16_t port); /* big buffers, non-blocking; exits on errors */
uint64_t clock_now(void);                        /* ns, monotonic */

#endif
