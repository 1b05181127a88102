// One message with mbedTLS: the reference, and what processors without instructions for it use.
#define MBEDTLS_ALLOW_PRIVATE_ACCESS  // to the words of the state, from mbedTLS 3 on
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>

#include <algorithm>

#include "base/assert.hpp"
#include "crypto/kernels.hpp"

namespace bt::crypto {
namespace {

template <class Context, std::size_t Words>
void run(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count,
         int (*process)(Context*, const unsigned char*)) {
    Context context{};
    std::copy_n(state, Words, context.state);
    for (; count > 0; --count, blocks += block_bytes) {
        const int status = process(&context, blocks);
        BT_ASSERT(status == 0);
    }
    std::copy_n(context.state, Words, state);
}

void sha1(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count) {
    run<mbedtls_sha1_context, 5>(state, blocks, count, mbedtls_internal_sha1_process);
}
void sha256(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count) {
    run<mbedtls_sha256_context, 8>(state, blocks, count, mbedtls_internal_sha256_process);
}

}  // namespace

const one_kernel mbedtls_kernel{"mbedTLS", sha1, sha256};

}  // namespace bt::crypto
