#include <zlib.h>

// A macro in zlib's header, which Swift does not see.
static inline int martlet_deflateInit(z_stream *stream, int level, int windowBits) {
    return deflateInit2(stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY);
}
