#include <chrono>
#include <cmath>

#include "app/guests/guest_page.hpp"
#include "base/overloaded.hpp"
#include "base/text.hpp"
#include "cli/display/reporter.hpp"
#include "cli/json/json.hpp"

namespace bt::cli {

namespace {

json peer_of(const endpoint& peer, const std::string& client) {
    return {{"address", peer.address.to_string()}, {"port", peer.port}, {"client_name", client}};
}

const char* name_of(app::seed_rule::kind rule) {
    using kind = app::seed_rule::kind;
    switch (rule) {
        case kind::no:
            return "no";
        case kind::linger:
            return "linger";
        case kind::forever:
            return "forever";
        case kind::time:
            return "time";
        case kind::ratio:
            return "ratio";
    }
    return "no";
}

class json_events : public reporter {
  public:
    explicit json_events(output& out) : out_(out) {}
    duration period() const override { return 1s; }

    void hashing(const std::string& name, std::uint64_t done, std::uint64_t total) override {
        if (!due(last_hashing_, done == total)) return;
        emit("hashing", {{"name", name}, {"bytes_done", done}, {"total_size", total}});
    }
    void added(const item& what, const app::session& session) override;
    void happened(const item& what, const app::event& event) override;
    void tick(duration now, std::span<const standing> all) override;
    void warned(std::string_view text) override { emit("warning", {{"message", text}}); }
    void failed(const item* what, const error& why) override {
        out_.error(why, what != nullptr ? &what->hash : nullptr);
    }
    void result(std::string_view) override {}
    void stopping(std::string_view) override {}
    void over(const item& what, std::string_view reason, const app::torrent_status& status) override {
        json event = named(what);
        event["reason"] = reason;
        event["exit"] = what.signal != 0 ? 128 + what.signal : static_cast<int>(what.code);
        event["downloaded_ever"] = status.downloaded_ever;
        event["uploaded_ever"] = status.uploaded_ever;
        emit("stopped", std::move(event));
    }

  private:
    static json named(const item& what) {
        return {{"hash_string", to_hex(what.hash.span())}, {"name", what.name}};
    }
    static double now() {
        return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    }
    // Once a second, and whenever something comes to its end.
    static bool due(double& last, bool at_once) {
        const double t = now();
        if (!at_once && t - last < 1 && t >= last) return false;
        last = t;
        return true;
    }
    static json head_of(const char* event) {
        return {{"schema", json_schema}, {"time", std::round(now() * 1000) / 1000}, {"event", event}};
    }
    void emit(const char* event, json fields) {
        json line = head_of(event);
        line.append(std::move(fields));
        out_.result(line.dump());
    }
    void emit_metadata(const item& what);
    void emit_complete(const item& what, const app::completed& c);

