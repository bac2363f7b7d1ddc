#include "phones.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "md5.h"

uint64_t mix(uint64_t value) { /* the finaliser of splitmix64 */
    value += 0x9e3779b97f4a7c15ULL;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ value >> 27) * 0x94d049bb133111ebULL;
    return value ^ value >> 31;
}

uint64_t random_next(uint64_t *state) { return mix(*state += 0x9e3779b97f4a7c15ULL); }

int write_number(char *to, uint64_t value) {
    char digits[20];
    int length = 0;
    do digits[length++] = (char)('0' + value % 10);
    while (value /= 10);
    for (int i = 0; i < length; i++) to[i] = digits[length - 1 - i];
    return length;
}

void write_hex(char *to, uint64_t value, int digits) {
    for (int i = digits - 1; i >= 0; i--, value >>= 4) to[i] = "0123456789abcdef"[value & 15];
}

static void fill_hex(char *to, int digits, uint64_t seed) {
    for (int done = 0; done < digits; done += 16)
        write_hex(to + done, mix(seed + (uint64_t)done), digits - done < 16 ? digits - done : 16);
}

static void phone_init(struct phone *phone, uint32_t user, const char *realm) {
    char text[256];
    int length = snprintf(text, sizeof text, "%u:%s:pw%u", user, realm, user);
    md5_hex(text, (size_t)length, phone->ha1);
    uint64_t own = mix(user);
    phone->line_length = (uint8_t)(28 + own % 21);
    fill_hex(phone->line, phone->line_length, own);
    int token = (int)(50 + (own >> 32) % 31);
    fill_hex(phone->call_id, token, own ^ 0x5555);
    memcpy(phone->call_id + token, "@phone.lan", 10);
    phone->call_id_length = (uint8_t)(token + 10);
    phone->before = phone->after = NOBODY;
}

void fleet_init(struct fleet *fleet, uint32_t base, uint32_t count, const char *realm, uint64_t seed) {
    *fleet = (struct fleet){.base = base, .count = count, .random = mix(seed)};
    fleet->phones = calloc(count, sizeof *fleet->phones);
    fleet->order = malloc(count * sizeof *fleet->order);
    if (!fleet->phones || !fleet->order) perror("memory for the phones"), exit(1);
    for (uint32_t i = 0; i < count; i++) {
        phone_init(&fleet->phones[i], base + i, realm);
        fleet->order[i] = i;
    }
}

uint32_t fleet_next(struct fleet *fleet) {
    if (fleet->walked == fleet->count) fleet->walked = 0;
    uint32_t here = fleet->walked++;
    /* one step of Fisher and Yates's shuffle: no pause for a whole shuffle between rounds */
    uint32_t there = here + (uint32_t)(random_next(&fleet->random) % (fleet->count - here));
    uint32_t taken = fleet->order[there];
    fleet->order[there] = fleet->order[here];
    fleet->order[here] = taken;
    return taken;
}

struct label { uint32_t magic, base, count, size; };
#define MAGIC 0x726f6c6cU

int fleet_load(struct fleet *fleet, const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return errno == ENOENT ? 0 : -1;
    struct label label;
    int fits = fread(&label, sizeof label, 1, file) == 1 && label.magic == MAGIC &&
               label.base == fleet->base && label.size == sizeof(struct memory);
    for (uint32_t i = 0; fits && i < fleet->count && i < label.count; i++)
        fits = fread(&fleet->phones[i].memory, sizeof(struct memory), 1, file) == 1;
    fclose(file);
    if (!fits) errno = EINVAL;
    return fits ? 0 : -1;
}

int fleet_save(const struct fleet *fleet, const char *path) {
    FILE *file = fopen(path, "wb");
    if (!file) return -1;
    struct label label = {MAGIC, fleet->base, fleet->count, sizeof(struct memory)};
    int fine = fwrite(&label, sizeof label, 1, file) == 1;
    for (uint32_t i = 0; fine && i < fleet->count; i++)
        fine = fwrite(&fleet->phones[i].memory, sizeof(struct memory), 1, file) == 1;
    return fclose(file) == 0 && fine ? 0 : -1;
}
