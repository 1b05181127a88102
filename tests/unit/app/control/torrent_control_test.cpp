#include "app/control/torrent_control.hpp"

#include <boost/test/unit_test.hpp>
#include <map>

#include "app/control/torrent_json.hpp"
#include "base/text.hpp"
#include "net/loop.hpp"

using namespace bt;
using namespace bt::app;

namespace {

/// Writes down what it is told.
class fake_session final : public app::session {
  public:
    std::map<torrent_id, torrent_status> all;
    std::string told;
    check_standing check;
    std::optional<error> refusal;

    void say(const std::string& what, torrent_id id) {
        told += (told.empty() ? "" : ", ") + what + " " + std::to_string(id.value());
    }

    void on_event(std::function<void(const happening&)>) override {}
    result<torrent_id> add(share_request) override { return fail(errc::failure, "no"); }
    result<torrent_id> add(get_request) override { return fail(errc::failure, "no"); }
    std::vector<torrent_id> torrents() const override {
        std::vector<torrent_id> ids;
        for (const auto& [id, s] : all) ids.push_back(id);
        return ids;
    }
    std::optional<torrent_id> find(const info_hash& hash) const override {
        for (const auto& [id, s] : all)
            if (s.hash == hash) return id;
        return std::nullopt;
    }
    torrent_status status(torrent_id id) const override { return all.at(id); }
    torrent_status brief_status(torrent_id id) const override { return all.at(id); }
    void set_paused(torrent_id id, bool paused) override { say(paused ? "pause" : "resume", id); }
    void rest(torrent_id id, const std::string& why) override { say("rest " + why, id); }
    void run_now(torrent_id id) override { say("now", id); }
    void remove(torrent_id id) override { say("remove", id); }
    void remove_with_files(torrent_id id, std::function<void(const deleted_files&)> done) override {
        say("delete", id);
        done({2, 70, {{"/a", "why"}}, 1, "/b"});
    }
    void reannounce(torrent_id id) override { say("reannounce", id); }
    void set_place(torrent_id, std::size_t) override {}
    std::string guest_url() const override { return {}; }
    bool is_public(torrent_id) const override { return true; }
    bool is_listed(torrent_id) const override { return true; }
    bool has_piece(torrent_id, piece_index) const override { return false; }
    bool wants_piece(torrent_id, piece_index) const override { return false; }
    void read_verified(torrent_id, std::vector<piece_index>, read_fn) override {}
    std::vector<torrent_id> queue() const override { return {}; }
    result<std::uint32_t> recheck(torrent_id id) override {
        if (refusal) return unexpected<error>(*refusal);
        say("check", id);
        return check.number = 7;
    }
    check_standing last_check(torrent_id) const override { return check; }
    result<std::uint32_t> choose(torrent_id id, file_choice choice) override {
        if (refusal) return unexpected<error>(*refusal);
        say("choose '" + choice.select + "' '" + choice.first + "' '" + choice.last + "' for", id);
        return 3;
    }
    void choose(torrent_id, file_choice, done_fn) override {}
    std::optional<result<void>> outcome;
    std::optional<result<void>> chosen(torrent_id, std::uint32_t choice) const override {
        if (choice != 3) return result<void>(fail(errc::not_found, "no such choice"));
        return outcome;
    }
    void set_limits(torrent_id id, std::uint64_t down, std::uint64_t up) override {
        say(std::to_string(down) + "/" + std::to_string(up) + " for", id);
    }
    void set_limits(std::uint64_t, std::uint64_t) override {}
    void set_bounds(torrent_id, const bt::session::torrent_bounds&) override {}
    result<void> set_seed(torrent_id id, const seed_rule& rule) override {
        if (refusal) return unexpected<error>(*refusal);
        say("seed " + std::to_string(static_cast<int>(rule.what)) + " " + decimal_text(rule.ratio) + " " +
                std::to_string(rule.time / 1s) + " for",
            id);
        return {};
    }
    std::vector<bt::session::tracker_view> trackers(torrent_id) const override { return {}; }
    void set_trackers(torrent_id, torrent::tracker_tiers) override {}
    void move(torrent_id, const std::string&, bool, done_fn) override {}
    void rename(torrent_id, const std::string&, const std::string&, done_fn) override {}
    void set_most_connections(std::size_t) override {}
    void set_discovery(bool, bool) override {}
    bool is_on_lan() const override { return true; }
    bt::session::core::rates total_rates() const override { return {}; }
    std::vector<discovery::node_info> lan_neighbours() const override { return {}; }
    bool may_connect(const ip_address&) override { return true; }
    std::optional<dht::stats> dht_stats() const override { return std::nullopt; }
    std::uint16_t port() const override { return 0; }
    std::vector<endpoint> addresses() const override { return {}; }
    void stop() override {}
    double wall_clock() const override { return 0; }

