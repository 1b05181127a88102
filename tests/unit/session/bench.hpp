// One session and its clock, with the disk in the hands of the test: what it asks of the disk and what it
// tells are written down in words, and answers are given by hand.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/overloaded.hpp"
#include "session/core.hpp"
#include "torrent/create.hpp"

namespace bt::session::testing {

/// Files of one piece of 16 KiB each; the names of files decide the hash.
inline torrent::metainfo album(const std::vector<std::string>& names = {"a", "b", "c"}) {
    torrent::info_plan plan;
    plan.name = "album";
    plan.multi_file = true;
    for (const auto& name : names) plan.files.push_back({{name}, 16'384, false});
    plan.piece_bytes = 16'384;
    torrent::metainfo made;
    made.info = *torrent::parse_info(torrent::encode_info(plan, bytes(20 * names.size())));
    return made;
}

inline torrent::piece_set pieces(const std::string& which) {  // "x.x": the first and the last
    torrent::piece_set set(static_cast<std::uint32_t>(which.size()));
    for (std::uint32_t i = 0; i < which.size(); ++i)
        if (which[i] == 'x') set.insert(piece_index(i));
    return set;
}

class bench {
  public:
    explicit bench(settings limits = {}) : core(config(), limits, rng(1)) {}

    static node::config config() {
        node::config of;
        of.id.bytes.fill('a');
        of.instance.bytes.fill('i');
        of.lan = false;
        return of;
    }

    torrent_id share() {
        share_request wish;
        wish.torrent = album();
        wish.paths = {"/s/album/a", "/s/album/b", "/s/album/c"};
        wish.stamps.resize(3);
        return add(std::move(wish));
    }
    torrent_id get(get_request wish = {}) {
        wish.target = album();
        wish.folder = "/d";
        return add(std::move(wish));
    }
    torrent_id add(request wish) {
        id = *core.add(now, std::move(wish));
        drain();
        return id;
    }
    void pass(duration span) {
        const auto end = now + span;
        while (core.next_deadline() <= end) {
            now = std::max(now, core.next_deadline());
            core.tick(now);
            drain();
        }
        now = end;
    }
    // answers
    void checked(const std::string& have) {
        core.checked(now, id, round, pieces(have), {});
        drain();
    }
    void check_fails(errc code) {
        core.checked(now, id, round, fail(code, "the check failed"), {});
        drain();
    }
    void finished(disk::finish_outcome how) {
        result<std::string> path = std::string("/d/album");
        if (how != disk::finish_outcome::ok) path = fail(errc::storage, "no space left");
        core.finished(now, id, round, how, path);
        drain();
    }
    void files_changed(const std::string& lost, bool over = true) {
        disk::files_changed change{"/d/album/a", 0, {}, {}, over, {}};
        pieces(lost).for_each([&](piece_index piece) { change.lost.push_back(piece); });
        core.files_changed(now, id, change);
        drain();
    }
    void drain() {
        while (auto what = core.poll()) std::visit([this](auto& each) { note(each); }, *what);
        BT_ASSERT(core.is_sound());
    }
    torrent_state state() const { return core.brief_status(now, id).state; }
    std::string reason() const { return core.brief_status(now, id).reason; }
    /// What was asked of the disk and told since the last call.
    std::vector<std::string> news() { return std::exchange(said_, {}); }

    time_point now{100s};
    session::core core;
    torrent_id id{};
    std::uint32_t round = 0, choice = 0;
    std::vector<disk::write> writes;
    std::vector<disk::save> saves;
    std::vector<disk::read> reads;  // and what was sent, for a test that plays a peer
    std::vector<node::out::tcp_send> sent;
    std::vector<std::string> endings;  // how torrents stood when they left

  private:
    void say(std::string text) { said_.push_back(std::move(text)); }
    void note(disk::open& o) {
        say(std::holds_alternative<disk::owned_place>(o.where) ? "open to read" : "open");
    }
    void note(disk::check& o) {
        round = o.round;
        say(o.all ? "check" : "check what is not known");
    }
    void note(disk::finish& o) {
        round = o.round;
        say("finish");
    }
    void note(disk::write& o) { writes.push_back(std::move(o)); }
    void note(disk::select& o) {
        choice = o.choice;
        std::string list;
        for (const bool wanted : o.wanted) list += wanted ? 'x' : '.';
        say("select " + list);
    }
    void note(disk::move& o) { say("move to " + o.folder); }
    void note(disk::stop_move&) { say("stop the move"); }
    void note(disk::leave_old_place&) { say("leave the old place"); }
    void note(disk::read& o) { reads.push_back(std::move(o)); }
    void note(node::out::tcp_send& o) { sent.push_back(std::move(o)); }
    void note(disk::look_at& o) { say("look at " + std::to_string(o.piece.value())); }
    void note(disk::save& o) { saves.push_back(std::move(o)); }
    void note(disk::close& o) { say(o.deletes ? "close with its files" : "close"); }
    void note(happening& o) {
        std::visit(
            overloaded{
                [&](const metadata_found&) { say("metadata"); },
                [&](const ready&) { say("ready"); },
                [&](const session::completed& c) { say("completed " + c.path); },
                [&](const reopened&) { say("reopened"); },
                [&](const rechecked& c) {
                    say("rechecked " + std::to_string(c.pieces_good) + "/" + std::to_string(c.pieces_wanted));
                },
                [&](const warning& w) {
                    if (!w.detail) say("warning: " + w.message);
                },
                [&](const failed& e) { end("failed: " + e.why.message, *e.last); },
                [&](const done& e) { end("done: " + e.why, *e.last); },
                [&](const removed& e) { end("removed", *e.last); },
                [&](const stopped& e) { end("stopped", *e.last); },
                [](const auto&) {},
            },
            o.what);
    }
    void note(const auto&) {}
    void end(const std::string& how, const torrent_status& last) {
        say(how);
        endings.push_back(std::string(to_string(last.state)) + " " + std::to_string(last.pieces_have) + "/" +
                          std::to_string(last.piece_count));
    }

    std::vector<std::string> said_;
};

}  // namespace bt::session::testing
