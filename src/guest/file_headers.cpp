#include "guest/file_headers.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace bt::guest {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 46> types = {{
    {"7z", "application/x-7z-compressed"},
    {"aac", "audio/aac"},
    {"apk", "application/vnd.android.package-archive"},
    {"avi", "video/x-msvideo"},
    {"avif", "image/avif"},
    {"bz2", "application/x-bzip2"},
    {"css", "text/css; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},
    {"deb", "application/vnd.debian.binary-package"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"epub", "application/epub+zip"},
    {"flac", "audio/flac"},
    {"gif", "image/gif"},
    {"gz", "application/gzip"},
    {"heic", "image/heic"},
    {"htm", "text/html; charset=utf-8"},
    {"html", "text/html; charset=utf-8"},
    {"iso", "application/x-iso9660-image"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"m4a", "audio/mp4"},
    {"md", "text/markdown; charset=utf-8"},
    {"mkv", "video/x-matroska"},
    {"mov", "video/quicktime"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"ogg", "audio/ogg"},
    {"opus", "audio/ogg"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"svg", "image/svg+xml"},
    {"tar", "application/x-tar"},
    {"torrent", "application/x-bittorrent"},
    {"txt", "text/plain; charset=utf-8"},
    {"wav", "audio/wav"},
    {"webm", "video/webm"},
    {"webp", "image/webp"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"xml", "application/xml"},
    {"xz", "application/x-xz"},
    {"zip", "application/zip"},
    {"zst", "application/zstd"},
}};

}  // namespace

std::string_view content_type(std::string_view name) {
    const auto dot = name.rfind('.');
    const auto ending = dot == std::string_view::npos ? std::string() : to_lower(name.substr(dot + 1));
    for (const auto& [known, type] : types)
        if (known == ending) return type;
    return "application/octet-stream";
}

std::string content_disposition(std::string_view name) {
    std::string plain;
    for (const char c : name) plain += c < ' ' || c > '~' || c == '"' || c == '\\' || c == '%' ? '_' : c;
    return "Content-Disposition: attachment; filename=\"" + plain + "\"; filename*=UTF-8''" +
           percent_encode(as_bytes(name)) + "\r\n";
}

bool names_tag(std::string_view header, std::string_view tag) {
    while (!header.empty()) {
        const auto one = trimmed(header.substr(0, header.find(',')));
        if (one == "*" || one == tag) return true;
        header.remove_prefix(std::min(header.size(), header.find(',')));
        if (!header.empty()) header.remove_prefix(1);
    }
    return false;
}

bool is_same_by(std::string_view if_range, std::string_view tag) { return trimmed(if_range) == tag; }

}  // namespace bt::guest