    // what a daemon asks for
    const session_options& options() const override { return how; }
    session_options how{};
    result<torrent_id> add(saved_torrent) override { return fail(errc::failure, "no"); }
    saved_torrent saved(torrent_id) const override { return {}; }
    const torrent::metainfo* torrent(torrent_id) const override { return nullptr; }
    void on_change(std::function<void(torrent_id, session::told)>) override {}
    void on_move(std::function<void(torrent_id, done_fn)>) override {}
    net::loop& loop() override { return the_loop(); }
    control_server& control() override { return methods; }
    void later(std::function<void()>) override {}
    void in_background(std::function<std::function<void()>()>) override {}
    control_server methods{the_loop()};
};

std::string hash_of(unsigned number) {
    const auto digit = static_cast<char>('0' + number % 10);
    return std::string(40, digit);
}

struct fixture {
    fake_session node;
    net::loop loop;
    control_server methods{loop};
    torrent_control control{node};

    fixture() {
        control.add_methods(methods);
        add(1, "one", torrent_state::downloading);
        add(2, "two", torrent_state::sharing);
    }
    void add(unsigned number, const std::string& name, torrent_state state) {
        torrent_status s;
        s.id = torrent_id(number);
        s.hash = *info_hash::from(*from_hex(hash_of(number)));
        s.name = name;
        s.state = state;
        s.piece_count = 1;
        node.all[s.id] = s;
    }
    /// The result, or why there is none.
    std::string call(std::string_view method, json params) {
        json answer;
        methods.call({{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}},
                     [&](json given) { answer = std::move(given); });
        const auto* why = answer.find("error");
        return why == nullptr ? answer.find("result")->dump() : std::string(*why->find_text("message"));
    }
    std::string told() { return std::exchange(node.told, ""); }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_torrent_goes_with_its_files_when_it_is_said, fixture) {
    const auto answer = call("torrent_remove", {{"hash", hash_of(2)}, {"delete", true}});
    BOOST_TEST(told() == "delete 2");
    const auto read = read_deleted(*json::parse(answer));
    BOOST_REQUIRE(read);
    BOOST_TEST(to_json(*read).dump() == answer);
    BOOST_TEST(
        answer ==
        R"({"files":2,"bytes":70,"kept":[{"path":"/a","why":"why"}],"more_kept":1,"folder_left":"/b"})");
}

BOOST_FIXTURE_TEST_CASE(a_torrent_is_told_by_its_hash, fixture) {
    static const struct {
        const char* method;
        json more;
        const char* told;
    } table[] = {
        {"torrent_pause", json::object{}, "pause 2"},
        {"torrent_resume", json::object{}, "resume 2"},
        {"torrent_resume", {{"now", false}}, "resume 2"},
        {"torrent_resume", {{"now", true}}, "now 2"},
        {"torrent_remove", json::object{}, "remove 2"},
        {"torrent_remove", {{"delete", false}}, "remove 2"},
        {"torrent_reannounce", json::object{}, "reannounce 2"},
        {"torrent_set", json::object{}, ""},
        {"torrent_set", {{"download_limit", 5}}, "5/0 for 2"},
        {"torrent_set", {{"upload_limit", 6}}, "0/6 for 2"},
        {"torrent_set", {{"seed", {{"what", "forever"}}}}, "seed 2 0.0 0 for 2"},
        {"torrent_set", {{"seed", {{"what", "ratio"}, {"ratio", 1.5}}}}, "seed 4 1.5 0 for 2"},
        {"torrent_set", {{"seed", {{"what", "time"}, {"seconds", 90}}}}, "seed 3 0.0 90 for 2"},
        {"torrent_set", {{"select", "1,3"}}, "choose '1,3' '' '' for 2"},
        {"torrent_set",
         {{"first", "a"}, {"last", "b"}, {"upload_limit", 1}},
         "choose '' 'a' 'b' for 2, 0/1 for 2"},
    };
    for (const auto& row : table) {
        json params = {{"hash", hash_of(2)}};
        params.append(row.more);
        const bool chooses = std::string_view(row.told).starts_with("choose");
        BOOST_TEST(call(row.method, params) == (chooses ? R"({"choice":3,"over":false})" : "{}"));
        BOOST_TEST(told() == row.told, row.method);
    }
}

BOOST_FIXTURE_TEST_CASE(what_is_not_given_stays_as_it_was, fixture) {
    auto& s = node.all.at(torrent_id(1));
    s.down_limit = 100;
    s.up_limit = 200;
    s.files = {"1-3", "2", "3"};
    call("torrent_set", {{"hash", hash_of(1)}, {"upload_limit", 0}});
    BOOST_TEST(told() == "100/0 for 1");
    call("torrent_set", {{"hash", hash_of(1)}, {"first", ""}});
    BOOST_TEST(told() == "choose '1-3' '' '3' for 1");
}

BOOST_FIXTURE_TEST_CASE(what_makes_no_sense_is_refused_and_nothing_is_told, fixture) {
    for (const char* method : {"torrent_pause", "torrent_resume", "torrent_remove", "torrent_reannounce",
                               "torrent_verify", "torrent_set"}) {
        BOOST_TEST(call(method, json::object{}) == "hash: 40 hex digits");
        BOOST_TEST(call(method, {{"hash", "1111"}}) == "hash: 40 hex digits");
        BOOST_TEST(call(method, {{"hash", 7}}) == "hash: 40 hex digits");
        BOOST_TEST(call(method, {{"hash", hash_of(9)}}) == "no such torrent is running");
        BOOST_TEST(call(method, {{"hash", hash_of(3)}}) == "no such torrent is running");  // it is over
    }
    const auto set = [&](json more) {
        json params = {{"hash", hash_of(1)}};
        params.append(std::move(more));
        return call("torrent_set", params);
    };
    BOOST_TEST(set({{"download_limit", -1}}) == "download_limit: bytes per second, 0 for none");
    BOOST_TEST(set({{"upload_limit", "5k"}}) == "upload_limit: bytes per second, 0 for none");
    BOOST_TEST(set({{"select", 1}, {"upload_limit", 5}}) == "select: numbers or globs of files");
    node.refusal = error{errc::not_found, "no file matches 'x'", ""};
    BOOST_TEST(set({{"select", "x"}, {"upload_limit", 5}}) == "no file matches 'x'");
    BOOST_TEST(call("torrent_verify", {{"hash", hash_of(1)}}) == "no file matches 'x'");
    BOOST_TEST(told() == "");
}

BOOST_FIXTURE_TEST_CASE(a_check_is_begun_and_then_asked_for, fixture) {
    node.check.bytes_total = 100;
    BOOST_TEST(call("torrent_verify", {{"hash", hash_of(1)}}).starts_with(R"({"check":7,"over":false,)"));
    BOOST_TEST(told() == "check 1");
    node.check = {7, true, 100, 100, 8, 10, {{2, 3, {"a/b", "a/c"}, 4}}};
    const auto outcome = call("torrent_verify", {{"hash", hash_of(1)}, {"check", 7}});
    BOOST_TEST(told() == "");
    BOOST_TEST(
        outcome ==
        R"({"check":7,"over":true,"bytes_done":100,"bytes_total":100,"pieces_good":8,"pieces_wanted":10,"bad":[{"first":2,"last":3,"file":"a/b","files":["a/b","a/c"],"more_files":4}],"bad_files":[]})");
    const auto read = read_check(*json::parse(outcome));
    BOOST_REQUIRE(read);
    BOOST_TEST(to_json(*read).dump() == outcome);
    BOOST_TEST(call("torrent_verify", {{"hash", hash_of(1)}, {"check", 6}}) == "no such check");
    BOOST_TEST(!read_check(json::object{}));
}

BOOST_FIXTURE_TEST_CASE(what_became_of_a_choice_of_files_is_asked_for, fixture) {
    const auto ask = [&](json more) {
        json params = {{"hash", hash_of(1)}};
        params.append(std::move(more));
        return call("torrent_set", params);
    };
    BOOST_TEST(ask({{"choice", 3}}) == R"({"choice":3,"over":false})");
    BOOST_TEST(ask({{"choice", 4}}) == "no such choice");
    BOOST_TEST(ask({{"choice", 1'000'000'000'000}}) == "no such choice");
    node.outcome = result<void>();
    BOOST_TEST(ask({{"choice", 3}}) == R"({"choice":3,"over":true})");
    BOOST_TEST(ask({{"select", "1"}}) == R"({"choice":3,"over":true})");
    node.outcome = result<void>(fail(errc::storage, "'x' is there already"));
    BOOST_TEST(ask({{"choice", 3}}) == "'x' is there already");
    BOOST_TEST(told() == "choose '1' '' '' for 1");
    node.outcome = result<void>();
    node.all.at(torrent_id(1)).piece_count = 0;
    BOOST_TEST(ask({{"select", "1"}}) == R"({"choice":3,"over":true,"noted":true})");
}

BOOST_FIXTURE_TEST_CASE(the_list_has_what_is_not_over_and_comes_in_parts, fixture) {
    const auto names = [&](json params) {
        const auto answer = json::parse(call("torrents", std::move(params)));
        std::string text = std::to_string(answer->find_natural("count").value());
        for (const auto& each : *answer->find("torrents")->elements())
            text += " " + std::string(*each.find_text("name"));
        return text;
    };
    BOOST_TEST(names(json::object{}) == "2 one two");
    BOOST_TEST(names({{"from", 1}}) == "2 two");
    BOOST_TEST(names({{"from", 99}}) == "2");
    BOOST_TEST(names({{"hash", hash_of(2)}}) == "1 two");
    BOOST_TEST(call("torrents", {{"hash", hash_of(4)}}) == "no such torrent is running");
    for (unsigned i = 10; i < 310; ++i) add(i, "x", torrent_state::queued);
    std::size_t heard = 0;
    for (int part = 0; part < 4; ++part)
        heard += json::parse(call("torrents", {{"from", heard}}))->find("torrents")->elements()->size();
    BOOST_TEST(heard == 302u);
}

BOOST_AUTO_TEST_CASE(a_torrent_arrives_as_it_was_sent) {
    torrent_status s;
    s.hash = *info_hash::from(*from_hex(hash_of(5)));
    s.name = "bad \xff name";
    s.state = torrent_state::queued;
    s.shared = s.is_private = true;
    s.have = 643;
    s.size = 1'000;
    s.piece_count = 10;
    s.piece_bytes = 100;
    s.pieces_have = 6;
    s.rate_down = 5;
    s.rate_up = 6;
    s.downloaded = 7;
    s.uploaded = 8;
    s.downloaded_ever = 9;
    s.uploaded_ever = 10;
    s.peers_known = 11;
    s.peers_without_handshake = 2;
    s.peers_completed = 12;
    s.down_limit = 13;
    s.up_limit = 14;
    s.node_down_limit = 16;
    s.node_up_limit = 17;
    s.folder = "/srv";
    s.file_count = 4;
    s.files_wanted = 3;
    s.files = {"1-3", "1", "*.txt"};
    s.tracker_message = "no";
    peer_status peer;
    peer.address = *endpoint::parse("[2001:db8::1]:6881");
    peer.client = "x";
    peer.source = "dht";
    peer.near = peer.upload_only = peer.incoming = peer.we_want = true;
    peer.progress = 0.25;
    peer.rate_down = 15;
    s.peers = {peer};
    const auto sent = to_json(s, true).dump();
    const auto arrived = read_torrent_status(*json::parse(sent));
    BOOST_REQUIRE(arrived);
    BOOST_TEST(to_json(*arrived, true).dump() == sent);
    BOOST_TEST((arrived->state == torrent_state::queued));
    BOOST_TEST(sent.find(R"("percent_done":0.643)") != std::string::npos);
    const auto brief = read_torrent_status(*json::parse(to_json(s, false).dump()));
    BOOST_TEST(brief->peers.size() == 1u);
    BOOST_TEST(!read_torrent_status(json::object{}));
    BOOST_TEST(!read_torrent_status({{"hash_string", hash_of(1)}, {"status", "dancing"}}));
}

BOOST_AUTO_TEST_CASE(every_state_has_a_word_and_every_word_a_state) {
    for (int i = 0; i <= static_cast<int>(torrent_state::error); ++i) {
        const auto state = static_cast<torrent_state>(i);
        BOOST_TEST(!to_string(state).empty());
        BOOST_TEST((read_torrent_state(to_string(state)) == state));
    }
    BOOST_TEST(!read_torrent_state(""));
}
