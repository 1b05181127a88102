#include "cli/display/frame.hpp"

#include <boost/test/unit_test.hpp>

#include "cli/display/format.hpp"

using namespace bt::cli;
using namespace std::chrono_literals;
using bt::app::piece_state;
using bt::app::torrent_state;

namespace {

bt::app::peer_status peer(const char* address, std::uint64_t down, std::uint64_t up) {
    bt::app::peer_status p;
    p.address = *bt::endpoint::parse(address);
    p.client = "btnode/0.1.0";
    p.near = true;
    p.we_want = true;
    p.we_are_choked = false;
    p.progress = 1;
    p.rate_down = down;
    p.rate_up = up;
    return p;
}

struct scene {
    item what;
    bt::app::torrent_status status;
    scene() {
        what.name = "ubuntu-24.04.iso";
        status.state = torrent_state::downloading;
        status.size = 6'118'203'392;
        status.piece_count = 100;
        status.have = 3'934'257'152;
        status.rate_down = 118'200'000;
        status.rate_up = 40'100'000;
        status.pieces.assign(100, piece_state::missing);
        for (std::size_t i = 0; i < 64; ++i) status.pieces[i] = piece_state::have;
        status.peers = {peer("192.168.1.52:38220", 57'200'000, 40'100'000),
                        peer("192.168.1.20:40112", 61'000'000, 0)};
    }
    pictured picture() const { return {&what, &status, "18s left", 134s}; }
};

const look plain_80{80, 24, false, true};

std::string text(const frame& lines, const look& look) {
    std::string out;
    for (const auto& line : lines) out += line.render(look) + "\n";
    return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_download_shows_its_bar_numbers_and_peers) {
    const scene s;
    BOOST_TEST(text(get_frame({s.picture()}, true, plain_80), plain_80) ==
               "ubuntu-24.04.iso\n"
               "  [#########################################                       ]  64%\n"
               "  3.9 of 6.1 GB   118.2 MB/s down   40.1 MB/s up   18s left   2 peers (2 LAN)\n"
               "  192.168.1.52:38220   btnode/0.1.0     DL     100%   57.2 MB/s    40.1 MB/s\n"
               "  192.168.1.20:40112   btnode/0.1.0     DL     100%   61.0 MB/s     0.0 kB/s\n"
               "p pause   q stop   + - speed limit   ? help\n");
}

BOOST_AUTO_TEST_CASE(the_time_left_stays_when_the_line_gets_short) {
    const scene s;
    for (std::size_t columns = 38; columns < 130; ++columns) {
        const look here{columns, 24, false, true};
        const auto shown = text(get_frame({s.picture()}, true, here), here);
        BOOST_TEST(shown.find("18s left") != std::string::npos, columns << ": " << shown);
        BOOST_TEST(shown.find("118.2 MB/s") != std::string::npos, columns << ": " << shown);
    }
}

BOOST_AUTO_TEST_CASE(of_a_long_address_both_ends_are_shown_and_the_rest_of_the_line_stays) {
    scene s;
    s.status.peers = {peer("[2001:db8:1111:2222:3333:4444:5555:6666]:40112", 57'200'000, 0)};
    const auto shown = text(get_frame({s.picture()}, true, plain_80), plain_80);
    BOOST_TEST(
        shown.find("  [2001:db8~666]:40112 btnode/0.1.0     DL     100%   57.2 MB/s") != std::string::npos,
        shown);
}

BOOST_AUTO_TEST_CASE(what_is_paused_or_waits_for_its_turn_says_so) {
    scene s;
    s.status.peers.clear();
    s.status.state = torrent_state::paused;
    BOOST_TEST(text(get_frame({s.picture()}, false, plain_80), plain_80).find("GB   paused   0 peers\n") !=
               std::string::npos);
    s.status.state = torrent_state::queued;
    BOOST_TEST(text(get_frame({s.picture()}, false, plain_80), plain_80).find("GB   queued   0 peers\n") !=
               std::string::npos);
    s.status.piece_count = 0;
    s.status.pieces.clear();
    BOOST_TEST(text(get_frame({s.picture()}, false, plain_80), plain_80) == "ubuntu-24.04.iso  queued\n");
}

BOOST_AUTO_TEST_CASE(a_check_says_whether_it_looks_or_copies) {
    scene s;
    s.status.state = torrent_state::checking;
    const auto shown = [&] { return text(get_frame({s.picture()}, true, plain_80), plain_80); };
    BOOST_TEST(shown().find("   checking what is there   ") != std::string::npos);
    s.status.copies_old = true;
    BOOST_TEST(shown().find("   copying what is right of the old one   ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_paused_among_several_is_told_from_the_others_and_the_key_says_what_it_does) {
    scene s, other;
    s.what.complete = true;
    s.status.state = torrent_state::paused;
    const auto both = text(get_frame({s.picture(), other.picture()}, true, plain_80), plain_80);
    BOOST_TEST(both.find("  paused   0 B sent   2 peers, 0 complete") != std::string::npos, both);
    BOOST_TEST(both.find("p pause ") != std::string::npos, both);
    const auto alone = text(get_frame({s.picture()}, true, plain_80), plain_80);
    BOOST_TEST(alone.find("p go on ") != std::string::npos, alone);
    const auto shares = text(share_frame({s.picture(), other.picture()}, plain_80), plain_80);
    BOOST_TEST(shares.find("  paused   0 B sent") != std::string::npos, shares);
    BOOST_TEST(shares.find("  Up 40.1 MB/s") != std::string::npos, shares);
}

BOOST_AUTO_TEST_CASE(a_share_shows_who_takes_it) {
    scene s;
    s.status.uploaded = 18'300'000'000;
    s.status.rate_up = 212'400'000;
    s.status.peers_completed = 1;
    s.status.peers[0].progress = 0.47;
    BOOST_TEST(text(share_frame({s.picture()}, plain_80), plain_80) ==
               "  Up 212.4 MB/s   18.3 GB sent   2 peers, 1 complete                  2m14s\n"
               "  192.168.1.52:38220   btnode/0.1.0     [#######         ]   47%    40.1 MB/s\n"
               "  192.168.1.20:40112   btnode/0.1.0     [################]  100%     0.0 kB/s\n"
               "Ctrl-C stops sharing.\n");
}

BOOST_AUTO_TEST_CASE(a_search_says_how_many_places_were_asked) {
    scene s;
    s.what.name = "9f3c0d5a";
    s.status = {};
    s.status.lan_nodes = 2;
    const std::string shown = text(get_frame({s.picture()}, false, plain_80), plain_80);
    BOOST_TEST(shown.starts_with("Finding  9f3c0d5a  2 on this network, 0 trackers, 0 peers"), shown);
}

BOOST_AUTO_TEST_CASE(a_finished_download_says_why_it_still_runs) {
    scene s;
    s.what.complete = true;
    const std::string shown = text(get_frame({s.picture()}, false, plain_80), plain_80);
    BOOST_TEST(shown.find("as long as they fetch it (Ctrl-C ends it).") != std::string::npos, shown);
}

BOOST_AUTO_TEST_CASE(no_line_is_wider_than_the_terminal_and_no_frame_higher) {
    scene s;
    s.what.name = std::string(300, 'n');
    s.status.peers.assign(300, peer("[2001:db8:1111:2222:3333:4444:5555:6666]:40112", 1, 1));
    for (std::size_t columns = 1; columns < 130; ++columns)
        for (std::size_t rows : {1u, 2u, 5u, 10u, 24u}) {
            const look here{columns, rows, false, true};
            for (auto lines : {get_frame({s.picture(), s.picture()}, true, here),
                               get_frame({s.picture()}, true, here), share_frame({s.picture()}, here)}) {
                fit_rows(lines, here);
                BOOST_REQUIRE(lines.size() <= std::max<std::size_t>(rows - 1, 1));
                for (const auto& line : lines)
                    BOOST_REQUIRE(text_width(line.render(here)) <= std::max<std::size_t>(columns - 1, 1));
            }
        }
}

BOOST_AUTO_TEST_CASE(colour_adds_nothing_but_colour) {
    const scene s;
    look colored = plain_80;
    colored.color = true;
    std::string shown = text(get_frame({s.picture()}, true, colored), colored);
    BOOST_TEST(shown.find("\x1b[32m") != std::string::npos);
    for (std::size_t at; (at = shown.find('\x1b')) != std::string::npos;)
        shown.erase(at, shown.find('m', at) - at + 1);
    BOOST_TEST(shown == text(get_frame({s.picture()}, true, plain_80), plain_80));
}

BOOST_AUTO_TEST_CASE(flags_are_the_letters_others_use) {
    bt::app::peer_status p;
    BOOST_TEST(peer_flags(p).empty());
    p.we_want = true;
    BOOST_TEST(peer_flags(p) == "d");
    p.we_are_choked = false;
    p.they_want = true;
    BOOST_TEST(peer_flags(p) == "Du");
    p.they_are_choked = false;
    p.optimistic = p.incoming = p.near = true;
    BOOST_TEST(peer_flags(p) == "DUOIL");
    p.we_want = p.they_want = false;
    BOOST_TEST(peer_flags(p) == "OK?IL");
}

BOOST_AUTO_TEST_CASE(hashing_fits_on_one_line) {
    const auto line = hashing_frame("ubuntu.iso", 710, 1000, 1s, plain_80);
    BOOST_TEST(line.render(plain_80) ==
               "Hashing ubuntu.iso  [######################         ]  71%  0.7 kB/s  0s");
}

BOOST_AUTO_TEST_CASE(the_dht_is_told_of_where_it_is_used) {
    scene s;
    s.status.state = torrent_state::finding;
    s.status.peers.clear();
    s.status.lan_nodes = 2;
    const auto shown = [&] { return text(get_frame({s.picture()}, false, plain_80), plain_80); };
    BOOST_TEST(shown().find("2 on this network, 0 trackers, 0 peers") != std::string::npos, shown());
    s.status.dht_nodes = 143;
    BOOST_TEST(shown().find("2 on this network, 0 trackers, DHT 143 nodes  ") != std::string::npos, shown());
    s.status.peers = {peer("192.168.1.20:40112", 0, 0)};
    BOOST_TEST(shown().find("DHT 143 nodes, 1 peer") != std::string::npos, shown());
    s.what.sharing = true;
    s.status.state = torrent_state::sharing;
    s.status.dht_nodes = 1;
    const auto sharing = text(share_frame({s.picture()}, plain_80), plain_80);
    BOOST_TEST(sharing.find("0 complete, DHT 1 node ") != std::string::npos, sharing);
}
