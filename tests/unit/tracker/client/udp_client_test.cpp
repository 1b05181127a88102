#include "tracker/client/udp_client.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

#include "base/limits.hpp"
#include "unit/base/letter_ids.hpp"
#include "unit/base/passing_time.hpp"

using namespace bt;
using namespace bt::tracker;

namespace {

using namespace std::string_literals;

const endpoint near{ip_address::v4(192, 168, 1, 5), 6969}, far{ip_address::v4(8, 8, 4, 4), 1337},
    six{*ip_address::parse("2001:db8::5"), 6969};

announce_request sample() {
    announce_request ask;
    ask.hash = test::id_of<info_hash>('h');
    ask.id = test::id_of('p');
    ask.port = 6881;
    ask.uploaded = 3;
    ask.downloaded = 1;
    ask.left = 2;
    ask.event = announce_event::started;
    ask.key = 0xcafebabe;
    ask.numwant = 100;
    return ask;
}

std::uint64_t number_at(byte_view data, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | data[at + i];
    return value;
}

/// One client, its clock, what it sent and was answered. A connect and a question are told apart as a tracker
/// does it: by the magic number.
struct desk {
    explicit desk(std::uint64_t seed = 1) : it(rng(seed)) {}

    void drain() {
        while (auto what = it.poll()) {
            if (auto* out = std::get_if<udp_client::send>(&*what)) sent.push_back(std::move(*out));
            if (auto* done = std::get_if<udp_client::announced>(&*what)) {
                answers.push_back(std::to_string(done->request) + ' ' + text_of(done->answer));
                if (done->answer)
                    for (const auto& peer : done->answer->peers) peers.push_back(peer.to_string());
            }
            if (auto* done = std::get_if<udp_client::scraped>(&*what))
                answers.push_back(std::to_string(done->request) + ' ' + text_of(done->answer));
        }
        BOOST_TEST(it.is_sound());
    }
    template <class T>
    static std::string text_of(const result<T>& answer) {
        return answer ? "ok" : answer.error().message;
    }
    void announce(std::uint64_t request, const endpoint& to, std::string url_data = "") {
        it.announce(now, request, to, sample(), std::move(url_data));
        drain();
    }
    void pass(duration span) { test::pass(it, *this, span); }
    static bool is_connect(const udp_client::send& one) {
        return one.datagram.size() == 16 && number_at(one.datagram, 0, 8) == 0x41727101980;
    }
    udp_client::send take() {
        BOOST_REQUIRE(!sent.empty());
        auto one = std::move(sent.front());
        sent.erase(sent.begin());
        return one;
    }
    static bytes reply(std::uint64_t action, const udp_client::send& to, const std::string& body) {
        bytes out;
        byte_writer(out)
            .number(static_cast<std::uint32_t>(action))
            .number(static_cast<std::uint32_t>(number_at(to.datagram, 12, 4)))
            .text(body);
        return out;
    }
    void receive(const endpoint& from, const bytes& datagram) {
        it.receive(now, from, datagram);
        drain();
    }
    void give_connection(char id = 'C') {
        const auto question = take();
        BOOST_REQUIRE(is_connect(question));
        receive(question.to, reply(0, question, std::string(8, id)));
    }
    void give_peers(const std::string& peers_text = "") {
        const auto question = take();
        BOOST_REQUIRE(!is_connect(question));
        receive(question.to, reply(1, question, "\0\0\0\x3c\0\0\0\1\0\0\0\2"s + peers_text));
    }
    std::vector<std::string> news() { return std::exchange(answers, {}); }

    time_point now = time_point(1000s);
    udp_client it;
    std::vector<udp_client::send> sent;
    std::vector<std::string> answers, peers;
};

using names = std::vector<std::string>;
constexpr auto per_element = boost::test_tools::per_element();

}  // namespace

BOOST_AUTO_TEST_SUITE(udp_clients)

