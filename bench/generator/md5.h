/* MD5 (RFC 1321), one call for a whole message; digest authentication is all it is for. */
#ifndef MD5_H
#define MD5_H
#include <stddef.h>

/* Writes the 32 lower-case hexadecimal digits of MD5(text) to hex; no terminating zero. */
void md5_hex(const char *text, size_t length, char hex[32]);

#endif
