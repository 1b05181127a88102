// Which peers are one machine.
#include "swarm/machines.hpp"

#include <boost/test/unit_test.hpp>
#include <string_view>

#include "swarm/completed_peers.hpp"
#include "unit/base/letter_ids.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

ip_address ip(std::string_view text) { return *ip_address::parse(text); }
peer_id peer(char letter) { return test::id_of<peer_id>(letter); }
instance_id process(char letter) { return test::id_of<instance_id>(letter); }

struct lan {
    class machines known;
    completed_peers complete;
    void has_everything(char who, std::string_view at) { complete.add(peer(who), ip(at), known); }
    unsigned machines() const { return complete.machines(known); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(which_peers_are_one_machine)

BOOST_AUTO_TEST_CASE(an_address_is_a_machine_whatever_it_is_called) {
    lan l;
    BOOST_TEST(l.machines() == 0u);
    l.has_everything('a', "10.0.0.2");
    l.has_everything('b', "10.0.0.2");
    BOOST_TEST(l.machines() == 1u);
    l.has_everything('c', "10.0.0.3");
    BOOST_TEST(l.machines() == 2u);
}

BOOST_AUTO_TEST_CASE(a_peer_at_two_addresses_is_a_machine) {
    lan l;
    l.has_everything('a', "10.0.0.2");
    l.has_everything('b', "10.0.0.3");
    BOOST_TEST(l.machines() == 2u);
    l.has_everything('a', "10.0.0.3");
    BOOST_TEST(l.machines() == 1u);
}

BOOST_AUTO_TEST_CASE(addresses_of_one_process_are_one_machine) {
    lan l;
    l.has_everything('a', "10.0.0.2");
    l.has_everything('b', "fe80::2%3");
    l.has_everything('c', "10.0.0.4");
    BOOST_TEST(l.machines() == 3u);
    l.known.met(process('p'), ip("10.0.0.2"));
    l.known.met(process('q'), ip("10.0.0.4"));
    BOOST_TEST(l.machines() == 3u);
    l.known.met(process('p'), ip("fe80::2%3"));
    BOOST_TEST(l.machines() == 2u);
    // an address in between, at which nothing was fetched
    l.known.met(process('q'), ip("10.0.0.9"));
    l.known.met(process('r'), ip("10.0.0.9"));
    l.known.met(process('r'), ip("fe80::2%2"));
    BOOST_TEST(l.machines() == 1u);
}

BOOST_AUTO_TEST_CASE(this_machine_does_not_count) {
    lan l;
    l.known.set_own({ip("10.0.0.1"), ip("fe80::1%2")});
    l.has_everything('a', "10.0.0.1");
    l.has_everything('b', "127.0.0.1");
    l.has_everything('c', "fe80::1%3");
    BOOST_TEST(l.machines() == 0u);
    l.has_everything('d', "10.0.0.2");
    BOOST_TEST(l.machines() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
