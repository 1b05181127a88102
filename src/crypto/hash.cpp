#include "crypto/hash.hpp"

#include <mbedtls/md.h>

namespace bt::crypto {
namespace {

template <class Digest>
Digest one_shot(mbedtls_md_type_t type, byte_view message) {
    Digest digest;
    const int status =
        mbedtls_md(mbedtls_md_info_from_type(type), message.data(), message.size(), digest.bytes.data());
    BT_ASSERT(status == 0);
    return digest;
}

}  // namespace

sha1_digest sha1(byte_view message) { return one_shot<sha1_digest>(MBEDTLS_MD_SHA1, message); }
sha256_digest sha256(byte_view message) { return one_shot<sha256_digest>(MBEDTLS_MD_SHA256, message); }

struct sha1_hasher::impl {
    mbedtls_md_context_t context;
    impl() {
        mbedtls_md_init(&context);
        BT_ASSERT(mbedtls_md_setup(&context, mbedtls_md_info_from_type(MBEDTLS_MD_SHA1), 0) == 0);
        BT_ASSERT(mbedtls_md_starts(&context) == 0);
    }
    ~impl() { mbedtls_md_free(&context); }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
};

sha1_hasher::sha1_hasher() : impl_(std::make_unique<impl>()) {}
sha1_hasher::~sha1_hasher() = default;
sha1_hasher::sha1_hasher(sha1_hasher&&) noexcept = default;
sha1_hasher& sha1_hasher::operator=(sha1_hasher&&) noexcept = default;

void sha1_hasher::update(byte_view part) {
    BT_ASSERT(mbedtls_md_update(&impl_->context, part.data(), part.size()) == 0);
}

sha1_digest sha1_hasher::finish() {
    sha1_digest digest;
    BT_ASSERT(mbedtls_md_finish(&impl_->context, digest.bytes.data()) == 0);
    BT_ASSERT(mbedtls_md_starts(&impl_->context) == 0);
    return digest;
}

}  // namespace bt::crypto
