#include "app/control/torrent_json.hpp"

#include <cmath>

#include "base/text.hpp"

namespace bt::app {
namespace {

/// An answer is bounded; more runs than this tell nobody more.
constexpr std::size_t most_runs = 1'000;

double rounded(double part) { return std::round(part * 10'000) / 10'000; }

json to_json(const peer_status& peer) {
    return {{"address", peer.address.address.to_string()},
            {"port", peer.address.port},
            {"client_name", peer.client},
            {"progress", rounded(peer.progress)},
            {"rate_to_client", peer.rate_down},
            {"rate_to_peer", peer.rate_up},
            {"source", peer.source},
            {"is_near", peer.near},
            {"is_incoming", peer.incoming},
            {"is_upload_only", peer.upload_only},
            {"is_optimistic", peer.optimistic},
            {"client_is_interested", peer.we_want},
            {"client_is_choked", peer.we_are_choked},
            {"peer_is_interested", peer.they_want},
            {"peer_is_choked", peer.they_are_choked}};
}

bool flag(const json& from, std::string_view key) {
    const auto* found = from.find(key);
    return found != nullptr && found->boolean() == true;
}

std::string text(const json& from, std::string_view key) {
    return std::string(from.find_text(key).value_or(""));
}

std::optional<peer_status> read_peer(const json& from) {
    const auto address = ip_address::parse(text(from, "address"));
    const auto port = from.find_natural("port");
    if (!address || !port || *port > 65535) return std::nullopt;
    peer_status peer;
    peer.address = {*address, static_cast<std::uint16_t>(*port)};
    peer.client = text(from, "client_name");
    const auto* progress = from.find("progress");
    peer.progress = progress == nullptr ? 0 : progress->number().value_or(0);
    peer.rate_down = from.find_natural("rate_to_client").value_or(0);
    peer.rate_up = from.find_natural("rate_to_peer").value_or(0);
    peer.source = text(from, "source");
    peer.near = flag(from, "is_near");
    peer.incoming = flag(from, "is_incoming");
    peer.upload_only = flag(from, "is_upload_only");
    peer.optimistic = flag(from, "is_optimistic");
    peer.we_want = flag(from, "client_is_interested");
    peer.we_are_choked = flag(from, "client_is_choked");
    peer.they_want = flag(from, "peer_is_interested");
    peer.they_are_choked = flag(from, "peer_is_choked");
    return peer;
}

}  // namespace

json to_json(const torrent_status& s, bool peers) {
    const double part = s.size == 0
                            ? (s.piece_count == 0 ? 0 : 1)
                            : static_cast<double>(std::min(s.have, s.size)) / static_cast<double>(s.size);
    json t = {{"hash_string", to_hex(s.hash.span())},
              {"name", s.name},
              {"status", to_string(s.state)},
              {"is_shared", s.shared},
              {"is_private", s.is_private},
              {"percent_done", std::floor(part * 10'000) / 10'000},
              {"have_valid", s.have},
              {"size_when_done", s.size},
              {"piece_count", s.piece_count},
              {"piece_size", s.piece_bytes},
              {"pieces_have", s.pieces_have},
              {"rate_download", s.rate_down},
              {"rate_upload", s.rate_up},
              {"eta", eta_of(s)},
              {"downloaded", s.downloaded},
              {"uploaded", s.uploaded},
              {"downloaded_ever", s.downloaded_ever},
              {"uploaded_ever", s.uploaded_ever},
              {"peers_connected", s.peers.size()},
              {"peers_known", s.peers_known},
              {"peers_without_handshake", s.peers_without_handshake},
              {"peers_completed", s.peers_completed},
              {"availability", rounded(s.availability)},
              {"lan_nodes", s.lan_nodes},
              {"download_limit", s.down_limit},
              {"upload_limit", s.up_limit},
              {"node_download_limit", s.node_down_limit},
              {"node_upload_limit", s.node_up_limit},
              {"limits_lan", s.limits_near},
              {"download_dir", s.folder},
              {"file_count", s.file_count},
              {"files_wanted", s.files_wanted},
              {"select", s.files.select},
              {"first", s.files.first},
              {"last", s.files.last},
              {"reason", s.reason},
              {"tracker_message", s.tracker_message}};
    if (s.dht_nodes) t["dht_nodes"] = *s.dht_nodes;
    if (!peers) return t;
    t["peers"] = json::array{};
    for (const auto& peer : s.peers) t["peers"].push_back(to_json(peer));
    return t;
}

result<torrent_status> read_torrent_status(const json& from) {
    const auto raw = from_hex(text(from, "hash_string"));
    const auto hash = raw ? info_hash::from(*raw) : std::nullopt;
    const auto state = read_torrent_state(text(from, "status"));
    if (!hash || !state) return fail(errc::bad_data, "this is no torrent of a running node");
    const auto number = [&](std::string_view key) { return from.find_natural(key).value_or(0); };
    torrent_status s;
    s.hash = *hash;
    s.name = text(from, "name");
    s.state = *state;
    s.shared = flag(from, "is_shared");
    s.is_private = flag(from, "is_private");
    s.have = number("have_valid");
    s.size = number("size_when_done");
    s.piece_count = static_cast<std::uint32_t>(number("piece_count"));
    s.piece_bytes = static_cast<std::uint32_t>(number("piece_size"));
    s.pieces_have = static_cast<std::uint32_t>(number("pieces_have"));
    s.rate_down = number("rate_download");
    s.rate_up = number("rate_upload");
    s.downloaded = number("downloaded");
    s.uploaded = number("uploaded");
    s.downloaded_ever = number("downloaded_ever");
    s.uploaded_ever = number("uploaded_ever");
    s.peers_known = static_cast<std::size_t>(number("peers_known"));
    s.peers_without_handshake = static_cast<std::size_t>(number("peers_without_handshake"));
    s.peers_completed = static_cast<std::uint32_t>(number("peers_completed"));
    if (const auto* copies = from.find("availability")) s.availability = copies->number().value_or(0);
    s.lan_nodes = static_cast<std::size_t>(number("lan_nodes"));
    if (const auto nodes = from.find_natural("dht_nodes")) s.dht_nodes = static_cast<std::size_t>(*nodes);
    s.down_limit = number("download_limit");
    s.up_limit = number("upload_limit");
    s.node_down_limit = number("node_download_limit");
    s.node_up_limit = number("node_upload_limit");
    s.limits_near = flag(from, "limits_lan");
    s.folder = text(from, "download_dir");
    s.file_count = static_cast<std::size_t>(number("file_count"));
    s.files_wanted = static_cast<std::size_t>(number("files_wanted"));
    s.files = {text(from, "select"), text(from, "first"), text(from, "last")};
    s.tracker_message = text(from, "tracker_message");
    s.reason = text(from, "reason");
    if (const auto* peers = from.find("peers"); peers != nullptr && peers->elements() != nullptr) {
        for (const auto& each : *peers->elements())
            if (auto peer = read_peer(each)) s.peers.push_back(std::move(*peer));
    } else {
        // who they are was not asked
        s.peers.resize(static_cast<std::size_t>(
            std::min<std::uint64_t>(number("peers_connected"), limits::known_peers)));
    }
    return s;
}

json to_json(const bad_file& bad) {
    json file = {{"file", bad.file}, {"expected", bad.expected}};
    if (bad.size) file["size"] = *bad.size;
    return file;
}

json to_json(const bad_run& run) {
    json bad = {{"first", run.first},
                {"last", run.last},
                {"file", run.files.empty() ? std::string() : run.files.front()},
                {"files", json::array(run.files.begin(), run.files.end())}};
    if (run.more_files > 0) bad["more_files"] = run.more_files;
    return bad;
}

json to_json(const check_standing& check) {
    json files = json::array{};
    for (std::size_t i = 0; i < std::min(check.bad_files.size(), most_runs); ++i)
        files.push_back(to_json(check.bad_files[i]));
    json runs = json::array{};
    for (std::size_t i = 0; i < std::min(check.bad.size(), most_runs); ++i)
        runs.push_back(to_json(check.bad[i]));
    return {{"check", check.number},
            {"over", check.over},
            {"bytes_done", check.bytes_done},
            {"bytes_total", check.bytes_total},
            {"pieces_good", check.pieces_good},
            {"pieces_wanted", check.pieces_wanted},
            {"bad", std::move(runs)},
            {"bad_files", std::move(files)}};
}

result<check_standing> read_check(const json& from) {
    const auto number = from.find_natural("check");
    if (!number) return fail(errc::bad_data, "this is no check of a running node");
    const auto read = [](const json& of, std::string_view key) {
        return static_cast<std::uint32_t>(of.find_natural(key).value_or(0));
    };
    check_standing check;
    check.number = static_cast<std::uint32_t>(*number);
    check.over = flag(from, "over");
    check.bytes_done = from.find_natural("bytes_done").value_or(0);
    check.bytes_total = from.find_natural("bytes_total").value_or(0);
    check.pieces_good = read(from, "pieces_good");
    check.pieces_wanted = read(from, "pieces_wanted");
    if (const auto* runs = from.find("bad"); runs != nullptr && runs->elements() != nullptr)
        for (const auto& each : *runs->elements()) {
            bad_run run{read(each, "first"), read(each, "last"), {}};
            if (const auto* names = each.find("files"); names != nullptr && names->elements() != nullptr)
                for (const auto& name : *names->elements()) run.files.emplace_back(name.text().value_or(""));
            run.more_files = read(each, "more_files");
            check.bad.push_back(std::move(run));
        }
    if (const auto* files = from.find("bad_files"); files != nullptr && files->elements() != nullptr)
        for (const auto& file : *files->elements())
            check.bad_files.push_back(
                {text(file, "file"), file.find_natural("size"), file.find_natural("expected").value_or(0)});
    return check;
}

json to_json(const deleted_files& deleted) {
    json kept = json::array{};
    for (const auto& each : deleted.kept) kept.push_back(json{{"path", each.path}, {"why", each.why}});
    return {{"files", deleted.files},
            {"bytes", deleted.bytes},
            {"kept", std::move(kept)},
            {"more_kept", deleted.more_kept},
            {"folder_left", deleted.folder_left}};
}

result<deleted_files> read_deleted(const json& from) {
    const auto files = from.find_natural("files");
    if (!files) return fail(errc::bad_data, "the running node does not say what it deleted");
    deleted_files deleted;
    deleted.files = static_cast<std::size_t>(*files);
    deleted.bytes = from.find_natural("bytes").value_or(0);
    deleted.more_kept = static_cast<std::size_t>(from.find_natural("more_kept").value_or(0));
    deleted.folder_left = text(from, "folder_left");
    if (const auto* kept = from.find("kept"); kept != nullptr && kept->elements() != nullptr)
        for (const auto& each : *kept->elements())
            deleted.kept.push_back({text(each, "path"), text(each, "why")});
    return deleted;
}

}  // namespace bt::app
