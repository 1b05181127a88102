// Machines of the network, as they are told to clients.
#include "app/lan/lan_json.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt;
using namespace bt::app;

namespace {

neighbour process(std::uint8_t id, const std::string& host, std::vector<const char*> addresses) {
    neighbour one;
    one.node.instance.bytes[0] = id;
    one.node.host_name = host;
    one.node.client = "client " + std::to_string(id);
    for (const auto* each : addresses) one.addresses.push_back(*ip_address::parse(each));
    one.node.address = one.addresses.front();
    one.answered = true;
    return one;
}

tracker::catalogue_entry share(std::uint8_t id, bool complete) {
    tracker::catalogue_entry one;
    one.hash.bytes[0] = id;
    one.name = "share " + std::to_string(id);
    one.total_size = 7;
    (complete ? one.seeders : one.leechers) = 1;
    return one;
}

/// "lab 10.0.0.1 fe80::1: 1 2; …"
std::string text(const std::vector<machine>& machines) {
    std::string all;
    for (const auto& each : machines) {
        all += (all.empty() ? "" : "; ") + each.host;
        for (const auto& address : each.addresses) all += " " + address.to_string();
        all += ":";
        for (const auto& node : each.nodes) all += " " + std::to_string(node.node.instance.bytes[0]);
    }
    return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_machine_is_one_row_whatever_runs_there_and_whatever_addresses_it_has) {
    BOOST_TEST(text(machines_of({process(1, "lab", {"10.0.0.1", "fe80::1"}), process(2, "lab", {"fe80::1"}),
                                 process(3, "lab", {"10.0.0.2"}), process(4, "desk", {"10.0.0.3"})})) ==
               "desk 10.0.0.3: 4; lab 10.0.0.1 fe80::1: 1 2; lab 10.0.0.2: 3");
}

BOOST_AUTO_TEST_CASE(a_process_that_is_heard_at_both_addresses_joins_two_rows) {
    BOOST_TEST(text(machines_of({process(1, "lab", {"10.0.0.1"}), process(2, "lab", {"fe80::1"}),
                                 process(3, "", {"fe80::1", "10.0.0.1"})})) == "lab 10.0.0.1 fe80::1: 2 1 3");
    BOOST_TEST(machines_of({}).empty());
}

BOOST_AUTO_TEST_CASE(a_share_of_several_processes_is_told_once_and_is_complete_if_one_has_all) {
    auto a = process(1, "lab", {"10.0.0.1"}), b = process(2, "lab", {"10.0.0.1"});
    a.shares = {share(1, false), share(2, false)};
    b.shares = {share(1, true)};
    const auto all = machines_json(machines_of({a, b}));
    const auto& shares = *all.elements()->front().find("shares")->elements();
    BOOST_REQUIRE_EQUAL(shares.size(), 2u);
    BOOST_TEST(shares[0].find("is_complete")->boolean().value());
    BOOST_TEST(!shares[1].find("is_complete")->boolean().value());
    BOOST_TEST(shares[0].find_text("name").value() == "share 1");
}
