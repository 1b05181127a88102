#include "tracker/server/address_policy.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace bt;
using namespace bt::tracker;

namespace {

ip_address ip(const std::string& text) { return ip_address::parse(text).value(); }

/// The machine of all tables below: a LAN with both families, a bridge to containers, a second LAN.
neighbourhood machine() {
    return neighbourhood({{{ip("192.168.1.5"), 24}, false},
                          {{ip("2001:db8:1::5"), 64}, false},
                          {{ip("fe80::5%2"), 64}, false},
                          {{ip("fe80::6%3"), 64}, false},
                          {{ip("10.8.0.5"), 16}, false},
                          {{ip("172.17.0.1"), 16}, true},
                          {{ip("fd17::1"), 64}, true},
                          {{ip("198.51.100.5"), 24}, false}});
}

std::string told(const std::string& asker_from, const std::string& reached_at, const std::string& peer) {
    const auto around = machine();
    const asker who(around, ip(asker_from), ip(reached_at));
    const auto where = around.place_of(ip(peer));
    const auto address = handed(who, ip(peer), where);
    if (!address) return "-";
    return address->to_string() + (is_near(who, where) ? " first" : "");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tracker_address_policy)

BOOST_AUTO_TEST_CASE(who_is_told_which_address_of_whom) {
    struct row {
        const char *asker, *to, *peer, *told;
    };
    const row rows[] = {
        // on one LAN: as seen, and before all others
        {"192.168.1.7", "192.168.1.5", "192.168.1.9", "192.168.1.9 first"},
        {"192.168.1.7", "192.168.1.5", "10.8.200.1", "10.8.200.1"},
        {"192.168.1.7", "192.168.1.5", "192.168.77.1", "192.168.77.1"},
        {"192.168.1.7", "192.168.1.5", "100.64.3.3", "100.64.3.3"},
        {"192.168.1.7", "192.168.1.5", "8.8.8.8", "8.8.8.8"},
        {"192.168.1.7", "192.168.1.5", "fd00::9", "fd00::9"},
        {"192.168.1.7", "192.168.1.5", "2001:db8:9::9", "2001:db8:9::9"},
        {"10.8.1.1", "10.8.0.5", "10.8.200.1", "10.8.200.1 first"},  // a /16 we know of
        {"10.9.1.1", "10.8.0.5", "10.9.1.77", "10.9.1.77 first"},    // a /24 we do not
        {"10.9.1.1", "10.8.0.5", "10.9.2.77", "10.9.2.77"},
        {"2001:db8:1::7", "2001:db8:1::5", "2001:db8:1::9", "2001:db8:1::9 first"},
        {"2001:db8:2::7", "2001:db8:1::5", "2001:db8:2::9", "2001:db8:2::9 first"},
        {"2001:db8:2::7", "2001:db8:1::5", "2001:db8:3::9", "2001:db8:3::9"},
        {"::ffff:192.168.1.7", "192.168.1.5", "::ffff:192.168.1.9", "192.168.1.9 first"},
        // far away: nothing that is not global
        {"8.8.4.4", "198.51.100.5", "8.8.8.8", "8.8.8.8"},
        {"8.8.4.4", "198.51.100.5", "198.51.100.9", "198.51.100.9"},
        {"198.51.100.7", "198.51.100.5", "198.51.100.9", "198.51.100.9 first"},
        {"8.8.4.4", "198.51.100.5", "192.168.1.9", "-"},
        {"8.8.4.4", "192.168.1.5", "192.168.1.9", "-"},
        {"8.8.4.4", "198.51.100.5", "100.64.3.3", "-"},
        {"2001:db8:2::7", "2001:db8:1::5", "fd00::9", "-"},
        {"2001:db8:2::7", "2001:db8:1::5", "fe80::9%2", "-"},
        // never anybody
        {"192.168.1.7", "192.168.1.5", "0.0.0.0", "-"},
        {"192.168.1.7", "192.168.1.5", "0.1.2.3", "-"},
        {"192.168.1.7", "192.168.1.5", "224.0.0.1", "-"},
        {"192.168.1.7", "192.168.1.5", "240.0.0.1", "-"},
        {"192.168.1.7", "192.168.1.5", "255.255.255.255", "-"},
        {"192.168.1.7", "192.168.1.5", "::", "-"},
        {"fe80::7%2", "fe80::5%2", "ff02::1", "-"},
        // link-local: on its own link only
        {"fe80::7%2", "fe80::5%2", "fe80::9%2", "fe80::9%2 first"},
        {"fe80::7%2", "fe80::5%2", "fe80::9%3", "-"},
        {"192.168.1.7", "192.168.1.5", "fe80::9%2", "-"},
        {"169.254.1.1", "192.168.1.5", "169.254.2.2", "169.254.2.2 first"},
        {"192.168.1.7", "192.168.1.5", "169.254.2.2", "-"},
        {"127.0.0.1", "127.0.0.1", "fe80::9%2", "-"},
        {"fe80::7%2", "fe80::5%2", "192.168.1.9", "192.168.1.9"},
        // a peer on this machine is told as the address the asker reached us at
        {"192.168.1.7", "192.168.1.5", "127.0.0.1", "192.168.1.5 first"},
        {"192.168.1.7", "192.168.1.5", "127.3.2.1", "192.168.1.5 first"},
        {"192.168.1.7", "192.168.1.5", "192.168.1.5", "192.168.1.5 first"},
        {"192.168.1.7", "192.168.1.5", "10.8.0.5", "192.168.1.5 first"},
        {"192.168.1.7", "192.168.1.5", "172.17.0.1", "192.168.1.5 first"},
        {"192.168.1.7", "192.168.1.5", "::1", "-"},  // of that family
        {"2001:db8:1::7", "2001:db8:1::5", "::1", "2001:db8:1::5 first"},
        {"2001:db8:1::7", "2001:db8:1::5", "fe80::5%2", "2001:db8:1::5 first"},
        {"8.8.4.4", "198.51.100.5", "127.0.0.1", "198.51.100.5"},
        {"8.8.4.4", "192.168.1.5", "127.0.0.1", "-"},  // a router forwards to us; ours says nothing there
        {"192.168.1.7", "127.0.0.1", "127.0.0.1", "-"},
        {"127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1 first"},
        {"127.0.0.1", "127.0.0.1", "192.168.1.5", "127.0.0.1 first"},
        {"::1", "::1", "192.168.1.5", "127.0.0.1 first"},
        {"::1", "::1", "fe80::6%3", "::1 first"},
        {"192.168.1.5", "192.168.1.5", "127.0.0.1", "192.168.1.5 first"},
        {"127.0.0.1", "127.0.0.1", "192.168.1.9", "192.168.1.9"},
        {"192.168.1.5", "192.168.1.5", "192.168.1.9", "192.168.1.9"},
        // containers: among themselves and this machine
        {"172.17.0.2", "172.17.0.1", "172.17.0.3", "172.17.0.3 first"},
        {"172.17.0.2", "172.17.0.1", "127.0.0.1", "172.17.0.1 first"},
        {"172.17.0.2", "172.17.0.1", "192.168.1.9", "192.168.1.9"},
        {"172.17.0.2", "172.17.0.1", "8.8.8.8", "8.8.8.8"},
        {"127.0.0.1", "127.0.0.1", "172.17.0.3", "172.17.0.3"},
        {"192.168.1.5", "192.168.1.5", "172.17.0.3", "172.17.0.3"},
        {"192.168.1.7", "192.168.1.5", "172.17.0.3", "-"},
        {"8.8.4.4", "198.51.100.5", "172.17.0.3", "-"},
        {"192.168.1.7", "192.168.1.5", "fd17::3", "-"},
        {"fd17::2", "fd17::1", "fd17::3", "fd17::3 first"},
    };
    for (const auto& row : rows)
        BOOST_TEST(told(row.asker, row.to, row.peer) == row.told,
                   row.peer << " for " << row.asker << " who reached us at " << row.to << ": "
                            << told(row.asker, row.to, row.peer) << " and not " << row.told);
}

BOOST_AUTO_TEST_CASE(whoever_comes_from_the_address_he_goes_to_is_this_machine) {
    const neighbourhood unknown;
    const asker who(unknown, ip("203.0.113.5"), ip("203.0.113.5"));
    BOOST_TEST((who.where.from == reach::host));
    BOOST_TEST(who.is_local());
    BOOST_TEST(!asker(unknown, ip("203.0.113.6"), ip("203.0.113.5")).is_local());
    BOOST_TEST((asker(unknown, ip("0.0.0.0"), ip("0.0.0.0")).where.from == reach::nobody));
}

BOOST_AUTO_TEST_CASE(this_machine_is_stored_under_one_name_per_family) {
    const auto around = machine();
    for (const char* text : {"127.0.0.1", "127.9.9.9", "192.168.1.5", "198.51.100.5"})
        BOOST_TEST(stored_address(ip(text), around.place_of(ip(text))).to_string() == "127.0.0.1");
    for (const char* text : {"::1", "fe80::5%2", "2001:db8:1::5"})
        BOOST_TEST(stored_address(ip(text), around.place_of(ip(text))).to_string() == "::1");
    for (const char* text : {"192.168.1.9", "172.17.0.3", "8.8.8.8", "fe80::9%2"})
        BOOST_TEST(stored_address(ip(text), around.place_of(ip(text))).to_string() == text);
}

BOOST_AUTO_TEST_CASE(the_askers_that_count_as_local) {
    const auto around = machine();
    for (const char* text : {"127.0.0.1", "::1", "192.168.200.1", "10.1.1.1", "172.17.0.2", "fe80::1%2",
                             "fd99::1", "100.64.1.1", "169.254.1.1", "198.51.100.5"})
        BOOST_TEST(asker(around, ip(text), ip("192.168.1.5")).is_local(), text);
    for (const char* text : {"8.8.8.8", "2001:db8:1::7", "198.51.100.7", "0.0.0.0", "224.0.0.1"})
        BOOST_TEST(!asker(around, ip(text), ip("192.168.1.5")).is_local(), text);
}

BOOST_AUTO_TEST_SUITE_END()
