// Every kernel that runs on this processor, forced, against mbedTLS as the reference.
#include "crypto/kernels.hpp"

#include <mbedtls/md.h>

#include <boost/test/unit_test.hpp>

#include "base/rng.hpp"
#include "crypto/hash.hpp"

using namespace bt;
using namespace bt::crypto;

namespace {

constexpr std::size_t longest = 300;

template <class Digest>
Digest reference(byte_view message) {
    const auto type = Digest::size == sha1_digest::size ? MBEDTLS_MD_SHA1 : MBEDTLS_MD_SHA256;
    Digest digest;
    BOOST_REQUIRE(mbedtls_md(mbedtls_md_info_from_type(type), message.data(), message.size(),
                             digest.bytes.data()) == 0);
    return digest;
}

bytes noise(std::size_t size) {
    static rng random(20240501);
    bytes content(size);
    for (auto& byte : content) byte = static_cast<std::uint8_t>(random.next());
    return content;
}

/// Messages of 0 to `longest` bytes with their digests.
template <class Digest>
struct samples {
    std::vector<bytes> messages;
    std::vector<Digest> digests;
    samples() {
        for (std::size_t size = 0; size <= longest; ++size) {
            messages.push_back(noise(size));
            digests.push_back(reference<Digest>(messages.back()));
        }
    }
};

struct forced {
    std::string name;
    kernels with;
};

/// Each kernel for one message alone, and each for many with each for one: always wide, and only when nearly
/// full.
std::vector<forced> variants() {
    const auto here = detect();
    std::vector<forced> all;
    for (const auto* one : one_kernels(here)) {
        all.push_back({one->name, {one}});
        for (const auto* many : many_kernels(here))
            for (const unsigned worth : {1u, many->lanes - 1})
                all.push_back(
                    {std::string(many->name) + " and " + one->name + " below " + std::to_string(worth),
                     {one, many, worth, worth}});
    }
    return all;
}

template <class F>
void for_each_variant(F&& check) {
    for (const auto& variant : variants()) {
        BOOST_TEST_CONTEXT(variant.name) { check(variant.with); }
    }
}

template <class Digest>
std::vector<Digest> hash_all(const kernels& with, const std::vector<byte_view>& messages,
                             const std::vector<std::size_t>& splits = {}) {
    std::vector<hasher<Digest>> hashing(messages.size(), hasher<Digest>(with));
    std::vector<typename hasher<Digest>::part> first, second;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const auto split = splits.empty() ? messages[i].size() : std::min(splits[i], messages[i].size());
        first.push_back({&hashing[i], messages[i].first(split)});
        second.push_back({&hashing[i], messages[i].subspan(split)});
    }
    hasher<Digest>::update(first);
    hasher<Digest>::update(second);
    std::vector<Digest> digests;
    for (auto& one : hashing) digests.push_back(one.finish());
    return digests;
}

template <class Digest>
void check_every_length_in_every_lane(const kernels& with) {
    static const samples<Digest> known;
    const std::size_t count = 2 * (with.many != nullptr ? with.many->lanes : 1) + 3;  // lanes are used twice
    for (std::size_t turn = 0; turn <= longest; ++turn) {
        std::vector<byte_view> messages;
        std::vector<Digest> expected;
        for (std::size_t i = 0; i < count; ++i) {
            const auto size = (turn + 37 * i) % (longest + 1);
            messages.push_back(known.messages[size]);
            expected.push_back(known.digests[size]);
        }
        BOOST_REQUIRE((hash_all<Digest>(with, messages) == expected));
    }
}

template <class Digest>
void check_every_split(const kernels& with) {
    static const samples<Digest> known;
    const std::size_t count = with.many != nullptr ? with.many->lanes : 1;
    for (std::size_t split = 0; split <= longest; ++split) {
        std::vector<byte_view> messages;
        std::vector<std::size_t> splits;
        std::vector<Digest> expected;
        for (std::size_t i = 0; i < count; ++i) {
            messages.push_back(known.messages[longest - i]);
            splits.push_back((split + 29 * i) % (longest + 1));
            expected.push_back(known.digests[longest - i]);
        }
        BOOST_REQUIRE((hash_all<Digest>(with, messages, splits) == expected));
    }
}

template <class Digest>
void check_long_ones(const kernels& with) {
    rng random(7);
    std::vector<bytes> content;
    for (int i = 0; i < 50; ++i) content.push_back(noise(random.below(20'000)));
    std::vector<byte_view> messages(content.begin(), content.end());
    std::vector<Digest> expected;
    for (const auto message : messages) expected.push_back(reference<Digest>(message));
    BOOST_REQUIRE((hash_all<Digest>(with, messages) == expected));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hash_kernels)

BOOST_AUTO_TEST_CASE(every_length_has_its_digest_in_every_lane) {
    for_each_variant(check_every_length_in_every_lane<sha1_digest>);
    for_each_variant(check_every_length_in_every_lane<sha256_digest>);
}

BOOST_AUTO_TEST_CASE(lanes_may_be_split_at_different_places) {
    for_each_variant(check_every_split<sha1_digest>);
    for_each_variant(check_every_split<sha256_digest>);
}

BOOST_AUTO_TEST_CASE(long_messages_of_unequal_length_take_turns_in_the_lanes) {
    for_each_variant(check_long_ones<sha1_digest>);
    for_each_variant(check_long_ones<sha256_digest>);
}

BOOST_AUTO_TEST_CASE(many_messages_have_the_digests_of_each) {
    const samples<sha1_digest> known;
    const std::vector<byte_view> messages(known.messages.begin(), known.messages.end());
    std::vector<sha1_digest> digests(messages.size());
    sha1(messages, digests);
    BOOST_TEST((digests == known.digests));
    const samples<sha256_digest> known256;
    const std::vector<byte_view> messages256(known256.messages.begin(), known256.messages.end());
    std::vector<sha256_digest> digests256(messages256.size());
    sha256(messages256, digests256);
    BOOST_TEST((digests256 == known256.digests));
    sha1(std::span<const byte_view>(), {});
}

BOOST_AUTO_TEST_CASE(a_processor_gets_the_fastest_kernels_it_can_run) {
    const auto names = [](features found) {
        const auto with = choose(found);
        return std::string(with.one->name) + ", " + (with.many != nullptr ? with.many->name : "none");
    };
    BOOST_TEST(names({}) == "mbedTLS, 4 lanes");
#if defined(__x86_64__)
    BOOST_TEST(names({.avx2 = true}) == "mbedTLS, AVX2");
    BOOST_TEST(names({.avx512 = true, .avx2 = true}) == "mbedTLS, AVX-512");
    BOOST_TEST(names({.sha = true}) == "SHA-NI, none");
    BOOST_TEST(names({.avx2 = true, .sha = true}) == "SHA-NI, AVX2");
    BOOST_TEST(names({.avx512 = true, .avx2 = true, .sha = true}) == "SHA-NI, AVX-512");
#elif defined(__aarch64__)
    BOOST_TEST(names({.sha = true}) == "ARMv8, none");
#endif
}

BOOST_AUTO_TEST_SUITE_END()
