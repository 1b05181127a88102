#include "app/daemon/watched_folders.hpp"

#include <algorithm>
#include <filesystem>

#include "app/control/control_server.hpp"
#include "app/daemon/daemon.hpp"
#include "app/files/files.hpp"
#include "app/files/state_record.hpp"
#include "base/bencode.hpp"
#include "base/text.hpp"

namespace bt::app {
namespace {

std::string list_path() { return state_folder() + "/watched"; }

std::optional<std::vector<std::string>> read_list() {
    const auto content = read_torrent_bytes(list_path());
    if (!content) return std::nullopt;
    const auto document = bencode_document::parse(*content, bencode_file);
    if (!document) return std::nullopt;
    const auto list = document->root().find_list("folders");
    if (!list) return std::nullopt;
    std::vector<std::string> folders;
    for (const auto& each : *list)
        if (const auto folder = each.string()) folders.emplace_back(*folder);
    return folders;
}

}  // namespace

watched_folders::watched_folders(daemon& owner) : owner_(owner) {
    const auto method = [this](result<void> (watched_folders::*act)(const std::string&)) {
        return [this, act](const json& params) -> result<json> {
            const auto folder = params.find_text("folder");
            if (stopped_) return fail(errc::failure, "the daemon is ending");
            if (!folder) return fail(errc::usage, "folder: its path");
            if (const auto done = (this->*act)(std::string(*folder)); !done)
                return unexpected<error>(done.error());
            return json(json::object{});
        };
    };
    owner_.node().control().add("folder_watch", method(&watched_folders::add));
    owner_.node().control().add("folder_unwatch", method(&watched_folders::remove));
}

void watched_folders::load() {
    std::error_code trouble;
    if (!std::filesystem::exists(list_path(), trouble)) return;
    const auto kept = read_list();
    if (!kept)
        return owner_.warn({errc::bad_data, "the list of watched folders is damaged: none is watched",
                            "share -d --watch-folder DIR watches one again"});
    for (const auto& folder : *kept) watch(folder);
}

void watched_folders::watch(const std::string& folder) {
    folder_watcher::told who;
    who.share = [this](made_torrent made) {
        share_request request{std::move(made.torrent), std::move(made.paths), 0, false,
                              std::move(made.stamps)};
        const auto taken = owner_.take(saved_torrent{std::move(request)});
        if (!taken) owner_.warn(taken.error());
        return taken.has_value();
    };
    who.end = [this](torrent_id id) {
        if (const auto* one = owner_.find(id)) owner_.remove(*one);
    };
    who.warn = [this](const std::string& message) { owner_.warn({errc::failure, message, {}}); };
    make_request making;
    making.dated_by_files = making.reuse = true;
    watchers_.push_back(
        std::make_unique<folder_watcher>(owner_.node(), folder, std::move(making), std::move(who)));
}

result<void> watched_folders::add(const std::string& folder) {
    const auto whole = watchable_folder(folder);
    if (!whole) return unexpected<error>(whole.error());
    const auto all = names();
    if (std::find(all.begin(), all.end(), *whole) != all.end()) return {};
    watch(*whole);
    auto kept = keep();
    if (!kept) watchers_.pop_back();
    return kept;
}

result<void> watched_folders::remove(const std::string& folder) {
    const auto found = std::find_if(watchers_.begin(), watchers_.end(),
                                    [&](const auto& one) { return one->folder() == folder; });
    if (found == watchers_.end())
        return fail(errc::not_found, "the folder '" + printable(folder) + "' is not watched");
    (*found)->end_all();
    watchers_.erase(found);
    return keep();
}

void watched_folders::stop() {
    stopped_ = true;
    watchers_.clear();
}

std::vector<std::string> watched_folders::names() const {
    std::vector<std::string> all;
    for (const auto& each : watchers_) all.push_back(each->folder());
    return all;
}

result<void> watched_folders::keep() const {
    bencode_writer out;
    out.begin_dict().key("folders").begin_list();
    for (const auto& each : watchers_) out.string(each->folder());
    out.end_list().end_dict();
    return write_file(list_path(), out.take(), true);
}

}  // namespace bt::app
