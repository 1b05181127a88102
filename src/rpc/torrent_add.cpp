// torrent-add: a magnet link, the content of a .torrent file, or the path of one.
#include "base/base64.hpp"
#include "base/text.hpp"
#include "rpc/file_lists.hpp"
#include "rpc/methods.hpp"
#include "torrent/magnet.hpp"

namespace bt::rpc {
namespace {

using target = std::variant<torrent::magnet, torrent::metainfo>;

/// What is to be added; else the error says why it is none.
struct read_target {
    std::optional<target> found;
    outcome error = {};
};

read_target corrupt() {
    return {std::nullopt, outcome::fails(code::corrupt_torrent, "invalid or corrupt torrent file")};
}

read_target read_content(byte_view content) {
    auto read = torrent::parse_torrent(content);
    if (!read) return corrupt();
    return {target(std::move(*read))};
}

read_target read_name(context& in, const std::string& name) {
    if (torrent::looks_like_magnet(name)) {
        auto link = torrent::parse_magnet(name);
        if (!link) return {std::nullopt, outcome::fails(code::unrecognized, link.error().message)};
        return {target(std::move(*link))};
    }
    if (name.starts_with("http://") || name.starts_with("https://"))
        return {std::nullopt,
                outcome::fails(code::internal,
                               "this node fetches no URL for a client: give it the magnet link, or "
                               "the content of the .torrent file as metainfo")};
    const auto content = in.node.read_torrent_file(name);
    if (!content) return {std::nullopt, outcome::fails(code::unrecognized, content.error().message)};
    return read_content(*content);
}

read_target read(context& in, const arguments& with) {
    if (const auto text = with.text("metainfo"); text && !text->empty()) {
        const auto content = from_base64(*text);
        return content ? read_content(*content) : corrupt();
    }
    if (const auto name = with.text("filename"); name && !name->empty())
        return read_name(in, std::string(*name));
    return {std::nullopt, outcome::fails(code::invalid_params, "no filename or metainfo specified")};
}

outcome answer(context& in, const arguments& with, host::added added) {
    const auto view = in.node.view(added.number, false);
    if (!view) return outcome::fails(code::internal, "the torrent was removed at once");
    const auto hash = to_hex(view->status.hash.span());
    const auto& name = view->status.name;
    outcome given;
    given.value.emplace_back(with.name(added.duplicate ? "torrent-duplicate" : "torrent-added"),
                             json::object{{with.name("hashString"), hash},
                                          {with.name("id"), added.number},
                                          {with.name("name"), name.empty() ? hash : name}});
    return given;
}

}  // namespace

outcome torrent_add(context& in, const arguments& with) {
    const auto folder = std::string(with.text("download-dir").value_or(""));
    if (!folder.empty() && !folder.starts_with('/'))
        return outcome::fails(code::path_not_absolute, "download directory path is not absolute");
    auto wanted = read(in, with);
    if (!wanted.found) return std::move(wanted.error);
    session::saved_torrent what;
    session::get_request get;
    get.folder = folder.empty() ? in.settings.text("download-dir") : folder;
    get.seed.what = session::seed_rule::kind::forever;
    get.sequential = with.flag("sequential_download").value_or(false);
    if (const auto* info = std::get_if<torrent::metainfo>(&*wanted.found); chooses_files(with)) {
        if (info == nullptr)
            return outcome::fails(code::file_index, "the files of a magnet link are not known yet");
        auto choice = choice_of(with, info->info, {});
        if (!choice) return outcome::fails(code::file_index, choice.error().message);
        get.files = std::move(*choice);
    }
    get.target = std::move(*wanted.found);
    what.request = std::move(get);
    what.paused = with.flag("paused").value_or(!in.settings.flag("start-added-torrents"));
    if (const auto* labels = with.find("labels"); labels != nullptr && labels->elements() != nullptr)
        for (const auto& each : *labels->elements())
            if (const auto label = each.text(); label && !label->empty()) what.labels.emplace_back(*label);
    const auto added = in.node.add(std::move(what));
    if (!added) return outcome::fails(code::system, added.error().message);
    return answer(in, with, *added);
}

}  // namespace bt::rpc
