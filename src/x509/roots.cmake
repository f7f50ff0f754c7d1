# Writes OUT, the C source of the public roots, from the certificates in DIR.
# Run by cmake -P at build time: -DDIR= -DSOURCE= -DOUT=
file(GLOB files ${DIR}/*.crt) # data, not sources: what Debian ships, one root a file
list(SORT files)
set(pem "")
set(count 0)
foreach(file IN LISTS files)
    file(READ ${file} text)
    string(STRIP "${text}" text)
    string(APPEND pem "${text}\n")
    math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUT}.pem "${pem}")
file(SHA256 ${OUT}.pem sha256)
file(READ ${OUT}.pem hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(..)" "0x\\1," sum "${sha256}")
string(LENGTH "${hex}" len)
math(EXPR len "${len} / 2")
file(WRITE ${OUT} "/* Made by roots.cmake from ${count} files; not to be edited. */
#include <stddef.h>
#include <stdint.h>

extern const unsigned char xd_builtin_roots_pem[];
extern const size_t xd_builtin_roots_len;
extern const size_t xd_builtin_roots_count;
extern const char xd_builtin_roots_source[];
extern const uint8_t xd_builtin_roots_sha256[32];

const unsigned char xd_builtin_roots_pem[] = {${bytes} 0};
const size_t xd_builtin_roots_len = ${len};
const size_t xd_builtin_roots_count = ${count};
const char xd_builtin_roots_source[] = \"${SOURCE}\";
const uint8_t xd_builtin_roots_sha256[32] = {${sum}};
")