BOOST_AUTO_TEST_CASE(an_announce_is_laid_out_as_bep_15_says) {
    desk d;
    d.announce(7, near, "/announce?k=1");
    BOOST_TEST(desk::is_connect(d.sent.at(0)));
    d.give_connection();
    const auto out = d.take();
    BOOST_TEST((out.to == near));
    const byte_view raw = out.datagram;
    BOOST_REQUIRE(raw.size() == 98u + 2 + 13);
    BOOST_TEST(as_text(raw.subspan(0, 8)) == "CCCCCCCC");
    BOOST_TEST(number_at(raw, 8, 4) == 1u);
    BOOST_TEST(as_text(raw.subspan(16, 20)) == std::string(20, 'h'));
    BOOST_TEST(as_text(raw.subspan(36, 20)) == std::string(20, 'p'));
    BOOST_TEST(number_at(raw, 56, 8) == 1u);  // downloaded
    BOOST_TEST(number_at(raw, 64, 8) == 2u);  // left
    BOOST_TEST(number_at(raw, 72, 8) == 3u);  // uploaded
    BOOST_TEST(number_at(raw, 80, 4) == 2u);  // started
    BOOST_TEST(number_at(raw, 84, 4) == 0u);  // address: the sender's
    BOOST_TEST(number_at(raw, 88, 4) == 0xcafebabeu);
    BOOST_TEST(number_at(raw, 92, 4) == 100u);
    BOOST_TEST(number_at(raw, 96, 2) == 6881u);
    BOOST_TEST(raw[98] == 2u);  // BEP 41: URL data
    BOOST_TEST(raw[99] == 13u);
    BOOST_TEST(as_text(raw.subspan(100)) == "/announce?k=1");
}

BOOST_AUTO_TEST_CASE(events_have_the_numbers_of_bep_15_and_url_data_comes_in_parts) {
    auto ask = sample();
    for (const auto& [event, number] :
         {std::pair{announce_event::none, 0u}, std::pair{announce_event::completed, 1u},
          std::pair{announce_event::started, 2u}, std::pair{announce_event::stopped, 3u}}) {
        ask.event = event;
        BOOST_TEST(number_at(udp::encode_announce(1, 2, ask, ""), 80, 4) == number);
    }
    BOOST_TEST(udp::encode_announce(1, 2, ask, "").size() == 98u);
    const auto raw = udp::encode_announce(1, 2, ask, std::string(300, 'x'));
    BOOST_REQUIRE(raw.size() == 98u + 2 + 255 + 2 + 45);
    BOOST_TEST((raw[98] == 2 && raw[99] == 255 && raw[98 + 257] == 2 && raw[98 + 258] == 45));
}

BOOST_AUTO_TEST_CASE(an_answer_gives_peers_interval_and_counts) {
    desk d;
    d.announce(7, near);
    d.give_connection();
    d.give_peers("\x0a\x01\x01\x01\x1a\xe1\x0a\x01\x01\x02\x1a\xe1");
    BOOST_TEST(d.news() == names{"7 ok"}, per_element);
    BOOST_TEST(d.peers == (names{"10.1.1.1:6881", "10.1.1.2:6881"}), per_element);
    BOOST_TEST((d.it.next_deadline() == never));
    const auto answer = udp::parse_announced(as_bytes("\0\0\0\x3c\0\0\0\1\0\0\0\2"s), ip_family::v4).value();
    BOOST_TEST((answer.interval == 60s && answer.leechers == 1u && answer.seeders == 2u));
}

BOOST_AUTO_TEST_CASE(a_tracker_of_version_6_gives_peers_of_eighteen_bytes) {
    desk d;
    d.announce(7, six);
    d.give_connection();
    d.give_peers("\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01\x1a\xe1"s);
    BOOST_TEST(d.peers == names{"[2001:db8::1]:6881"}, per_element);
}

BOOST_AUTO_TEST_CASE(a_connection_id_serves_every_question_for_a_minute) {
    desk d;
    d.announce(1, near);
    d.announce(2, near);
    BOOST_TEST(d.sent.size() == 1u);  // one connect for both
    d.give_connection();
    BOOST_TEST(d.sent.size() == 2u);
    d.give_peers();
    d.give_peers();
    d.pass(59s);
    d.announce(3, near);
    BOOST_TEST(!desk::is_connect(d.sent.at(0)));
    d.give_peers();
    d.pass(1s);
    d.announce(4, near);
    BOOST_TEST(desk::is_connect(d.sent.at(0)));
    d.give_connection();
    d.give_peers();
    std::sort(d.answers.begin(), d.answers.end());  // the first two left in the order of their random ids
    BOOST_TEST(d.news() == (names{"1 ok", "2 ok", "3 ok", "4 ok"}), per_element);
    d.announce(5, far);  // another tracker has other ids
    BOOST_TEST(desk::is_connect(d.sent.at(0)));
}

