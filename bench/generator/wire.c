#define _GNU_SOURCE
#include "wire.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "md5.h"

#define COOKIE "z9hG4bK" /* RFC 3261 section 8.1.1.7 */

static const char *const AGENTS[16] = {
    "Yealink SIP-T46U 108.86.0.20", "Yealink SIP-T31P 124.86.0.40", "Grandstream GXP2170 1.0.11.79",
    "Grandstream HT818 1.0.43.11", "PolycomVVX-VVX_450-UA/6.4.3.5152", "snomD785/10.1.175.16",
    "Cisco-CP-8841-3PCC/12.0.1", "Fanvil X4U 2.12.1.7", "Linphone/5.2.5 (belle-sip/5.3.26)",
    "baresip v2.0.1 (x86_64/linux)", "MicroSIP/3.21.3", "Zoiper rv2.10.20.4", "PJSUA v2.13 Linux",
    "Gigaset N510 IP PRO/42.250", "AVM FRITZ!Box 7590 154.07.57", "Panasonic-KX-HDV230/07.302"};

static inline char *put(char *to, const char *text, size_t length) {
    memcpy(to, text, length);
    return to + length;
}
#define PUT(to, literal) put(to, literal, sizeof(literal) - 1)

static inline char *put_text(char *to, const char *text) { return put(to, text, strlen(text)); }
static inline char *put_number(char *to, uint64_t value) { return to + write_number(to, value); }
static inline char *put_hex(char *to, uint64_t value, int digits) {
    write_hex(to, value, digits);
    return to + digits;
}

static char *put_place(char *to, struct place place) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        to = put_number(to, place.address >> shift & 255);
        *to++ = shift ? '.' : ':';
    }
    return put_number(to, place.port);
}

void wording_init(struct wording *wording) {
    char text[256];
    int length = snprintf(text, sizeof text, "REGISTER:sip:%s", wording->domain);
    md5_hex(text, (size_t)length, wording->ha2);
}

/* Digest with qop=auth (RFC 7616 section 3.4.1), or without where the challenge has no qop. */
static char *put_credentials(char *to, const struct wording *wording, const struct phone *phone,
                             uint32_t user, uint64_t own) {
    const struct memory *memory = &phone->memory;
    char cnonce[8], nc[8], text[512], *at = text;
    write_hex(cnonce, own >> 24, 8);
    write_hex(nc, memory->nc, 8);
    at = put(at, phone->ha1, 32);
    *at++ = ':';
    at = put(at, memory->nonce, memory->nonce_length);
    *at++ = ':';
    if (memory->qop) {
        at = put(at, nc, 8);
        *at++ = ':';
        at = put(at, cnonce, 8);
        at = PUT(at, ":auth:");
    }
    at = put(at, wording->ha2, 32);

    to = put_number(PUT(to, "Authorization: Digest username=\""), user);
    to = put_text(PUT(to, "\", realm=\""), wording->realm);
    to = put(PUT(to, "\", nonce=\""), memory->nonce, memory->nonce_length);
    to = put_text(PUT(to, "\", uri=\"sip:"), wording->domain);
    to = PUT(to, "\", response=\"");
    md5_hex(text, (size_t)(at - text), to);
    to = PUT(to + 32, "\", algorithm=MD5");
    if (memory->qop) {
        to = put(PUT(to, ", qop=auth, nc="), nc, 8);
        to = put(PUT(to, ", cnonce=\""), cnonce, 8);
        *to++ = '"';
    }
    if (memory->opaque_length) {
        to = put(PUT(to, ", opaque=\""), memory->opaque, memory->opaque_length);
        *to++ = '"';
    }
    return PUT(to, "\r\n");
}

