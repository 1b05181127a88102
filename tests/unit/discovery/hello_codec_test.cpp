#include "discovery/hello_codec.hpp"

#include "base/bencode.hpp"
#include "base/limits.hpp"
#include "base/rng.hpp"
#include "lan.hpp"

namespace bt::discovery::test {
namespace {

hello_message full_message() {
    auto message = message_from('A', hello_kind::who);
    message.network = "lab";
    message.dht_port = 7000;
    message.http_tracker_port = 8080;
    message.udp_tracker_port = 6969;
    message.page_port = 80;
    message.shares = 42;
    message.nonce = id_of<hello_nonce>('n');
    message.tokens = {id_of<hello_token>('1'), id_of<hello_token>('2')};
    return message;
}

std::string text_of(const hello_message& message) { return std::string(as_text(encode_hello(message))); }

hello_error error_of(std::string_view datagram) {
    const auto parsed = parse_hello(as_bytes(datagram));
    BOOST_REQUIRE_MESSAGE(!parsed, "parsed although it should not: " << datagram);
    return parsed.error();
}

/// A good message with one more or other value, as text of the whole dictionary.
std::string with_key(std::string_view key, std::string_view value) {
    const auto base = encode_hello(message_from('A'));
    const auto document = bencode_document::parse(base, bencode_packet).value();
    std::map<std::string, std::string> all;
    for (const auto& [k, v] : document.root().entries()) all[std::string(k)] = std::string(as_text(v.raw()));
    all[std::string(key)] = value;
    std::string text = "d";
    for (const auto& [k, v] : all)
        if (!v.empty()) text += std::to_string(k.size()) + ":" + k + v;
    return text + "e";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hello_codec)

BOOST_AUTO_TEST_CASE(a_hello_looks_like_this_on_the_wire) {
    hello_message message = message_from('A');
    message.shares = 3;
    BOOST_TEST(text_of(message) ==
               "d1:c12:btnode/0.1.01:h6:host-A1:i20:AAAAAAAAAAAAAAAAAAAA1:k5:hello1:pi6065e1:si3e1:vi1ee");
}

BOOST_AUTO_TEST_CASE(what_is_encoded_is_read_back) {
    for (const auto kind : {hello_kind::who, hello_kind::hello}) {
        auto message = full_message();
        message.kind = kind;
        BOOST_TEST((parse_hello(encode_hello(message)).value() == message));
        BOOST_TEST((parse_hello(encode_hello(message, 400)).value() == message));
    }
}

BOOST_AUTO_TEST_CASE(a_bye_says_nothing_but_instance_and_network) {
    auto message = full_message();
    message.kind = hello_kind::bye;
    BOOST_TEST(text_of(message) == "d1:g3:lab1:i20:AAAAAAAAAAAAAAAAAAAA1:k3:bye1:vi1ee");
}

BOOST_AUTO_TEST_CASE(a_token_is_the_start_of_the_hash_of_nonce_and_info_hash) {
    // printf 'nnnnnnnnTTTTTTTTTTTTTTTTTTTT' | sha1sum
    BOOST_TEST(to_hex(token_of(id_of<hello_nonce>('n'), torrent('T')).span()) == "5292691626535ed9");
}

BOOST_AUTO_TEST_CASE(every_truncation_is_refused) {
    const auto whole = encode_hello(full_message(), 300);
    for (std::size_t length = 0; length < whole.size(); ++length)
        BOOST_TEST(!parse_hello(byte_view(whole).first(length)), "at " << length);
    BOOST_TEST(parse_hello(whole).has_value());
}

BOOST_AUTO_TEST_CASE(bytes_after_the_dictionary_are_refused) {
    BOOST_TEST((error_of(text_of(full_message()) + "x") == hello_error::not_bencoding));
    BOOST_TEST((error_of("le") == hello_error::not_bencoding));
    BOOST_TEST((error_of("i1e") == hello_error::not_bencoding));
}

BOOST_AUTO_TEST_CASE(five_hundred_and_twelve_bytes_are_read_and_one_more_is_not) {
    auto text = with_key("z", "400:" + std::string(400, 'z'));
    text = with_key(
        "z", std::to_string(400 + 512 - text.size()) + ":" + std::string(400 + 512 - text.size(), 'z'));
    BOOST_REQUIRE(text.size() == limits::hello_bytes);
    BOOST_TEST(parse_hello(as_bytes(text)).has_value());
    text.insert(text.find("1:zi") == std::string::npos ? 1 : 0, "1:a1:b");
    BOOST_TEST((error_of(text) == hello_error::too_long));
}

BOOST_AUTO_TEST_CASE(unknown_keys_of_any_type_are_ignored) {
    for (const auto* value : {"i7e", "3:abc", "l1:ae", "d1:ai1ee", "le"})
        BOOST_TEST((parse_hello(as_bytes(with_key("q", value))).value() == message_from('A')), value);
}

BOOST_AUTO_TEST_CASE(another_version_is_refused) {
    for (const auto* value : {"i0e", "i2e", "i-1e", "1:1", ""})
        BOOST_TEST((error_of(with_key("v", value)) == hello_error::other_version), value);
}

BOOST_AUTO_TEST_CASE(a_known_key_with_a_wrong_value_is_refused) {
    const std::string long_text = "64:" + std::string(64, 'h');
    const std::vector<std::pair<std::string, std::string>> wrong = {
        {"k", ""},
        {"k", "4:what"},
        {"k", "i1e"},
        {"k", "0:"},  // kind
        {"i", ""},
        {"i", "3:abc"},
        {"i", "i1e"},
        {"i", "21:aaaaaaaaaaaaaaaaaaaaa"},  // instance
        {"g", "i1e"},
        {"g", long_text},
        {"h", "le"},
        {"h", long_text},  // texts
        {"c", "i1e"},
        {"c", long_text},
        {"c", "33:" + std::string(33, 'c')},  //
        {"p", "i0e"},
        {"p", "i65536e"},
        {"p", "i-1e"},
        {"p", "4:6881"},  // ports
        {"d", "i0e"},
        {"t", "i65536e"},
        {"u", "i-1e"},
        {"w", "2:80"},  //
        {"s", "i-1e"},
        {"s", "1:3"},
        {"s", "i4294967296e"},  // shares
        {"n", "i1e"},
        {"n", "0:"},
        {"n", "7:nnnnnnn"},
        {"n", "9:nnnnnnnnn"},  // nonce
        {"f", "8:ffffffff"},   // tokens, but no nonce they are made of
    };
    for (const auto& [key, value] : wrong)
        BOOST_TEST((error_of(with_key(key, value)) == hello_error::bad_field), key << " = " << value);
}

BOOST_AUTO_TEST_CASE(sixteen_tokens_are_read_and_neither_more_nor_parts_of_one) {
    const auto with_tokens = [](std::size_t count) {
        const auto f = std::to_string(count) + ":" + std::string(count, 'f');
        return "d1:f" + f + "1:i20:AAAAAAAAAAAAAAAAAAAA1:k3:who1:n8:nnnnnnnn1:vi1ee";
    };
    BOOST_TEST(parse_hello(as_bytes(with_tokens(0))).value().tokens.empty());
    BOOST_TEST(parse_hello(as_bytes(with_tokens(128))).value().tokens.size() == 16u);
    for (const std::size_t count : {1u, 7u, 9u, 127u, 129u, 136u})
        BOOST_TEST((error_of(with_tokens(count)) == hello_error::bad_field), count);
}

BOOST_AUTO_TEST_CASE(untidy_bencoding_is_refused) {
    BOOST_TEST((error_of("d1:vi1e1:k3:who1:i20:AAAAAAAAAAAAAAAAAAAAe") == hello_error::not_bencoding));
    BOOST_TEST((error_of("d1:i20:AAAAAAAAAAAAAAAAAAAA1:k3:who1:vi1e1:vi1ee") == hello_error::not_bencoding));
    BOOST_TEST((error_of("d1:i20:AAAAAAAAAAAAAAAAAAAA1:k3:who1:vi01ee") == hello_error::not_bencoding));
}

BOOST_AUTO_TEST_CASE(texts_leave_printable_and_cut_to_their_limits) {
    auto message = message_from('A');
    message.host_name = "\x1b[31m" + std::string(62, 'h') + "\xc3\xa9";
    message.client = std::string(100, 'c');
    message.network = std::string(100, 'g');
    const auto read = parse_hello(encode_hello(message)).value();
    BOOST_TEST(read.host_name == "?[31m" + std::string(58, 'h'));
    BOOST_TEST(read.client == std::string(32, 'c'));
    BOOST_TEST(read.network == std::string(63, 'g'));
}

BOOST_AUTO_TEST_CASE(padding_makes_it_as_long_as_asked_or_a_little_longer) {
    const auto message = message_from('A');
    const auto plain = encode_hello(message).size();
    for (std::size_t wanted = 0; wanted <= 500; ++wanted) {
        const auto size = encode_hello(message, wanted).size();
        BOOST_TEST(size >= wanted);
        BOOST_TEST(size <= std::max(plain, wanted + 8));
    }
}

BOOST_AUTO_TEST_CASE(a_padded_question_fits_a_datagram_and_no_answer_is_longer) {
    rng random(20);
    const auto text = [&](std::size_t limit) { return std::string(random.below(limit + 20), 'x'); };
    const auto port = [&]() -> std::optional<std::uint16_t> {
        if (random.chance(0.5)) return std::nullopt;
        return static_cast<std::uint16_t>(1 + random.below(65535));
    };
    for (int i = 0; i < 5000; ++i) {
        const auto random_message = [&](hello_kind kind) {
            auto m = message_from('A', kind);
            m.host_name = text(hello_host_bytes);
            m.client = text(hello_client_bytes);
            m.dht_port = port(), m.http_tracker_port = port(), m.udp_tracker_port = port(),
            m.page_port = port();
            m.shares = static_cast<std::uint32_t>(random.next());
            return m;
        };
        auto question = random_message(hello_kind::who);
        question.network = text(hello_network_bytes);
        question.nonce = id_of<hello_nonce>('n');
        question.tokens.resize(random.below(limits::wanted_tokens + 1));
        auto answer = random_message(hello_kind::hello);
        answer.network = question.network;
        answer.nonce = question.nonce;
        answer.tokens = question.tokens;
        const auto asked = encode_hello(question, longest_answer(question));
        BOOST_REQUIRE(asked.size() <= limits::hello_bytes);
        BOOST_REQUIRE(encode_hello(answer).size() <= asked.size());
        BOOST_REQUIRE(parse_hello(asked).has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::discovery::test
