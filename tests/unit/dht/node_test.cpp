// A whole node, fed with datagrams: what is awaited comes to an end.
#include "dht/node.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "dht/krpc.hpp"
#include "dht/secure_id.hpp"

namespace bt::dht::test {
namespace {

const time_point start(1h);
const endpoint friendly = *endpoint::parse("192.168.1.9:6881"), refusing = *endpoint::parse("80.0.0.8:6881"),
               second = *endpoint::parse("80.1.0.8:6881");

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
    /// The neighbour answers, those in the world say but errors.
    void answer_all() {
        for (const auto& sent : std::exchange(sends, {})) {
            const auto message = krpc::parse(sent.datagram);
            const auto tid = std::get<krpc::query>(*message).tid;
            if (sent.to == friendly) hear(friendly, answer_of(tid));
            if (sent.to == refusing || sent.to == second)
                hear(sent.to, krpc::write_error(tid, krpc::error_code::server, "no"));
        }
    }
    static bytes answer_of(std::string_view tid) {
        krpc::answer_form form;
        form.tid = tid;
        form.id.bytes.fill(0x77);
        form.asker = *endpoint::parse("192.168.1.5:6881");
        return krpc::write_answer(form);
    }

    node it;
    time_point now = start;
    std::vector<out::send> sends;
    std::size_t searches_over = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(dht_node)

BOOST_AUTO_TEST_CASE(a_search_does_not_wait_for_a_node_that_says_nothing_but_errors) {
    driven one;
    one.it.add_contact(start, friendly);
    one.drain();
    one.it.add_contact(start, refusing);
    one.drain();
    one.answer_all();                   // that was no way in, and the next is not tried at once:
    one.it.add_contact(start, second);  // it gets a ping
    one.it.search(start, {});
    one.drain();
    for (int i = 0; i < 300; ++i) {
        one.answer_all();
        one.run_for(100ms);
    }
    BOOST_TEST(one.searches_over == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::dht::test
