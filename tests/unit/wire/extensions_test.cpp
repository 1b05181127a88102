#include "wire/extensions.hpp"

#include <boost/test/unit_test.hpp>

#include "conversation.hpp"

using namespace bt;
using namespace bt::wire;
using namespace bt::wire::test;

namespace {

extension_handshake read(std::string_view raw, const extension_handshake& known = {}) {
    const auto got = decode_extension_handshake(as_bytes(raw), known);
    BOOST_REQUIRE_MESSAGE(got.has_value(), raw);
    return *got;
}

std::string outcome(byte_view raw) {
    const auto got = decode_metadata(raw);
    if (!got) return std::string(to_string(got.error()));
    if (const auto* m = std::get_if<metadata_request>(&*got)) return "request " + std::to_string(m->piece);
    if (const auto* m = std::get_if<metadata_reject>(&*got)) return "reject " + std::to_string(m->piece);
    if (const auto* m = std::get_if<metadata_data>(&*got))
        return "data " + std::to_string(m->piece) + " of " + std::to_string(m->total_bytes) + " " +
               std::to_string(m->data.size());
    return "unknown";
}
std::string outcome(std::string_view raw) { return outcome(as_bytes(raw)); }

const std::string bad(to_string(violation::bad_extension));

}  // namespace

BOOST_AUTO_TEST_SUITE(extensions)

BOOST_AUTO_TEST_CASE(a_handshake_is_a_canonical_dictionary) {
    extension_handshake h;
    h.metadata_id = 1;
    h.metadata_bytes = 31235;
    h.listen_port = 6881;
    h.request_queue = 512;
    h.client = "btnode/0.1.0";
    BOOST_TEST(as_text(encode(h)) ==
               "d1:md11:ut_metadatai1ee13:metadata_sizei31235e1:pi6881e4:reqqi512e11:upload_onlyi0e1:v12:"
               "btnode/0.1.0e");
    h.upload_only = true;
    h.your_address = ip_address::v4(1, 2, 3, 4);
    BOOST_TEST(as_text(encode(h)) ==
               std::string_view("d1:md11:ut_metadatai1ee13:metadata_sizei31235e1:pi6881e4:"
                                "reqqi512e11:upload_onlyi1e1:v12:btnode/"
                                "0.1.06:yourip4:\x01\x02\x03\x04"
                                "e"));
    BOOST_TEST(as_text(encode(extension_handshake{})) == "d1:mde4:reqqi250e11:upload_onlyi0ee");
}

BOOST_AUTO_TEST_CASE(extensions_stand_in_the_order_of_a_dictionary) {
    extension_handshake h;
    h.metadata_id = 1;
    h.exchange_id = 2;
    h.donthave_id = 3;
    h.claim_id = 4;
    BOOST_TEST(
        as_text(encode(h)) ==
        "d1:md8:bn_claimi4e11:lt_donthavei3e11:ut_metadatai1e6:ut_pexi2ee4:reqqi250e11:upload_onlyi0ee");
}

BOOST_AUTO_TEST_CASE(what_is_encoded_comes_back) {
    extension_handshake h;
    h.metadata_id = 255;
    h.exchange_id = 1;
    h.donthave_id = 2;
    h.claim_id = 3;
    h.metadata_bytes = limits::metadata_bytes;
    h.listen_port = 65535;
    h.request_queue = 5000;
    h.client = "µTorrent 1.2";
    h.upload_only = true;
    h.your_address = ip_address::parse("2001:db8::1");
    const auto back = read(as_text(encode(h)));
    BOOST_TEST(int{back.metadata_id} == 255);
    BOOST_TEST(int{back.exchange_id} == 1);
    BOOST_TEST(int{back.donthave_id} == 2);
    BOOST_TEST(int{back.claim_id} == 3);
    BOOST_CHECK(back.metadata_bytes == h.metadata_bytes);
    BOOST_CHECK(back.listen_port == h.listen_port);
    BOOST_TEST(back.request_queue == 5000u);
    BOOST_TEST(back.client == h.client);
    BOOST_TEST(back.upload_only);
    BOOST_CHECK(back.your_address == h.your_address);
}

