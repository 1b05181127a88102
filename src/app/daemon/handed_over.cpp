#include "app/daemon/handed_over.hpp"

#include <unistd.h>

#include "app/files/files.hpp"
#include "base/bencode.hpp"

namespace bt::app {

using bt::session::saved_torrent;

result<std::string> hand_over(const std::string& state_folder, const saved_torrent& what) {
    bencode_writer out;
    out.begin_dict();
    if (const auto* info = bt::session::info_of(what.request)) out.pair("info", byte_view(info->raw));
    out.pair("wish", byte_view(bt::session::write_saved(what)));
    out.end_dict();
    const auto path = state_folder + "/given." + std::to_string(::getpid());
    const auto written = write_file(path, out.take(), true);
    if (!written) return unexpected<error>(written.error());
    return path;
}

result<saved_torrent> take_over(const std::string& path) {
    const auto damaged = [] { return fail(errc::bad_data, "what was handed over is no torrent"); };
    const auto content = read_torrent_bytes(path);
    if (!content) return unexpected<error>(content.error());
    const auto document = bencode_document::parse(*content, bencode_file);
    if (!document) return damaged();
    const auto root = document->root();
    const auto wish = root.find_string("wish"), raw = root.find_string("info");
    if (!wish) return damaged();
    std::optional<torrent::info> info;
    if (raw) {
        auto read = torrent::parse_info(as_bytes(*raw));
        if (!read) return unexpected<error>(read.error());
        info = std::move(*read);
    }
    return bt::session::read_saved(as_bytes(*wish), info);
}

}  // namespace bt::app