    output& out_;
    double last_hashing_ = 0, last_checking_ = 0;
};

void json_events::added(const item& what, const app::session& session) {
    if (!what.sharing) {
        if (!what.torrent) emit("resolving", named(what));
        return;
    }
    json event = basics(*what.torrent);
    event["magnet_link"] = what.magnet_link;
    event["port"] = session.port();
    event["url"] = app::guest_page(session, what.torrent->info.hash);
    emit("sharing", std::move(event));
}

void json_events::emit_complete(const item& what, const app::completed& c) {
    json event = named(what);
    if (what.torrent) event["total_size"] = what.torrent->info.payload_bytes();
    event["size_when_done"] = c.size;
    event["file_count"] = what.torrent ? what.torrent->info.file_count() : 0;
    event["path"] = c.path;
    event["seconds"] = std::round(seconds(c.took) * 1000) / 1000;
    event["downloaded"] = c.bytes_downloaded;
    event["downloaded_ever"] = c.downloaded_ever;
    event["was_there"] = c.was_there;
    out_.result([&](json_writer& to) {
        to.begin_object().members(head_of("complete")).members(event);
        if (what.torrent)
            write_files(to, what.torrent->info, &c.wanted);
        else
            to.member("files", json::array{});
        to.end_object();
    });
    if (what.seed.what != app::seed_rule::kind::no)
        emit("seeding", {{"hash_string", to_hex(what.hash.span())}, {"seed", name_of(what.seed.what)}});
}

void json_events::happened(const item& what, const app::event& event) {
    const auto of_this = [&] { return json{{"hash_string", to_hex(what.hash.span())}}; };
    const auto tell = [&](const char* name, json more) {
        auto fields = of_this();
        fields.append(std::move(more));
        emit(name, std::move(fields));
    };
    std::visit(
        overloaded{
            [&](const app::metadata_found&) { emit_metadata(what); },
            [&](const app::checking& c) {
                if (due(last_checking_, c.bytes_done == c.bytes_total))
                    tell(
                        "checking",
                        {{"bytes_done", c.bytes_done}, {"total_size", c.bytes_total}, {"copying", c.copies}});
            },
            [&](const app::piece_failed& p) {
                tell("piece_failed", {{"piece", p.piece.value()}});
            },
            [&](const app::peer_connected& p) { tell("peer_connected", peer_of(p.peer, p.client)); },
            [&](const app::peer_complete& p) { tell("peer_complete", peer_of(p.peer, p.client)); },
            [&](const app::peer_banned& p) {
                tell("peer_banned",
                     {{"address", p.peer.address.to_string()}, {"port", p.peer.port}, {"reason", p.reason}});
            },
            [&](const app::rechecked& look) {
                tell("rechecked", {{"pieces_good", look.pieces_good},
                                   {"pieces_wanted", look.pieces_wanted},
                                   {"bad", runs_of(look.bad)},
                                   {"fetched_again", look.fetched_again}});
            },
            [&](const app::reopened&) { emit("reopened", of_this()); },
            [&](const app::completed& done) { emit_complete(what, done); },
            // progress shows it, or transfer tells it to every reporter in the same words
            ignored<app::ready, app::piece_verified, app::warning, app::failed, app::done, app::removed,
                    app::stopped>{},
        },
        event);
}

void json_events::emit_metadata(const item& what) {
    if (what.sharing || !what.torrent) return;
    json fields = basics(*what.torrent);
    fields["is_private"] = what.torrent->info.is_private;
    fields["file_count"] = what.torrent->info.file_count();
    emit("metadata", std::move(fields));
}

void json_events::tick(duration, std::span<const standing> all) {
    for (const auto& [what, s] : all) {
        if (what->over) continue;
        std::size_t sending = 0, getting = 0;
        for (const auto& peer : s.peers) {
            sending += peer.rate_down > 0 ? 1u : 0u;
            getting += peer.rate_up > 0 ? 1u : 0u;
        }
        json event = named(*what);
        event["status"] = to_string(s.state);
        event["percent_done"] =
            s.size == 0
                ? (s.piece_count == 0 ? 0.0 : 1.0)
                : std::floor(static_cast<double>(s.have) / static_cast<double>(s.size) * 10000) / 10000;
        event["have_valid"] = s.have;
        event["size_when_done"] = s.size;
        event["rate_download"] = s.rate_down;
        event["rate_upload"] = s.rate_up;
        event["downloaded_ever"] = s.downloaded_ever;
        event["uploaded_ever"] = s.uploaded_ever;
        event["eta"] = app::eta_of(s);
        event["peers_connected"] = s.peers.size();
        event["peers_sending_to_us"] = sending;
        event["peers_getting_from_us"] = getting;
        event["peers_completed"] = s.peers_completed;
        if (s.dht_nodes) event["dht_nodes"] = *s.dht_nodes;
        if (!s.reason.empty()) event["reason"] = s.reason;
        emit("progress", std::move(event));
    }
}

}  // namespace

std::unique_ptr<reporter> make_json_events(output& out) { return std::make_unique<json_events>(out); }

}  // namespace bt::cli