BOOST_AUTO_TEST_CASE(the_example_of_bep_10_is_understood) {
    const auto h = read("d1:md11:LT_metadatai1e7:\xc2\xb5T_PEXi2ee1:pi6881e1:v13:\xc2\xb5Torrent 1.2e");
    BOOST_TEST(int{h.metadata_id} == 0);
    BOOST_CHECK(h.listen_port == std::uint16_t{6881});
    BOOST_TEST(h.client == "\xc2\xb5Torrent 1.2");
    BOOST_TEST(h.request_queue == 250u);
}

BOOST_AUTO_TEST_CASE(values_out_of_range_are_as_if_absent) {
    for (const char* size : {"i0e", "i-1e", "i67108865e", "i9223372036854775807e", "3:abc", "le"})
        BOOST_CHECK(!read("d13:metadata_size" + std::string(size) + "e").metadata_bytes);
    BOOST_CHECK(read("d13:metadata_sizei67108864ee").metadata_bytes == std::uint32_t{64 * 1024 * 1024});
    for (const char* p : {"i0e", "i-1e", "i65536e", "1:p"})
        BOOST_CHECK(!read("d1:p" + std::string(p) + "e").listen_port);
    for (const char* id : {"i0e", "i-1e", "i256e", "1:x"})
        BOOST_TEST(int{read("d1:md11:ut_metadata" + std::string(id) + "ee").metadata_id} == 0);
    BOOST_TEST(int{read("d1:m11:ut_metadatae").metadata_id} == 0);
    BOOST_TEST(read("d4:reqqi0ee").request_queue == 250u);
    BOOST_TEST(read("d4:reqqi-5ee").request_queue == 250u);
    BOOST_TEST(read("d4:reqqi5001ee").request_queue == 5000u);
    BOOST_TEST(read("d4:reqqi9223372036854775807ee").request_queue == 5000u);
    BOOST_CHECK(!read("d6:yourip5:12345e").your_address);
}

BOOST_AUTO_TEST_CASE(the_client_name_is_safe_to_print_and_short) {
    BOOST_TEST(read("d1:v4:a\x1b[me").client.find('\x1b') == std::string::npos);
    BOOST_TEST(read("d1:v100:" + std::string(100, 'x') + "e").client.size() == 64u);
}

BOOST_AUTO_TEST_CASE(a_later_handshake_adds_to_the_earlier) {
    const auto first = read("d1:md11:ut_metadatai3ee1:pi6881ee");
    const auto second = read("d13:metadata_sizei100ee", first);
    BOOST_TEST(int{second.metadata_id} == 3);
    BOOST_CHECK(second.metadata_bytes == std::uint32_t{100});
    BOOST_CHECK(second.listen_port == std::uint16_t{6881});
    BOOST_TEST(int{read("d1:md11:ut_metadatai0eee", second).metadata_id} == 0);
}

BOOST_AUTO_TEST_CASE(untidy_keys_do_not_cost_the_connection_but_nonsense_does) {
    BOOST_TEST(read("d1:v1:x1:pi1ee").client == "x");
    for (const char* raw : {"", "d", "le", "i1e", "3:abc", "d1:v", "d1:vi1e", "dddddddddddd"})
        BOOST_CHECK(!decode_extension_handshake(as_bytes(raw)));
    std::string many = "d1:ml";
    for (int i = 0; i < 600; ++i) many += "i1e";
    BOOST_CHECK(!decode_extension_handshake(as_bytes(many + "ee")));
    const std::string deep = "d1:m" + std::string(8, 'l') + std::string(8, 'e') + "e";
    BOOST_CHECK(!decode_extension_handshake(as_bytes(deep)));
}

