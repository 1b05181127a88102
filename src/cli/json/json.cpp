#include "cli/json/json.hpp"

#include "app/control/torrent_json.hpp"
#include "base/bencode.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/exit_code.hpp"
#include "torrent/magnet.hpp"
#include "torrent/urls.hpp"

namespace bt::cli {

void write_files(json_writer& to, const torrent::info& info, const std::vector<bool>* wanted) {
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

json runs_of(const std::vector<app::bad_run>& bad) {
    json runs = json::array{};
    for (const auto& run : bad) runs.push_back(app::to_json(run));
    return runs;
}

namespace {

json list_of(const std::vector<app::bad_file>& files) {
    json list = json::array{};
    for (const auto& file : files) list.push_back(app::to_json(file));
    return list;
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
    to.begin_object().member("schema", json_schema).key("torrents").begin_array();
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

}  // namespace

std::string error_json(const error& why, const info_hash* hash) {
    json e = {{"code", name_of(why.code)},
              {"exit", static_cast<int>(exit_code_of(why.code))},
              {"message", why.message}};
    if (!why.hint.empty()) e["hint"] = why.hint;
    if (hash != nullptr) e["hash_string"] = to_hex(hash->span());
    return json{{"schema", json_schema}, {"error", std::move(e)}}.dump();
}

std::string warning_json(std::string_view text) {
    return json{{"schema", json_schema}, {"warning", json{{"message", text}}}}.dump();
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
        session::for_each_bad_run(torrent.info, report.bad,
                                  [&](const app::bad_run& run) { to.value(app::to_json(run)); });
        to.end_array().key("bad_files").begin_array();
        for (const auto& file : report.misfits)
            to.value(app::to_json(session::as_bad_file(torrent.info, file)));
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

std::string magnet_link(const torrent::metainfo& torrent, const std::string& web_seed) {
    torrent::magnet link;
    link.hash = torrent.info.hash;
    link.name = torrent.info.name;
    for (const auto& tier : torrent.trackers)
        link.trackers.insert(link.trackers.end(), tier.begin(), tier.end());
    link.web_seeds = torrent.web_seeds;
    if (!web_seed.empty()) link.web_seeds.push_back(web_seed);
    return link.to_uri();
}

}  // namespace bt::cli
