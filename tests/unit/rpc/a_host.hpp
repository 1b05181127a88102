// A node of the tests: what it is asked to do is remembered, how its torrents stand is given.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "rpc/server.hpp"
#include "torrent/create.hpp"

namespace bt::rpc::test {

inline torrent::metainfo album(const std::string& name = "album") {
    torrent::info_plan plan;
    plan.name = name;
    plan.multi_file = true;
    plan.files = {{{"one"}, 40'000}, {{"two"}, 30'000}, {{"three"}, 20'000}};
    plan.piece_bytes = 32 * 1024;
    torrent::torrent_plan around;
    around.trackers = {{"http://www.a.example:80/announce"}, {"udp://b.example:1"}};
    around.comment = "a remark";
    return *torrent::parse_torrent(torrent::encode_torrent(around, torrent::encode_info(plan, bytes(60))));
}

/// The whole file of album().
inline bytes album_file() {
    const auto torrent = album();
    return torrent::encode_torrent({torrent.trackers, {}, torrent.comment, {}, {}},
                                   byte_view(torrent.info.raw.data(), torrent.info.raw.size()));
}

class a_host final : public host {
  public:
    struct one {
        torrent_view view;
        session::saved_torrent saved;
        std::optional<torrent::metainfo> torrent;
        session::torrent_bounds bounds = {};
        bool away = false;  ///< it is on the list, and has just ended
    };
    std::int64_t time = 1'700'000'000;
    std::string told;  ///< of uploads
    std::map<std::uint32_t, one> all;
    std::vector<std::string> done;  ///< what it was asked, in words
    std::string refuses;            ///< an error for whatever may fail
    std::string torrent_file;
    std::uint32_t last = 0;

    one& put(const torrent::metainfo& torrent) {
        session::saved_torrent what;
        session::get_request get;
        get.target = torrent;
        get.folder = "/downloads";
        what.request = std::move(get);
        return all.at(add(what)->number);
    }

    std::int64_t now() const override { return time; }
    std::int64_t minute = 0;
    std::int64_t minute_of_week() const override { return minute; }
    bool has_dht = true;
    node_facts facts() const override {
        return {1'600'000'000, 51413, 200, 1'000, 0, has_dht, true, 0, 0, "/downloads", "/state"};
    }
    std::vector<std::uint32_t> torrents() const override {
        std::vector<std::uint32_t> numbers;
        for (const auto& each : all) numbers.push_back(each.first);
        return numbers;
    }
    std::optional<std::uint32_t> find(const info_hash& hash) const override {
        for (const auto& each : all)
            if (each.second.view.status.hash == hash) return each.first;
        return std::nullopt;
    }
    std::optional<info_hash> hash_of(std::uint32_t number) const override {
        return all.contains(number) ? std::optional(all.at(number).view.status.hash) : std::nullopt;
    }
    std::optional<torrent_view> view(std::uint32_t number, bool with_pieces) const override {
        if (all.at(number).away) return std::nullopt;
        auto view = all.at(number).view;
        if (!with_pieces) view.status.pieces.clear();
        if (all.at(number).torrent) view.torrent = &*all.at(number).torrent;
        return view;
    }
    std::optional<session::saved_torrent> saved(std::uint32_t number) const override {
        return all.at(number).saved;
    }
    result<added> add(session::saved_torrent what) override {
        if (!refuses.empty()) return fail(errc::failure, refuses);
        const auto hash = session::hash_of(what.request);
        if (const auto there = find(hash)) return added{*there, true};
        auto& made = all[++last];
        made.saved = what;
        auto& s = made.view.status;
        s.hash = hash;
        made.view.number = last;
        made.view.added = time;
        made.view.labels = what.labels;
        const auto& get = std::get<session::get_request>(what.request);
        s.folder = get.folder;
        s.files = get.files;
        s.state = what.paused ? session::torrent_state::paused : session::torrent_state::downloading;
        if (const auto* torrent = std::get_if<torrent::metainfo>(&get.target)) {
            made.torrent = *torrent;
            s.name = torrent->info.name;
            s.size = torrent->info.payload_bytes();
            s.piece_count = torrent->info.shape.piece_count();
            s.piece_bytes = torrent->info.shape.piece_bytes();
            s.pieces.assign(s.piece_count, session::piece_state::missing);
        } else {
            s.name = std::get<torrent::magnet>(get.target).name;
            s.state = session::torrent_state::finding;
        }
        return added{last, false};
    }
    std::string hidden_folder = "/downloads/.ssh";  ///< where nobody may put anything
    result<void> may_put_into(const std::string& folder) const override {
        if (folder.starts_with(hidden_folder)) return fail(errc::usage, "only below /downloads");
        return {};
    }
    void read_torrent_file(const std::string& path, done_fn<bytes> read) override {
        path == torrent_file ? read(album_file()) : read(fail(errc::usage, "not from there"));
    }
    std::map<std::string, fetched> web;
    std::function<void()> fetches;  ///< the end of a fetch that waits for it
    void fetch(const std::string& url, done_fn<fetched> read) override {
        fetches = [this, url, read = std::move(read)] {
            web.contains(url) ? read(web.at(url)) : read(fail(errc::network, "http error 404"));
        };
    }
    void in_background(std::function<std::function<void()>()> job) override { job()(); }
    void set_paused(std::uint32_t number, bool paused) override { say(number, paused ? "pause" : "resume"); }
    void finish(std::uint32_t number, const std::string& why) override {
        all.at(number).view.status.state = session::torrent_state::paused;
        all.at(number).view.status.reason = why;
        all.at(number).view.finished = true;
        say(number, "finish");
    }
    void run_now(std::uint32_t number) override { say(number, "now"); }
    void reannounce(std::uint32_t number) override { say(number, "reannounce"); }
    result<void> verify(std::uint32_t number) override { return say(number, "verify"); }
    void choose(std::uint32_t number, session::file_choice choice, done_fn<void> chosen) override {
        all.at(number).view.status.files = choice;
        chosen(say(number, "choose " + choice.select + "/" + choice.first + "/" + choice.last));
    }
    std::vector<tracker> heard;  ///< what trackers said, by their place
    std::vector<tracker> trackers(std::uint32_t number) const override {
        std::vector<tracker> list;
        const auto& one = all.at(number);
        torrent::tracker_tiers tiers;
        if (one.torrent) tiers = one.torrent->trackers;
        const auto* get = std::get_if<session::get_request>(&one.saved.request);
        if (const auto* link = std::get_if<torrent::magnet>(&get->target))
            for (const auto& url : link->trackers) tiers.push_back({url});
        for (std::size_t tier = 0; tier < tiers.size(); ++tier)
            for (const auto& url : tiers[tier]) {
                tracker next;
                if (list.size() < heard.size()) next = heard[list.size()];
                next.is.url = url;
                next.is.tier = tier;
                next.is.number = list.size();
                list.push_back(std::move(next));
            }
        return list;
    }
    void set_trackers(std::uint32_t number, torrent::tracker_tiers tiers) override {
        all.at(number).torrent->trackers = std::move(tiers);
    }
    void set_limits(std::uint32_t number, std::uint64_t down, std::uint64_t up) override {
        all.at(number).view.status.down_limit = down;
        all.at(number).view.status.up_limit = up;
        say(number, "limits " + std::to_string(down) + " " + std::to_string(up));
    }
    void set_bounds(std::uint32_t number, const session::torrent_bounds& bounds) override {
        if (std::exchange(all.at(number).bounds, bounds) == bounds) return;
        done.push_back(std::to_string(number) + " bounds " + std::to_string(bounds.connections) +
                       (bounds.shares_limits ? "" : " alone"));
    }
    void label(std::uint32_t number, std::vector<std::string> labels) override {
        all.at(number).view.labels = std::move(labels);
    }
    void move(std::uint32_t number, const std::string& folder, bool finds, done_fn<void> moved) override {
        auto said = say(number, (finds ? "finds in " : "moves to ") + folder);
        if (said) all.at(number).view.status.folder = folder;
        moved(said);
    }
    void rename(std::uint32_t number, const std::string& path, const std::string& name,
                done_fn<void> renamed) override {
        if (path != "album") return renamed(fail(errc::not_found, "no such file"));
        renamed(say(number, "rename " + path + " to " + name));
    }
    void remove(std::uint32_t number, bool with_data, done_fn<void> gone) override {
        if (auto said = say(number, with_data ? "remove with data" : "remove"); !said) return gone(said);
        all.erase(number);
        gone({});
    }
    std::vector<std::uint32_t> order;
    std::vector<std::uint32_t> queue() const override {
        auto all_of_them = order;
        for (const auto number : torrents())
            if (std::find(order.begin(), order.end(), number) == order.end()) all_of_them.push_back(number);
        return all_of_them;
    }
    void set_place(std::uint32_t number, std::size_t place) override {
        order = queue();
        std::erase(order, number);
        order.insert(order.begin() + static_cast<std::ptrdiff_t>(std::min(place, order.size())), number);
    }
    std::string kept_text;
    std::string kept() const override { return kept_text; }
    void keep(const std::string& text) override { kept_text = text; }
    void set_limits(std::uint64_t down, std::uint64_t up) override {
        done.push_back("limits " + std::to_string(down) + " " + std::to_string(up));
    }
    void set_most_connections(std::size_t most) override {
        done.push_back("connections " + std::to_string(most));
    }
    void set_download_folder(const std::string& folder) override { done.push_back("adds to " + folder); }
    void set_discovery(bool lan, bool dht) override {
        done.push_back("lan " + std::to_string(lan) + " dht " + std::to_string(dht));
    }
    result<space> free_space(const std::string& folder) override {
        if (folder != "/downloads") return fail(errc::storage, "No such file or directory");
        return space{1'000, 5'000};
    }
    std::uint64_t change = 7;
    json::object lan(std::uint64_t since) override {
        json::object answer = {{"change", change}};
        if (since != change) answer.emplace_back("machines", json::array{});
        return answer;
    }
    json::object dht() override { return {{"state", "off"}}; }
    std::vector<std::function<void(json::object)>> examined;
    void examine(std::function<void(json::object)> when) override { examined.push_back(std::move(when)); }
    json::object history(std::uint64_t since) override { return {{"last", since}}; }
    json::object log(std::uint64_t since) override { return {{"last", since}}; }
    std::vector<hashing> hashed;
    std::vector<hashing_wish> to_hash;
    result<std::uint32_t> hash(hashing_wish what) override {
        if (!refuses.empty()) return fail(errc::usage, refuses);
        hashing fresh;
        fresh.number = static_cast<std::uint32_t>(hashed.size() + 1);
        fresh.path = what.path;
        fresh.name = what.name;
        hashed.push_back(fresh);
        to_hash.push_back(std::move(what));
        return fresh.number;
    }
    result<std::uint32_t> upload_begin(const upload_wish& what) override {
        told += "upload " + what.name + " of " + std::to_string(what.files.size()) + "; ";
        if (what.name == "bad") return fail(errc::usage, "a bad name");
        return 7u;
    }
    void upload_part(std::uint32_t number, const std::string& path, std::uint64_t offset, bytes data,
                     done_fn<void> then) override {
        told += "part " + std::to_string(number) + " " + path + " " + std::to_string(offset) + " " +
                std::string(as_text(data)) + "; ";
        then({});
    }
    void upload_end(std::uint32_t number, done_fn<std::uint32_t> then) override {
        told += "end " + std::to_string(number) + "; ";
        then(9u);
    }
    result<void> upload_cancel(std::uint32_t number) override {
        if (number == 9) return fail(errc::not_found, "there is no such upload");
        told += "cancel " + std::to_string(number) + "; ";
        return {};
    }
    std::vector<hashing> hashings() const override { return hashed; }
    void stop_hashing(std::uint32_t number) override { hashed.at(number - 1).how = hashing::state::stopped; }
    void close() override { done.emplace_back("close"); }

  private:
    result<void> say(std::uint32_t number, const std::string& what) {
        if (!refuses.empty()) return fail(errc::failure, refuses);
        done.push_back(std::to_string(number) + " " + what);
        return {};
    }
};

/// A server with its node.
struct bench {
    a_host node;
    server to{node};

    /// The answer, where it is given at once.
    server::reply answer(const std::string& body) {
        std::optional<server::reply> given;
        to.answer(body, [&](server::reply reply) { given = std::move(reply); });
        BOOST_REQUIRE(given);
        return *given;
    }
    json ask(const std::string& body) {
        const auto reply = answer(body);
        BOOST_REQUIRE_EQUAL(reply.status, 200);
        auto read = json::parse(reply.body, 32);
        BOOST_REQUIRE_MESSAGE(read, reply.body);
        return *read;
    }
    /// The text of the answer, "arguments" without the frame around it.
    std::string old(const std::string& method, const std::string& arguments = "{}") {
        const auto answer = ask(R"({"method":")" + method + R"(","arguments":)" + arguments + "}");
        BOOST_TEST(answer.find_text("result").value_or("") == "success", answer.dump());
        return answer.find("arguments")->dump();
    }
    std::string trouble(const std::string& method, const std::string& arguments = "{}") {
        return std::string(
            *ask(R"({"method":")" + method + R"(","arguments":)" + arguments + "}").find_text("result"));
    }
};

}  // namespace bt::rpc::test