BOOST_AUTO_TEST_CASE(no_truncation_of_a_handshake_is_a_handshake) {
    const std::string whole = "d1:md11:ut_metadatai1ee13:metadata_sizei31235e1:pi6881e4:reqqi512e1:v3:abce";
    BOOST_CHECK(decode_extension_handshake(as_bytes(whole)));
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
        BOOST_CHECK(!decode_extension_handshake(as_bytes(whole.substr(0, cut))));
}

BOOST_AUTO_TEST_CASE(metadata_messages_are_those_of_bep_9) {
    BOOST_TEST(as_text(encode(metadata_message{metadata_request{0}})) == "d8:msg_typei0e5:piecei0ee");
    BOOST_TEST(as_text(encode(metadata_message{metadata_reject{7}})) == "d8:msg_typei2e5:piecei7ee");
    const auto tail = to_bytes("xyz");
    BOOST_TEST(as_text(encode(metadata_message{metadata_data{1, 16387, tail}})) ==
               "d8:msg_typei1e5:piecei1e10:total_sizei16387eexyz");
    BOOST_TEST(outcome("d8:msg_typei0e5:piecei0ee") == "request 0");
    BOOST_TEST(outcome("d8:msg_typei2e5:piecei7ee") == "reject 7");
    BOOST_TEST(outcome("d8:msg_typei1e5:piecei1e10:total_sizei16387eexyz") == "data 1 of 16387 3");
}

BOOST_AUTO_TEST_CASE(metadata_types_to_come_are_ignored) {
    BOOST_TEST(outcome("d8:msg_typei3e5:piecei0ee") == "unknown");
    BOOST_TEST(outcome("d8:msg_typei-1ee") == "unknown");
}

BOOST_AUTO_TEST_CASE(metadata_data_has_exactly_the_size_of_its_piece) {
    const auto data = [](std::uint32_t piece, std::uint32_t total, std::size_t size) {
        return outcome("d8:msg_typei1e5:piecei" + std::to_string(piece) + "e10:total_sizei" +
                       std::to_string(total) + "ee" + std::string(size, 'x'));
    };
    BOOST_TEST(data(0, 16384, 16384) == "data 0 of 16384 16384");
    BOOST_TEST(data(0, 20000, 16384) == "data 0 of 20000 16384");
    BOOST_TEST(data(1, 20000, 3616) == "data 1 of 20000 3616");
    for (std::size_t size : std::vector<std::size_t>{0, 1, 3615, 3617, 16384})
        BOOST_TEST(data(1, 20000, size) == bad);
    BOOST_TEST(data(2, 20000, 1) == bad);
    BOOST_TEST(data(1, 16384, 0) == bad);
    BOOST_TEST(data(0, 0, 0) == bad);
    BOOST_TEST(data(0, 64 * 1024 * 1024 + 1, 16384) == bad);
    BOOST_TEST(data(4095, 64 * 1024 * 1024, 16384) == "data 4095 of 67108864 16384");
}

BOOST_AUTO_TEST_CASE(metadata_nonsense_is_a_violation) {
    for (const char* raw :
         {"", "de", "le", "d8:msg_type1:0e", "d8:msg_typei0ee", "d8:msg_typei0e5:piecei-1ee",
          "d8:msg_typei0e5:piecei4096ee", "d8:msg_typei0e5:piecei99999999999ee", "d8:msg_typei1e5:piecei0ee",
          "d8:msg_typei1e5:piecei0e10:total_sizei-5eex", "d8:msg_typei0e5:piece1:0e"})
        BOOST_TEST(outcome(raw) == bad, raw);
    const std::string whole = "d8:msg_typei1e5:piecei1e10:total_sizei16387eexyz";
    for (std::size_t cut = 0; cut < whole.size(); ++cut) BOOST_TEST(outcome(whole.substr(0, cut)) == bad);
}

BOOST_AUTO_TEST_SUITE_END()
