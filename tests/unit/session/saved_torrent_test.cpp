// A torrent that is written down comes back as it was.
#include "session/saved_torrent.hpp"

#include <boost/test/unit_test.hpp>

#include "torrent/create.hpp"

using namespace bt;
using namespace bt::session;

namespace {

torrent::metainfo album() {
    torrent::info_plan plan;
    plan.name = "album";
    plan.multi_file = true;
    plan.files = {{{"one"}, 40'000}, {{"two"}, 30'000}};
    plan.piece_bytes = 32 * 1024;
    torrent::torrent_plan around{
        {{"http://a.example/announce", "http://b.example/announce"}, {"udp://c.example:1"}},
        {"http://d.example/files/"},
        "a remark",
        "somebody",
        1'700'000'000};
    return *torrent::parse_torrent(torrent::encode_torrent(around, torrent::encode_info(plan, bytes(60))));
}

saved_torrent again(const saved_torrent& what, const torrent::info* info) {
    auto read = read_saved(write_saved(what), info != nullptr ? std::optional(*info) : std::nullopt);
    BOOST_REQUIRE_MESSAGE(read, (read ? "" : read.error().message));
    BOOST_TEST((write_saved(*read) == write_saved(what)));
    return std::move(*read);
}

saved_torrent link() {
    get_request get;
    get.target = *torrent::parse_magnet(
        "magnet:?xt=urn:btih:9f3c0d5a71e84b22c6a0f1d43b7798e0aa5d10e1&dn=name&tr=http://a.example/announce"
        "&x.pe=10.0.0.1:4000&x.pe=tower.lan:4001");
    get.folder = "/srv/files";
    get.peers = {*endpoint::parse("[2001:db8::1]:5000")};
    get.trackers = {"http://more.example/announce"};
    get.files = {"1,3-5", "2", "*.srt"};
    get.sequential = get.visible = true;
    get.seed = {seed_rule::kind::ratio, {}, 1.5};
    saved_torrent what{get};
    what.paused = what.forced = true;
    what.down_limit = 1'000;
    what.up_limit = 2'000;
    what.added = 1'700'000'000;
    what.labels = {"lab", "two words"};
    what.why_paused = "stopped: the ratio 1.5 is reached";
    what.finished = true;
    what.order = 1'700'000'000'123'456;
    return what;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(saved_torrents)

BOOST_AUTO_TEST_CASE(a_link_comes_back_with_all_that_was_wished) {
    const auto was = link();
    const auto is = again(was, nullptr);
    const auto& get = std::get<get_request>(is.request);
    const auto& target = std::get<torrent::magnet>(get.target);
    BOOST_TEST(target.name == "name");
    BOOST_TEST(target.trackers == std::vector<std::string>{"http://a.example/announce"});
    BOOST_TEST(get.folder == "/srv/files");
    BOOST_TEST(get.peers.size() == 2u);
    BOOST_TEST(get.named_peers.size() == 1u);
    BOOST_TEST(get.files.select == "1,3-5");
    BOOST_TEST(get.files.first == "2");
    BOOST_TEST(get.files.last == "*.srt");
    BOOST_TEST(get.sequential);
    BOOST_TEST((get.seed.what == seed_rule::kind::ratio && get.seed.ratio == 1.5));
    BOOST_TEST((is.paused && is.forced));
    BOOST_TEST(is.down_limit == 1'000u);
    BOOST_TEST(is.up_limit == 2'000u);
    BOOST_TEST(is.added == 1'700'000'000);
    BOOST_TEST(is.labels == was.labels);
}

BOOST_AUTO_TEST_CASE(a_link_whose_description_came_meanwhile_has_it) {
    auto what = link();
    const auto known = album();
    std::get<torrent::magnet>(std::get<get_request>(what.request).target).hash = known.info.hash;
    const auto read = read_saved(write_saved(what), known.info);
    BOOST_REQUIRE(read);
    const auto& target = std::get<get_request>(read->request).target;
    BOOST_REQUIRE(std::holds_alternative<torrent::metainfo>(target));
    BOOST_TEST(std::get<torrent::metainfo>(target).trackers.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_share_comes_back_with_its_paths_and_trackers) {
    share_request share;
    share.torrent = album();
    share.paths = {"/a/one", "/b/\xff two"};
    share.stamps = {{1, 2, 3, 4, 5}, {6, 7, 8, -9, 10}};
    share.until = 3;
    share.unlisted = true;
    const auto is = again({share}, &share.torrent.info);
    const auto& read = std::get<share_request>(is.request);
    BOOST_TEST(read.paths == share.paths);
    BOOST_TEST((read.stamps == share.stamps));
    BOOST_TEST(read.until == 3u);
    BOOST_TEST(read.unlisted);
    BOOST_TEST((read.torrent.info.hash == share.torrent.info.hash));
    BOOST_TEST((read.torrent.trackers == share.torrent.trackers));
    BOOST_TEST(read.torrent.comment == "a remark");
    BOOST_TEST(read.torrent.created_by == "somebody");
    BOOST_TEST((read.torrent.web_seeds == share.torrent.web_seeds));
    BOOST_TEST((read.torrent.creation_date == share.torrent.creation_date));
}

BOOST_AUTO_TEST_CASE(a_share_without_its_description_is_not_made_up) {
    share_request share;
    share.torrent = album();
    share.paths = {"/a/one", "/b/two"};
    const auto read = read_saved(write_saved({share}), std::nullopt);
    BOOST_REQUIRE(!read);
    BOOST_TEST(read.error().message.find("share it again") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_damaged_is_an_error_and_never_another_torrent) {
    const auto whole = write_saved(link());
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
        BOOST_TEST(!read_saved(byte_view(whole).first(cut), std::nullopt));
    const auto other = album();
    BOOST_TEST(!read_saved(whole, other.info));
}

BOOST_AUTO_TEST_SUITE_END()
