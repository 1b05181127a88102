#include "cli/json.hpp"

#include <chrono>
#include <cmath>

#include "app/torrent_json.hpp"
#include "base/bencode.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/exit_code.hpp"
#include "cli/reporter.hpp"
#include "torrent/magnet.hpp"
#include "torrent/urls.hpp"

namespace bt::cli {

namespace {

constexpr int schema = 1;

/// `wanted`: only these, where it is given.
void write_files(json_writer& to, const torrent::info& info, const std::vector<bool>* wanted = nullptr) {
    to.key("files").begin_array();
    for (std::size_t i = 0; i < info.files.size(); ++i) {
        const auto& file = info.files[i];
        if (file.padding || (wanted != nullptr && !(*wanted)[i])) continue;
        to.begin_object().key("name").text(file.path).member("length", file.size).end_object();
    }
    to.end_array();
}

json basics(const torrent::metainfo& torrent) {
    const auto& info = torrent.info;
    return {{"hash_string", to_hex(info.hash.span())},
            {"name", info.name},
            {"total_size", info.payload_bytes()},
            {"piece_count", info.shape.piece_count()},
            {"piece_size", info.shape.piece_bytes()}};
}

json list_of(const std::vector<app::bad_file>& files) {
    json list = json::array{};
    for (const auto& file : files) list.push_back(app::to_json(file));
    return list;
}

json runs_of(const std::vector<app::bad_run>& bad) {
    json runs = json::array{};
    for (const auto& run : bad) runs.push_back(app::to_json(run));
    return runs;
}

void write_description(json_writer& to, const torrent::metainfo& torrent) {
    to.members(basics(torrent));
    to.member("is_private", torrent.info.is_private).member("magnet_link", magnet_link(torrent));
    if (!torrent.comment.empty()) to.member("comment", torrent.comment);
    if (!torrent.created_by.empty()) to.member("creator", torrent.created_by);
    if (torrent.creation_date) to.member("date_created", *torrent.creation_date);
    if (!torrent.info.source.empty()) to.member("source", torrent.info.source);
    to.key("trackers").begin_array();
    for (std::size_t tier = 0; tier < torrent.trackers.size(); ++tier)
        for (const auto& url : torrent.trackers[tier])
            to.value(json{{"announce", torrent::public_url(url)}, {"tier", tier}});
    to.end_array();
    to.member("webseeds", json::array(torrent.web_seeds.begin(), torrent.web_seeds.end()));
    const auto remarks = remarks_on(torrent);
    if (!remarks.empty()) to.member("remarks", json::array(remarks.begin(), remarks.end()));
    write_files(to, torrent.info);
}

template <class F>
void write_document(json_writer& to, F&& torrents) {
    to.begin_object().member("schema", schema).key("torrents").begin_array();
    torrents();
    to.end_array().end_object();
}

template <class F>
void write_object(json_writer& to, F&& members) {
    to.begin_object();
    members();
    to.end_object();
}

bool is_text(std::string_view raw) {
    while (!raw.empty())
        if (auto code_point = take_code_point(raw);
            !code_point || (*code_point < 0x20 && *code_point != '\n'))
            return false;
    return true;
}

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
    void happened(const item& what, const app::session_event& event) override;
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
        return {{"schema", schema}, {"time", std::round(now() * 1000) / 1000}, {"event", event}};
    }
    void emit(const char* event, json fields) {
        json line = head_of(event);
        line.append(std::move(fields));
        out_.result(line.dump());
    }
    void emit_peer(const char* event, const item& what, json peer) {
        json fields = {{"hash_string", to_hex(what.hash.span())}};
        fields.append(std::move(peer));
        emit(event, std::move(fields));
    }
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

void json_events::happened(const item& what, const app::session_event& event) {
    if (std::holds_alternative<app::metadata_found>(event)) {
        if (what.sharing || !what.torrent) return;
        json fields = basics(*what.torrent);
        fields["is_private"] = what.torrent->info.is_private;
        fields["file_count"] = what.torrent->info.file_count();
        emit("metadata", std::move(fields));
    } else if (const auto* c = std::get_if<app::checking>(&event)) {
        if (due(last_checking_, c->bytes_done == c->bytes_total))
            emit("checking", {{"hash_string", to_hex(what.hash.span())},
                              {"bytes_done", c->bytes_done},
                              {"total_size", c->bytes_total}});
    } else if (const auto* p = std::get_if<app::piece_failed>(&event)) {
        emit("piece_failed", {{"hash_string", to_hex(what.hash.span())}, {"piece", p->piece.value()}});
    } else if (const auto* connected = std::get_if<app::peer_connected>(&event)) {
        emit_peer("peer_connected", what, peer_of(connected->peer, connected->client));
    } else if (const auto* full = std::get_if<app::peer_complete>(&event)) {
        emit_peer("peer_complete", what, peer_of(full->peer, full->client));
    } else if (const auto* banned = std::get_if<app::peer_banned>(&event)) {
        json fields = {{"address", banned->peer.address.to_string()}, {"port", banned->peer.port}};
        fields["reason"] = banned->reason;
        emit_peer("peer_banned", what, std::move(fields));
    } else if (const auto* look = std::get_if<app::rechecked>(&event)) {
        emit("rechecked", {{"hash_string", to_hex(what.hash.span())},
                           {"pieces_good", look->pieces_good},
                           {"pieces_wanted", look->pieces_wanted},
                           {"bad", runs_of(look->bad)},
                           {"fetched_again", look->fetched_again}});
    } else if (std::holds_alternative<app::reopened>(event)) {
        emit("reopened", {{"hash_string", to_hex(what.hash.span())}});
    } else if (const auto* done = std::get_if<app::completed>(&event)) {
        emit_complete(what, *done);
    }
}

void json_events::tick(duration, std::span<const standing> all) {
    for (const auto& [what, s] : all) {
        if (what->over) continue;
        std::size_t sending = 0, getting = 0;
        for (const auto& peer : s.peers) {
            sending += peer.rate_down > 0 ? 1u : 0u;
            getting += peer.rate_up > 0 ? 1u : 0u;
        }
        const std::uint64_t left = s.size - std::min(s.have, s.size);
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
        event["eta"] = s.rate_down == 0 ? -1 : static_cast<std::int64_t>(left / s.rate_down);
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

std::string error_json(const error& why, const info_hash* hash) {
    json e = {{"code", name_of(why.code)},
              {"exit", static_cast<int>(exit_code_of(why.code))},
              {"message", why.message}};
    if (!why.hint.empty()) e["hint"] = why.hint;
    if (hash != nullptr) e["hash_string"] = to_hex(hash->span());
    return json{{"schema", schema}, {"error", std::move(e)}}.dump();
}

std::string warning_json(std::string_view text) {
    return json{{"schema", schema}, {"warning", json{{"message", text}}}}.dump();
}

void write_show(json_writer& to, const torrent::metainfo& torrent) {
    write_document(to, [&] { write_object(to, [&] { write_description(to, torrent); }); });
}

void write_create(json_writer& to, const app::made_torrent& made, std::string_view torrent_file) {
    const auto write = [&] {
        write_description(to, made.torrent);
        to.member("torrent_file", torrent_file);
        to.member("skipped", json::array(made.skipped.begin(), made.skipped.end()));
    };
    write_document(to, [&] { write_object(to, write); });
}

void write_verify(json_writer& to, const torrent::metainfo& torrent, const app::verify_report& report) {
    const auto write = [&] {
        to.members(basics(torrent)).member("pieces_good", report.good.count());
        to.key("bad").begin_array();
        app::for_each_bad_run(torrent.info, report.bad,
                              [&](const app::bad_run& run) { to.value(app::to_json(run)); });
        to.end_array().key("bad_files").begin_array();
        for (const auto& file : report.misfits) to.value(app::to_json(app::as_bad_file(torrent.info, file)));
        to.end_array();
    };
    write_document(to, [&] { write_object(to, write); });
}

json running_verify_json(const app::torrent_status& status, const app::check_standing& report) {
    return {{"hash_string", to_hex(status.hash.span())},
            {"name", status.name},
            {"total_size", report.bytes_total},
            {"piece_count", report.pieces_wanted},
            {"piece_size", status.piece_bytes},
            {"pieces_good", report.pieces_good},
            {"bad", runs_of(report.bad)},
            {"bad_files", list_of(report.bad_files)}};
}

void write_lists(json_writer& to, std::span<const torrent::metainfo> torrents) {
    write_document(to, [&] {
        for (const auto& torrent : torrents)
            write_object(to, [&] {
                to.members(basics(torrent));
                write_files(to, torrent.info);
            });
    });
}

result<bencode_document> parse_tree(byte_view file) {
    auto parsed = bencode_document::parse(file, bencode_file);
    if (!parsed)
        return fail(errc::bad_data, "not a torrent: " + std::string(to_string(parsed.error().what)) +
                                        " at byte " + std::to_string(parsed.error().position));
    return std::move(*parsed);
}

// As deep as the parser allows, and no deeper.
void write_tree(json_writer& to, const bencode_view& value, bool always_bytes) {
    if (const auto number = value.integer()) {
        to.value(*number);
    } else if (const auto text = value.string()) {
        if (!always_bytes && is_text(*text))
            to.text(*text);
        else
            to.begin_object().key("base64").base64(*text).end_object();
    } else if (value.is_list()) {
        to.begin_array();
        for (const auto element : value) write_tree(to, element);
        to.end_array();
    } else {
        to.begin_object();
        value.for_each_entry([&](std::string_view key, const bencode_view& content) {
            to.key(key);
            write_tree(to, content, key == "pieces");
        });
        to.end_object();
    }
}

std::vector<std::string> remarks_on(const torrent::metainfo& torrent) {
    auto all = torrent.remarks;
    if (torrent.info.lists_differ)
        all.push_back(
            "its lists of files for BitTorrent v1 and v2 differ: others may show other files for it");
    return all;
}

std::string magnet_link(const torrent::metainfo& torrent) {
    torrent::magnet link;
    link.hash = torrent.info.hash;
    link.name = torrent.info.name;
    for (const auto& tier : torrent.trackers)
        link.trackers.insert(link.trackers.end(), tier.begin(), tier.end());
    link.web_seeds = torrent.web_seeds;
    return link.to_uri();
}

std::unique_ptr<reporter> make_json_events(output& out) { return std::make_unique<json_events>(out); }

}  // namespace bt::cli
