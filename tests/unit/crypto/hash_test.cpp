#include "crypto/hash.hpp"

#include <boost/test/unit_test.hpp>

#include "base/text.hpp"

using namespace bt;

namespace {

std::string sha1_hex(byte_view message) { return to_hex(crypto::sha1(message).span()); }
std::string sha256_hex(byte_view message) { return to_hex(crypto::sha256(message).span()); }

bytes counting(std::size_t size) {
    bytes message(size);
    for (std::size_t i = 0; i < size; ++i) message[i] = static_cast<std::uint8_t>(i % 251);
    return message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hashes)

BOOST_AUTO_TEST_CASE(sha1_of_the_messages_of_fips_180) {
    BOOST_TEST(sha1_hex({}) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    BOOST_TEST(sha1_hex(as_bytes("abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d");
    BOOST_TEST(sha1_hex(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
               "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    BOOST_TEST(sha1_hex(bytes(1'000'000, 'a')) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

BOOST_AUTO_TEST_CASE(sha1_of_pieces) {
    BOOST_TEST(sha1_hex(bytes(65'536)) == "1adc95bebe9eea8c112d40cd04ab7a8d75c4f961");
    BOOST_TEST(sha1_hex(counting(100'000)) == "23a1065a0f6a485119049bf2799179dd0154efbb");
}

BOOST_AUTO_TEST_CASE(sha256_of_the_messages_of_fips_180) {
    BOOST_TEST(sha256_hex({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    BOOST_TEST(sha256_hex(as_bytes("abc")) ==
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    BOOST_TEST(sha256_hex(bytes(1'000'000, 'a')) ==
               "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

BOOST_AUTO_TEST_CASE(sha256_makes_the_zero_subtrees_of_bep_52) {
    bytes pair(64);
    const std::string_view layers[] = {"f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b",
                                       "db56114e00fdd4c1f85c892bf35ac9a89289aaecb1ebd0a96cde606a748b5d71",
                                       "c78009fdf07fc56a11f122370658a353aaa542ed63e44c4bc15ff4cd105ab33c",
                                       "536d98837f2dd165a55d5eeae91485954472d56f246df256bf3cae19352a123c"};
    for (const auto expected : layers) {
        const auto digest = crypto::sha256(pair);
        BOOST_TEST(to_hex(digest.span()) == expected);
        std::copy(digest.bytes.begin(), digest.bytes.end(), pair.begin());
        std::copy(digest.bytes.begin(), digest.bytes.end(), pair.begin() + 32);
    }
}

BOOST_AUTO_TEST_CASE(a_message_in_parts_has_the_same_digest_however_it_is_split) {
    const auto message = counting(200);
    const auto whole = crypto::sha1(message);
    crypto::sha1_hasher hasher;
    for (std::size_t split = 0; split <= message.size(); ++split) {
        hasher.update(byte_view(message).first(split));
        hasher.update(byte_view(message).subspan(split));
        BOOST_TEST((hasher.finish() == whole), split);  // finish() starts anew
    }
    BOOST_TEST(to_hex(hasher.finish().span()) == sha1_hex({}));
}

BOOST_AUTO_TEST_CASE(a_hasher_can_be_moved_in_the_middle) {
    crypto::sha1_hasher first;
    first.update(as_bytes("a"));
    crypto::sha1_hasher second = std::move(first);
    second.update(as_bytes("bc"));
    BOOST_TEST((second.finish() == crypto::sha1(as_bytes("abc"))));
}

BOOST_AUTO_TEST_SUITE_END()
