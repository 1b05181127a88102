// A whole node, fed with datagrams: what is awaited comes to an end.
#include "dht/node.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "dht/krpc.hpp"
#include "dht/secure_id.hpp"

namespace bt::dht::test {
namespace {

const time_point start(1h);
const endpoint friendly = *endpoint::parse("192.168.1.9:6881"), silent = *endpoint::parse("192.168.1.8:6881");

/// At 192.168.1.5/24, as a command has it: read-only.
struct driven {
    driven() : it(settings(), std::nullopt, rng(1)) {
        it.set_networks(start, {{*ip_address::parse("192.168.1.5"), 24}});
        drain();
    }
    static config settings() {
        config made;
        made.ipv6 = false;
        made.read_only = true;
        return made;
    }
    void drain() {
        while (auto what = it.poll()) {
            if (const auto* sent = std::get_if<out::send>(&*what)) sends.push_back(*sent);
            searches_over += std::holds_alternative<out::search_over>(*what);
        }
        BOOST_TEST(it.is_sound());
    }
    void hear(const endpoint& from, byte_view datagram) {
        it.receive(now, from, {}, datagram);
        drain();
    }
    void run_for(duration length) {
        for (const auto end = now + length; now < end;) {
            now = std::min(end, std::max(now + 1ms, it.next_deadline()));
            it.tick(now);
            drain();
        }
    }
    /// What was asked of `who` is answered by `say`, which is given the transaction.
    template <class Say>
    void each_asked(const endpoint& who, Say say) {
        for (const auto& sent : std::exchange(sends, {})) {
            if (sent.to != who) continue;
            hear(who, say(std::get<krpc::query>(*krpc::parse(sent.datagram)).tid));
        }
    }

    node it;
    time_point now = start;
    std::vector<out::send> sends;
    std::size_t searches_over = 0;
};

bytes answer_of(std::string_view tid, const ip_address& seen) {
    krpc::answer_form form;
    form.tid = tid;
    form.id.bytes.fill(0x77);
    form.asker = {seen, 6881};
    return krpc::write_answer(form);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dht_node)

BOOST_AUTO_TEST_CASE(an_error_is_all_that_a_named_address_says_and_a_search_waits_no_longer_for_it) {
    driven one;
    one.it.add_contact(start, friendly);
    one.drain();
    one.each_asked(friendly, [](auto tid) { return answer_of(tid, *ip_address::parse("192.168.1.5")); });
    one.it.search(one.now, {});
    one.it.add_contact(one.now, silent);
    one.drain();
    one.each_asked(silent, [](auto tid) { return krpc::write_error(tid, krpc::error_code::server, "no"); });
    one.run_for(1min);
    BOOST_TEST(one.searches_over == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::dht::test