size_t request_write(const struct wording *wording, const struct fleet *fleet, uint32_t index,
                     struct place place, char *to) {
    const struct phone *phone = &fleet->phones[index];
    uint32_t user = fleet->base + index, cseq = phone->memory.cseq;
    uint64_t own = mix(wording->seed ^ ((uint64_t)index << 32 | cseq));
    const char *agent = AGENTS[mix(user) % 16];
    char *at = to;

    at = put_text(PUT(at, "REGISTER sip:"), wording->domain);
    at = put_place(PUT(at, " SIP/2.0\r\nVia: SIP/2.0/UDP "), place);
    at = put_hex(PUT(at, ";branch=" COOKIE), index, 8);
    at = put_hex(put_hex(at, cseq, 8), own, 8);
    at = put_number(PUT(at, ";rport\r\nMax-Forwards: 70\r\nFrom: <sip:"), user);
    *at++ = '@';
    at = put_text(at, wording->domain);
    at = put_hex(PUT(at, ">;tag="), own >> 20, 10);
    at = put_number(PUT(at, "\r\nTo: <sip:"), user);
    *at++ = '@';
    at = put_text(at, wording->domain);
    at = put(PUT(at, ">\r\nCall-ID: "), phone->call_id, phone->call_id_length);
    at = put_number(PUT(at, "\r\nCSeq: "), cseq);
    at = PUT(at, " REGISTER\r\n");
    if (!wording->fetch) {
        at = put_number(PUT(at, "Contact: <sip:"), user);
        *at++ = '@';
        at = put_place(at, place);
        at = put(PUT(at, ";line="), phone->line, phone->line_length);
        at = PUT(at, ">\r\n");
    }
    if (phone->credentials != NONE) at = put_credentials(at, wording, phone, user, own);
    at = put_text(PUT(at, "User-Agent: "), agent);
    at = PUT(at, "\r\nSupported: replaces, timer, path\r\nAllow: INVITE, ACK, OPTIONS, BYE, CANCEL, "
                 "SUBSCRIBE, NOTIFY, INFO, REFER, UPDATE, MESSAGE\r\n");
    if (!wording->fetch) {
        at = put_number(PUT(at, "Expires: "), wording->expires);
        at = PUT(at, "\r\n");
    }
    at = PUT(at, "Content-Length: 0\r\n\r\n");
    return (size_t)(at - to);
}

static int read_hex(const char *from, uint32_t *value) {
    *value = 0;
    for (int i = 0; i < 8; i++) {
        char c = from[i];
        uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10) : 16;
        if (digit == 16) return -1;
        *value = *value << 4 | digit;
    }
    return 0;
}

int answer_read(const char *bytes, size_t length, struct answer *answer) {
    if (length < 16 || memcmp(bytes, "SIP/2.0 ", 8) != 0) return -1;
    answer->status = (bytes[8] - '0') * 100 + (bytes[9] - '0') * 10 + (bytes[10] - '0');
    const char *branch = memmem(bytes, length, COOKIE, 7);
    if (!branch || branch + 7 + 16 > bytes + length) return -1;
    return read_hex(branch + 7, &answer->phone) || read_hex(branch + 15, &answer->cseq) ? -1 : 0;
}

int answer_lists(const struct phone *phone, const char *bytes, size_t length) {
    return memmem(bytes, length, phone->line, phone->line_length) != NULL;
}

/* The value of a parameter between `from` and `end`, without its quotes. */
static const char *parameter(const char *from, const char *end, const char *name, size_t *length) {
    size_t size = strlen(name);
    for (const char *at = from; at + size + 1 < end; at++) {
        if (strncasecmp(at, name, size) != 0 || at[size] != '=' || (at[-1] != ' ' && at[-1] != ','))
            continue;
        const char *value = at + size + 1;
        const char *stop = *value == '"' ? "\"\r" : ", \r";
        if (*value == '"') value++;
        const char *close = value;
        while (close < end && !strchr(stop, *close)) close++;
        *length = (size_t)(close - value);
        return value;
    }
    return NULL;
}

int challenge_take(struct phone *phone, const char *bytes, size_t length) {
    static const char NAME[] = "\r\nWWW-Authenticate:";
    const char *end = bytes + length, *at = bytes;
    while ((at = memmem(at, (size_t)(end - at), NAME, sizeof NAME - 1))) {
        at += sizeof NAME - 1;
        const char *close = memchr(at, '\r', (size_t)(end - at));
        if (!close) return -1;
        size_t size, nonce_size, opaque_size = 0;
        const char *algorithm = parameter(at, close, "algorithm", &size);
        if (algorithm && (size != 3 || strncasecmp(algorithm, "MD5", 3) != 0)) continue;
        const char *nonce = parameter(at, close, "nonce", &nonce_size);
        const char *opaque = parameter(at, close, "opaque", &opaque_size);
        if (!nonce || nonce_size > NONCE_MAX || opaque_size > OPAQUE_MAX) return -1;
        memcpy(phone->memory.nonce, nonce, nonce_size);
        if (opaque) memcpy(phone->memory.opaque, opaque, opaque_size);
        phone->memory.nonce_length = (uint8_t)nonce_size;
        phone->memory.opaque_length = (uint8_t)opaque_size;
        phone->memory.qop = parameter(at, close, "qop", &size) != NULL;
        phone->memory.nc = 0;
        return 0;
    }
    return -1;
}
