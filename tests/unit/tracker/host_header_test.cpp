#include "tracker/host_header.hpp"

#include <boost/test/unit_test.hpp>

using bt::tracker::is_local_host_name;

BOOST_AUTO_TEST_SUITE(host_header)

BOOST_AUTO_TEST_CASE(addresses_and_names_of_this_network_are_taken) {
    for (const auto* host : {"192.168.1.5", "192.168.1.5:6969", "127.0.0.1", "[::1]", "[fe80::1]:6969",
                             "localhost", "LOCALHOST:80", "lab-07", "lab_07:1", "lab.local", "Lab.Local.",
                             "a.b.lan", "x.home.arpa", "y.internal", "t.localhost"})
        BOOST_TEST(is_local_host_name(host), host);
}

BOOST_AUTO_TEST_CASE(names_a_stranger_can_own_are_refused) {
    for (const auto* host : {"",
                             ":80",
                             "evil.example",
                             "localhost.evil.com",
                             "127.0.0.1.evil.com",
                             "[::1].evil",
                             "0x7f.1",
                             "0",
                             "127.1",
                             "2130706433",
                             "user@localhost",
                             "lab:port",
                             "lab:65536",
                             "lab:",
                             "[::1",
                             "::1]",
                             "a b",
                             "lab/",
                             "evil.com:6969",
                             "local",
                             "lan.",
                             "xn--lcal-5qa.com",
                             ".",
                             "..",
                             "lan..evil.com",
                             "\xc3\xa9"})
        BOOST_TEST(is_local_host_name(host) ==
                       (std::string_view(host) == "local" || std::string_view(host) == "lan."),
                   host);
}

BOOST_AUTO_TEST_SUITE_END()
