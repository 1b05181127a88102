// One tracker client, its clock and its outputs.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tracker/client/client.hpp"
#include "unit/base/passing_time.hpp"

using namespace bt;
using namespace bt::tracker;

using namespace std::string_literals;

using tiers = std::vector<std::vector<std::string>>;

/// One client, its clock, and everything it put out. A request is spoken of by the host it goes to.
struct desk {
    explicit desk(const tiers& all, client_config config = {}, std::uint64_t seed = 1)
        : it(std::move(config), all, rng(seed)) {
        it.set_totals(10, 20, 30);
        drain();
    }
    void drain() {
        while (auto what = it.poll()) {
            if (auto* get = std::get_if<http_get>(&*what)) {
                asked.push_back(*get);
                all_asked.push_back(host(get->url) + event(get->url));
            }
            if (auto* get = std::get_if<udp_announce>(&*what)) asked_udp.push_back(*get);
            if (auto* found = std::get_if<peers_found>(&*what))
                for (const auto& peer : found->peers) peers.push_back(peer.to_string());
            if (auto* why = std::get_if<trouble>(&*what)) troubles.push_back(why->message);
            if (auto* own = std::get_if<external_address>(&*what))
                externals.push_back(own->address.to_string());
        }
        BOOST_TEST(it.is_sound());
    }
    static std::string host(const std::string& text) {
        return url::parse(text.substr(0, text.find('?'))).value().host;
    }
    static std::string event(const std::string& text) {
        const auto at = text.find("&event=");
        return at == std::string::npos ? "" : " " + text.substr(at + 7, text.find('&', at + 1) - at - 7);
    }
    void start() {
        it.start(now);
        drain();
    }
    void pass(duration span) { test::pass(it, *this, span); }
    http_get take(const std::string& at) {
        const auto found =
            std::find_if(asked.begin(), asked.end(), [&](const auto& one) { return host(one.url) == at; });
        BOOST_REQUIRE_MESSAGE((found != asked.end()), "nothing was asked of " + at);
        auto one = *found;
        asked.erase(found);
        return one;
    }
    void good(const std::string& at, const std::string& fields = "8:intervali1800e") {
        it.answer(now, take(at).request, http_reply{200, as_bytes(text = "d" + fields + "5:peers0:e")});
        drain();
    }
    void body(const std::string& at, const std::string& whole, int status = 200) {
        text = whole;
        it.answer(now, take(at).request, http_reply{status, as_bytes(text)});
        drain();
    }
    void bad(const std::string& at) {
        it.answer(now, take(at).request, fail(errc::network, "connection refused"));
        drain();
    }
    std::vector<std::string> news() { return std::exchange(all_asked, {}); }
    /// From now to the next request, if nothing else happens.
    duration wait() {
        const auto from = now;
        while (asked.empty()) pass(it.next_deadline() - now);
        return now - from;
    }

    time_point now = time_point(1000s);
    client it;
    std::string text;
    std::vector<http_get> asked;
    std::vector<udp_announce> asked_udp;
    std::vector<std::string> all_asked, peers, troubles, externals;
};

using names = std::vector<std::string>;
constexpr auto per_element = boost::test_tools::per_element();

inline std::string at(const std::string& host) { return "http://" + host + "/announce"; }