BOOST_AUTO_TEST_CASE(silence_is_asked_again_at_three_seconds_on_the_lan_and_fifteen_elsewhere) {
    struct row {
        endpoint to;
        std::vector<int> at;
    };
    for (const auto& row : {row{near, {0, 3, 9, 21}}, row{far, {0, 15}}}) {
        desk d;
        std::vector<int> times;
        const auto begin = d.now;
        d.announce(1, row.to);
        while (d.answers.empty()) {
            for (; !d.sent.empty(); d.sent.pop_back())
                times.push_back(static_cast<int>(seconds(d.now - begin)));
            d.pass(d.it.next_deadline() - d.now);
        }
        BOOST_TEST(times == row.at, per_element);
        BOOST_TEST(d.news() == names{"1 no answer"}, per_element);
        BOOST_TEST((d.now - begin == limits::tracker_time));
        BOOST_TEST((d.it.next_deadline() == never));
    }
}

BOOST_AUTO_TEST_CASE(a_lost_announce_is_asked_again_with_a_fresh_connection_and_a_late_answer_counts) {
    desk d;
    d.announce(1, near);
    d.give_connection('A');
    const auto first = d.take();
    d.pass(3s);
    BOOST_TEST(desk::is_connect(d.sent.at(0)));  // the tracker may not know the old id any more
    d.give_connection('B');
    const auto again = d.take();
    BOOST_TEST(as_text(byte_view(again.datagram).first(8)) == "BBBBBBBB");
    BOOST_TEST(number_at(first.datagram, 12, 4) == number_at(again.datagram, 12, 4));
    d.receive(near, desk::reply(1, first, "\0\0\0\x3c\0\0\0\1\0\0\0\2"s));
    BOOST_TEST(d.news() == names{"1 ok"}, per_element);
    d.receive(near, desk::reply(1, again, "\0\0\0\x3c\0\0\0\1\0\0\0\2"s));
    BOOST_TEST(d.news().empty());
}

BOOST_AUTO_TEST_CASE(only_who_was_asked_answers_and_only_to_what_was_asked) {
    desk d;
    d.announce(1, near);
    const auto connect = d.sent.at(0);
    auto other_port = near;
    ++other_port.port;
    d.receive(far, desk::reply(0, connect, "CCCCCCCC"));
    d.receive(other_port, desk::reply(0, connect, "CCCCCCCC"));
    d.receive(near, desk::reply(1, connect, "CCCCCCCC"));  // another action
    d.receive(near, desk::reply(0, connect, "CCCCCCC"));   // cut off
    auto wrong = connect;
    wrong.datagram[15] ^= 1;
    d.receive(near, desk::reply(0, wrong, "CCCCCCCC"));
    BOOST_TEST(d.sent.size() == 1u);
    d.give_connection();
    const auto question = d.sent.at(0);
    const auto good = "\0\0\0\x3c\0\0\0\1\0\0\0\2"s;
    d.receive(far, desk::reply(1, question, good));
    d.receive(near, desk::reply(2, question, good));
    d.receive(near, desk::reply(0, question, good));
    d.receive(near, desk::reply(77, question, good));
    d.receive(far, desk::reply(3, question, "go away"));
    BOOST_TEST(d.news().empty());
    d.receive(near, desk::reply(1, question, good));
    BOOST_TEST(d.news() == names{"1 ok"}, per_element);
}

BOOST_AUTO_TEST_CASE(an_answer_before_the_question_was_sent_is_none) {
    desk d;
    d.announce(1, near);  // waits for its connection: its transaction id has not left us
    for (std::uint32_t guess = 0; guess < 1000; ++guess) {
        bytes forged;
        byte_writer(forged).number(std::uint32_t{1}).number(guess).text(std::string(12, '\0'));
        d.receive(near, forged);
    }
    BOOST_TEST(d.news().empty());
}

