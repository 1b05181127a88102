#include "base/client_id.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

#include "base/rng.hpp"
#include "base/version.hpp"

using namespace bt;

namespace {

std::string client(std::string_view prefix, char fill = 'x') {
    peer_id id;
    id.bytes.fill(static_cast<std::uint8_t>(fill));
    std::copy_n(prefix.begin(), std::min<std::size_t>(prefix.size(), 20), id.bytes.begin());
    return client_of(id);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tracker_client_ids)

BOOST_AUTO_TEST_CASE(known_clients_are_named_with_their_version) {
    const std::pair<const char*, const char*> rows[] = {
        {"-TR4050-", "Transmission 4.0.5"},
        {"-TR410Z-", "Transmission 4.1.0"},
        {"-TR2940-", "Transmission 2.94"},
        {"-TR3000-", "Transmission 3.00"},
        {"-nb0100-", "btnode 0.1.0"},
        {"-lt0F60-", "rTorrent 0.15.6"},
        {"-LT20B0-", "libtorrent 2.0.11"},
        {"-qB4520-", "qBittorrent 4.5.2"},
        {"-qB5a00-", "qBittorrent 5.10.0"},
        {"-DE211s-", "Deluge 2.1.1"},
        {"-DE13F0-", "Deluge 1.3.15"},
        {"-UT3550-", "uTorrent 3.5.5"},
        {"-UT355W-", "uTorrent 3.5.5"},
        {"-UM1870-", "uTorrent Mac 1.8.7"},
        {"-AZ5760-", "Vuze 5.7.6.0"},
        {"-BI3500-", "BiglyBT 3.5.0.0"},
        {"-BT7a5S-", "BitTorrent 7.10.5"},
        {"-WW0208-", "WebTorrent 2.08"},
        {"-BC0193-", "BitComet 1.93"},
        {"-KT5110-", "KTorrent 5.1.1"},
        {"-FD51R0-", "Free Download Manager 5.1.27"},
        {"-rQ0810-", "rqbit 0.8.1"},
        {"-GT0003-", "anacrolix torrent 0.0.0.3"},
        {"-XL0012-", "Xunlei 0.0.1.2"},
        {"A2-1-36-0-", "aria2 1.36.0"},
        {"A2-1-8-", "aria2 1.8"},
        {"M7-10-5--", "BitTorrent 7.10.5"},
        {"M4-3-6--", "BitTorrent 4.3.6"},
        {"Q1-23-0-", "Queen Bee 1.23.0"},
        {"Mbrst1-1-5-", "burst! 1.1.5"},
        {"S58B-----", "Shadow 5.8.11"},
        {"T03I-----", "BitTornado 0.3.18"},
        {"A310--001", ""},
        {"-ML3.1.0-", "MLDonkey 3.1.0"},
        {"TIX0257-", "Tixati 2.57"},
        {"XBT054d-", "XBT 0.5.4"},
        {"OP7685", "Opera 7685"},
    };
    for (const auto& [id, name] : rows) BOOST_TEST(client(id) == name, id << " is " << client(id));
    BOOST_TEST(client(peer_id_prefix) == std::string(program_name) + " " + std::string(program_version));
}

BOOST_AUTO_TEST_CASE(an_unknown_client_is_its_two_letters) {
    BOOST_TEST(client("-Zz1234-") == "Zz");
    BOOST_TEST(client("-Z91234-") == "Z9");
    BOOST_TEST(client("-<>1234-") == "");
    BOOST_TEST(client("-Z\"1234-") == "");
    BOOST_TEST(client(std::string_view("-\0\0"
                                       "1234-",
                                       8)) == "");
}

BOOST_AUTO_TEST_CASE(a_version_that_is_none_is_left_out) {
    BOOST_TEST(client("-TR<b>x-") == "Transmission");
    BOOST_TEST(client("-qB\xff\xff\xff\xff-") == "qBittorrent");
    BOOST_TEST(client("-BCabcd-") == "BitComet");
    BOOST_TEST(client("-ML<script>-") == "MLDonkey");
    BOOST_TEST(client("A2-<b>-1-") == "");
    BOOST_TEST(client("M7") == "");
    BOOST_TEST(client("A2-111111111111111111") == "");
    BOOST_TEST(client("TIXabcd-") == "");
    BOOST_TEST(client("OPabcd") == "");
}

BOOST_AUTO_TEST_CASE(whatever_the_bytes_only_harmless_characters_come_out) {
    rng random(20);
    const std::string_view starts[] = {"",  "-", "-TR", "-qB", "-ML", "A2-",  "M",
                                       "Q", "S", "TIX", "XBT", "OP",  "Mbrst"};
    for (int round = 0; round < 50'000; ++round) {
        peer_id id;
        for (auto& byte : id.bytes)
            byte = static_cast<std::uint8_t>(random.below(round % 2 == 0 ? 256 : 128));
        const auto start = starts[random.below(std::size(starts))];
        std::copy(start.begin(), start.end(), id.bytes.begin());
        if (round % 3 == 0) id.bytes[7] = '-';
        const auto name = client_of(id);
        BOOST_REQUIRE(name.size() <= 40);
        BOOST_REQUIRE(std::all_of(name.begin(), name.end(), [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ' ||
                   c == '.' || c == '-' || c == '!';
        }));
    }
}

BOOST_AUTO_TEST_SUITE_END()
