// ICU's data package, empty.
//
// Yams and JWTKit import Foundation, whose static library brings 34 MB of data for calendars, currencies and collation in every
// language. Nothing of that is used here; but what a program refers to is linked. With an object that has the package's name, the
// linker leaves the archive's where it is: the release binary is 47 MB instead of 81, stripped.
//
// ICU has a data package like this one for the same purpose (stubdata): whoever asks for data hears that there is none. The name
// has the version of the toolchain's ICU in it; when that is none of these the program is larger, and nothing else. The symbols are
// hidden, so that a Foundation which is a shared library (debug builds, tests) keeps its own.
#include <stdint.h>

struct data_info {
    uint16_t size, reserved_word;
    uint8_t is_big_endian, charset_family, size_of_uchar, reserved_byte;
    uint8_t format[4], format_version[4], data_version[4];
};

struct data_package {
    uint16_t header_size;
    uint8_t magic1, magic2;
    struct data_info info;
    uint8_t padding[8];
    uint32_t count, reserved;
    uint32_t names[4];
};

#define EMPTY_PACKAGE(version)                                                                                               \
    __attribute__((visibility("hidden"), aligned(16))) const struct data_package icudt##version##_dat = {                    \
        .header_size = 32,                                                                                                   \
        .magic1 = 0xda,                                                                                                      \
        .magic2 = 0x27,                                                                                                      \
        .info = {.size = sizeof(struct data_info),                                                                           \
                 .is_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,                                                    \
                 .size_of_uchar = 2,                                                                                         \
                 .format = {'T', 'o', 'C', 'P'},                                                                             \
                 .format_version = {1, 0, 0, 0}},                                                                            \
    }

EMPTY_PACKAGE(74);
EMPTY_PACKAGE(75);
EMPTY_PACKAGE(76);
EMPTY_PACKAGE(77);
EMPTY_PACKAGE(78);