BOOST_AUTO_TEST_CASE(transaction_ids_differ_from_question_to_question_and_from_seed_to_seed) {
    std::set<std::uint64_t> ids;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        desk d(seed);
        d.announce(1, near);
        ids.insert(number_at(d.sent.at(0).datagram, 12, 4));
        d.give_connection();
        ids.insert(number_at(d.sent.at(0).datagram, 12, 4));
    }
    BOOST_TEST(ids.size() == 100u);
}

BOOST_AUTO_TEST_CASE(an_error_is_a_failure_with_the_trackers_words_made_safe) {
    desk d;
    d.announce(1, near);
    d.give_connection();
    auto question = d.take();
    d.receive(near, desk::reply(3, question, "not \x1b[31mregistered"));
    BOOST_TEST(d.news() == names{"1 not ?[31mregistered"}, per_element);
    d.pass(61s);
    d.announce(2, near);  // an error to the connect is one for all that wait
    d.announce(3, near);
    question = d.take();
    d.receive(near, desk::reply(3, question, ""));
    BOOST_TEST(d.news() == (names{"2 it refuses without a reason", "3 it refuses without a reason"}),
               per_element);
    BOOST_TEST((d.it.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(an_error_to_an_old_connection_id_is_asked_again_once_with_a_fresh_one) {
    desk d;
    d.announce(1, near);
    d.give_connection();
    d.give_peers();
    d.pass(30s);
    d.announce(2, near);
    d.receive(near, desk::reply(3, d.take(), "Connection ID mismatch"));
    d.give_connection();
    d.receive(near, desk::reply(3, d.take(), "Connection ID mismatch"));
    BOOST_TEST(d.news() == (names{"1 ok", "2 Connection ID mismatch"}), per_element);
}

BOOST_AUTO_TEST_CASE(who_asks_while_a_connect_has_long_been_silent_does_not_inherit_its_pause) {
    desk d;
    d.announce(1, near);
    d.pass(10s);
    d.sent.clear();
    d.announce(2, near);
    d.pass(3s);
    BOOST_TEST(d.sent.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_forgotten_or_unreachable_is_not_waited_for) {
    desk d;
    d.announce(1, near);
    BOOST_TEST(!d.it.all_sent());
    d.it.forget(1);
    d.drain();
    BOOST_TEST((d.it.next_deadline() == never));
    BOOST_TEST(d.it.all_sent());
    d.announce(2, six);
    d.announce(3, far);
    d.it.unreachable(six, {errc::network, "network is unreachable", ""});
    d.drain();
    BOOST_TEST(d.news() == names{"2 network is unreachable"}, per_element);
    d.sent.erase(d.sent.begin(), d.sent.end() - 1);
    d.give_connection();
    BOOST_TEST(d.it.all_sent());
}

BOOST_AUTO_TEST_CASE(torrents_are_scraped_over_udp) {
    desk d;
    const auto a = test::id_of<info_hash>('a'), b = test::id_of<info_hash>('b');
    d.it.scrape(d.now, 5, near, {a, b});
    d.drain();
    d.give_connection();
    const auto question = d.take();
    BOOST_TEST(question.datagram.size() == 56u);
    BOOST_TEST(number_at(question.datagram, 8, 4) == 2u);
    BOOST_TEST(as_text(byte_view(question.datagram).subspan(16)) ==
               std::string(20, 'a') + std::string(20, 'b'));
    const auto body = "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5\0\0\0\6"s;
    d.receive(near, desk::reply(2, question, body));
    BOOST_TEST(d.news() == names{"5 ok"}, per_element);
    const auto counts = udp::parse_scraped(as_bytes(body), {a, b}).value();
    BOOST_TEST((counts[1].torrent == b && counts[1].seeders == 4u && counts[1].completed == 5u &&
                counts[1].leechers == 6u));
    for (std::size_t size = 0; size < body.size(); ++size)
        BOOST_TEST(!udp::parse_scraped(as_bytes(body).first(size), {a, b}));
    d.it.scrape(d.now, 6, near, std::vector<info_hash>(200));
    d.drain();
    BOOST_TEST(d.take().datagram.size() == 16 + limits::tracker_scrapes * 20);
}

BOOST_AUTO_TEST_CASE(every_truncation_of_an_answer_is_a_failure_or_fewer_peers) {
    const auto whole = "\0\0\0\x3c\0\0\0\1\0\0\0\2"s + "\x0a\x01\x01\x01\x1a\xe1\x0a\x01\x01\x02\x1a\xe1";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const auto answer = udp::parse_announced(as_bytes(whole).first(size), ip_family::v4);
        BOOST_TEST(answer.has_value() == (size >= 12), size);
        if (answer) BOOST_TEST(answer->peers.size() == (size - 12) / 6);
    }
    for (std::size_t size = 0; size < 8; ++size) {
        BOOST_TEST(!udp::parse_reply(bytes(size)));
        BOOST_TEST(!udp::parse_connection(bytes(size)));
    }
}

BOOST_AUTO_TEST_CASE(an_empty_answer_says_that_the_torrent_is_not_served) {
    desk d;
    d.announce(1, near);
    d.give_connection();
    d.receive(near, desk::reply(1, d.take(), ""));
    BOOST_TEST(d.news() == names{"1 it does not serve this torrent"}, per_element);
}

BOOST_AUTO_TEST_CASE(unusable_peers_are_left_out_and_no_more_than_the_limit_are_kept) {
    std::string many(12, '\0');
    for (int i = 0; i < 10'000; ++i) many += "\x0a\x01\x01\x01\x1a\xe1";
    BOOST_TEST(udp::parse_announced(as_bytes(many), ip_family::v4)->peers.size() == limits::known_peers);
    const auto odd = std::string(12, '\0') + "\xe0\0\0\1\x1a\xe1"s + "\0\0\0\0\x1a\xe1"s + "\x0a\1\1\1\0\0"s;
    BOOST_TEST(udp::parse_announced(as_bytes(odd), ip_family::v4)->peers.empty());
}

BOOST_AUTO_TEST_CASE(more_questions_than_the_limit_fail_at_once_and_the_others_are_answered) {
    desk d;
    for (std::uint64_t i = 0; i <= limits::udp_tracker_questions; ++i) d.announce(i, near);
    BOOST_REQUIRE(d.answers.size() == 1u);
    BOOST_TEST(d.answers[0].find(std::to_string(limits::udp_tracker_questions)) != std::string::npos);
    d.pass(30s);
    BOOST_TEST(d.answers.size() == limits::udp_tracker_questions + 1);
    BOOST_TEST((d.it.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(addresses_without_number_leave_nothing_behind) {
    desk d;
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        const endpoint to{
            ip_address::v4(10, 9, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)),
            static_cast<std::uint16_t>(1 + (i >> 16))};
        d.announce(i, to);
        d.give_connection();
        d.give_peers();
    }
    BOOST_TEST(d.answers.size() == 20'000u);
    BOOST_TEST((d.it.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(random_and_bent_datagrams_do_no_harm) {
    rng random(4711);
    desk d;
    std::uint64_t request = 0;
    for (int i = 0; i < 100'000; ++i) {
        if (d.sent.empty()) d.announce(++request, random.chance(0.5) ? near : six);
        const auto question = d.sent.at(random.below(d.sent.size()));
        bytes datagram(random.below(80));
        random.fill(datagram);
        if (random.chance(0.7)) {  // bent, from an answer that would do
            datagram = desk::reply(random.below(5), question, std::string(random.below(60), 'x'));
            if (random.chance(0.5)) datagram[random.below(datagram.size())] ^= 0x40;
            datagram.resize(random.below(datagram.size() + 1));
        }
        d.receive(random.chance(0.9) ? question.to : far, datagram);
        d.answers.clear();
        d.peers.clear();
        if (random.chance(0.01)) d.pass(duration(static_cast<std::int64_t>(random.below(10'000'000))));
        if (d.sent.size() > 20) d.sent.erase(d.sent.begin(), d.sent.begin() + 10);
    }
    d.pass(60s);
    BOOST_TEST((d.it.next_deadline() == never));
}

BOOST_AUTO_TEST_SUITE_END()
