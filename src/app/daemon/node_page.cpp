#include "app/daemon/node_page.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "app/daemon/page_assets.hpp"
#include "base/text.hpp"
#include "guest/file_headers.hpp"
#include "markup/qr.hpp"

namespace bt::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t most_page_bytes = 16 * 1024 * 1024;  // of a file of another page

/// Nothing of another origin runs or is asked for.
constexpr std::string_view policy =
    "Content-Security-Policy: default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\n";

net::http_reply not_there() { return {404, "text/plain; charset=utf-8", "The page has no such file.\n", {}}; }

}  // namespace

net::http_reply node_page::answer(const net::http_question& question, std::string_view headers) {
    headers_ = headers;
    const auto target = question.target.substr(node_page_path.size());
    const auto path = target.substr(0, target.find('?'));
    auto reply = !folder_.empty()   ? from_folder(std::string(path))
                 : path == "qr.svg" ? picture(target)
                                    : own(path.empty() ? "index.html" : path, question);
    reply.headers = headers_;
    return reply;
}

net::http_reply node_page::own(std::string_view path, const net::http_question& question) {
    headers_ += policy;
    for (const auto& each : page_assets()) {
        if (each.path != path) continue;
        headers_ += "ETag: " + std::string(each.tag) + "\r\n";
        if (guest::names_tag(question.if_none_match, each.tag)) return {304, {}, {}, {}};
        headers_ += "Content-Encoding: gzip\r\n";
        return {200, each.type, std::string(each.gzip), {}};
    }
    return not_there();
}

/// What the page wants as a QR code stands behind the '?'.
net::http_reply node_page::picture(std::string_view target) {
    const auto query = target.find('?');
    const auto text = query == target.npos ? std::nullopt : percent_decode(target.substr(query + 1));
    const auto drawn = text ? markup::qr_code(*text, "QR code").text() : std::string();
    if (drawn.empty()) return not_there();
    headers_ += policy;
    return {200, "image/svg+xml", drawn, {}};
}

net::http_reply node_page::from_folder(const std::string& path) {
    std::error_code trouble;
    const auto folder = fs::canonical(folder_, trouble);
    const auto decoded = percent_decode(path);
    if (trouble || !decoded || decoded->find('\0') != std::string::npos) return not_there();
    auto file = fs::canonical(folder / fs::path(*decoded).relative_path(), trouble);
    if (!trouble && fs::is_directory(file, trouble)) file /= "index.html";
    const auto inside = file.lexically_relative(folder);
    if (trouble || inside.empty() || *inside.begin() == ".." || !fs::is_regular_file(file, trouble) ||
        fs::file_size(file, trouble) > most_page_bytes || trouble)
        return not_there();
    std::ifstream in(file, std::ios::binary);
    return {200, guest::content_type(file.string()), {std::istreambuf_iterator<char>(in), {}}, {}};
}

}  // namespace bt::app
