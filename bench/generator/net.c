#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#define MANY_SOURCES 0x7f010000U /* 127.1.0.0: loopback, yet not the server's own 127.0.0.1 */
#define SOCKET_BUFFER (4 << 20)  /* what net.core.rmem_max usually allows */

struct outbox {
    int socket;
    unsigned queued;
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    _Alignas(struct cmsghdr) char controls[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
    char bytes[BATCH][REQUEST_MAX];
};

uint64_t clock_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

int udp_socket(uint32_t address, uint16_t port) {
    int made = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), size = SOCKET_BUFFER;
    if (made < 0) fail("socket");
    setsockopt(made, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(made, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
    if (bind(made, (struct sockaddr *)&own, sizeof own) < 0) fail("bind");
    return made;
}

static void outbox_init(struct outbox *box, struct net *net) {
    for (unsigned i = 0; i < BATCH; i++) {
        box->vectors[i].iov_base = box->bytes[i];
        struct msghdr *header = &box->headers[i].msg_hdr;
        header->msg_name = &net->server;
        header->msg_namelen = sizeof net->server;
        header->msg_iov = &box->vectors[i];
        header->msg_iovlen = 1;
        if (net->sources == 1) continue;
        /* one socket speaks for many addresses: each datagram names its own (ip(7), IP_PKTINFO) */
        header->msg_control = box->controls[i];
        header->msg_controllen = sizeof box->controls[i];
        struct cmsghdr *control = CMSG_FIRSTHDR(header);
        control->cmsg_level = IPPROTO_IP;
        control->cmsg_type = IP_PKTINFO;
        control->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
    }
}

void net_open(struct net *net, const char *host, uint16_t port, uint32_t sockets, uint32_t sources) {
    uint16_t first = net->port;
    *net = (struct net){.sockets = sockets, .sources = sources, .port = first};
    net->server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, host, &net->server.sin_addr) != 1) errno = EINVAL, fail("server address");
    net->epoll = epoll_create1(EPOLL_CLOEXEC);
    net->outboxes = calloc(sockets, sizeof *net->outboxes);
    if (net->epoll < 0 || !net->outboxes) fail("epoll");
    for (uint32_t i = 0; i < sockets; i++) {
        struct outbox *box = &net->outboxes[i];
        box->socket = udp_socket(sources == 1 ? INADDR_LOOPBACK : INADDR_ANY, (uint16_t)(first + i));
        outbox_init(box, net);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        if (epoll_ctl(net->epoll, EPOLL_CTL_ADD, box->socket, &event) < 0) fail("epoll_ctl");
    }
}

struct place net_place(const struct net *net, uint32_t phone) {
    uint32_t address = net->sources == 1 ? INADDR_LOOPBACK : MANY_SOURCES + 1 + phone % net->sources;
    return (struct place){address, (uint16_t)(net->port + phone % net->sockets)};
}

static void outbox_send(struct net *net, struct outbox *box) {
    unsigned sent = 0;
    while (sent < box->queued) {
        int now = sendmmsg(box->socket, box->headers + sent, box->queued - sent, 0);
        if (now > 0) sent += (unsigned)now;
        else if (errno != EINTR) net->send_failed++, sent++; /* its retransmission will follow */
    }
    box->queued = 0;
}

char *net_buffer(struct net *net, uint32_t phone) {
    struct outbox *box = &net->outboxes[phone % net->sockets];
    if (box->queued == BATCH) outbox_send(net, box);
    return box->bytes[box->queued];
}

void net_queue(struct net *net, uint32_t phone, size_t length) {
    struct outbox *box = &net->outboxes[phone % net->sockets];
    if (net->sources > 1) {
        struct in_pktinfo from = {.ipi_spec_dst.s_addr = htonl(net_place(net, phone).address)};
        memcpy(CMSG_DATA(CMSG_FIRSTHDR(&box->headers[box->queued].msg_hdr)), &from, sizeof from);
    }
    box->vectors[box->queued++].iov_len = length;
}

void net_flush(struct net *net) {
    for (uint32_t i = 0; i < net->sockets; i++)
        if (net->outboxes[i].queued) outbox_send(net, &net->outboxes[i]);
}

static void drain(int from, datagram_handler handler, void *context) {
    static char bytes[BATCH][DATAGRAM_MAX];
    static struct iovec vectors[BATCH];
    static struct mmsghdr headers[BATCH];
    if (!vectors[0].iov_base)
        for (int i = 0; i < BATCH; i++) {
            vectors[i] = (struct iovec){bytes[i], DATAGRAM_MAX};
            headers[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
        }
    int count;
    do {
        count = recvmmsg(from, headers, BATCH, MSG_DONTWAIT, NULL);
        for (int i = 0; i < count; i++) handler(context, bytes[i], headers[i].msg_len);
    } while (count == BATCH);
}

void net_receive(struct net *net, uint64_t timeout, datagram_handler handler, void *context) {
    struct epoll_event events[64];
    struct timespec wait = {(time_t)(timeout / 1000000000U), (long)(timeout % 1000000000U)};
    int ready = epoll_pwait2(net->epoll, events, 64, &wait, NULL);
    for (int i = 0; i < ready; i++) drain(net->outboxes[events[i].data.u32].socket, handler, context);
}
