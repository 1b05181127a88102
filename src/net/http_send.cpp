#include "net/http_send.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

namespace bt::net {
namespace {

constexpr std::size_t copied_bytes = 16 * 1024;  // a larger body goes out from where it is
constexpr std::size_t kept_bytes = 64 * 1024;    // of memory, from one answer to the next
constexpr std::size_t slices = 64;

}  // namespace

std::string_view http_status_text(int status) {
    constexpr std::pair<int, std::string_view> known[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };
    for (const auto& [number, text] : known)
        if (number == status) return text;
    return "Unknown";
}

void send_queue::add(std::string_view small) {
    if (parts_.empty() || !parts_.back().data.empty() || parts_.back().text.size() >= kept_bytes)
        parts_.emplace_back();
    parts_.back().text += small;
    bytes_ += small.size();
}

void send_queue::add_body(http_part&& body) {
    const auto size = body.view().size();
    if (size <= copied_bytes) return add(body.view());
    bytes_ += size;
    parts_.push_back(std::move(body));
    parts_.emplace_back();  // what follows is not appended to a large body, which would move it
}

send_queue::outcome send_queue::write(int descriptor, std::uint64_t& total) {
    while (bytes_ > 0) {
        std::array<iovec, slices> vector;
        std::size_t count = 0;
        for (auto at = first_; at < parts_.size() && count < slices; ++at) {
            const auto skip = at == first_ ? offset_ : 0;
            const auto part = parts_[at].view();
            if (part.size() > skip)
                vector[count++] = {const_cast<char*>(part.data()) + skip, part.size() - skip};
        }
        msghdr message{};
        message.msg_iov = vector.data();
        message.msg_iovlen = count;
        const auto taken = ::sendmsg(descriptor, &message, MSG_NOSIGNAL);
        if (taken < 0) {
            if (errno == EINTR) continue;
            return errno == EAGAIN ? outcome::blocked : outcome::failed;
        }
        auto rest = static_cast<std::size_t>(taken);
        total += rest;
        bytes_ -= rest;
        while (bytes_ > 0 && rest >= parts_[first_].view().size() - offset_) {
            rest -= parts_[first_].view().size() - offset_;
            parts_[first_++] = {};
            offset_ = 0;
        }
        offset_ += rest;
    }
    clear();
    return outcome::sent;
}

void send_queue::clear() {
    first_ = offset_ = bytes_ = 0;
    if (parts_.empty()) return;
    parts_.resize(1);
    if (parts_[0].memory() > 2 * kept_bytes) parts_[0] = {};
    parts_[0].data = {};
    parts_[0].text.clear();
}

void add_answer_head(send_queue& to, int status, std::string_view content_type,
                     std::optional<std::uint64_t> length, std::string_view headers,
                     std::string_view connection, bool chunked) {
    const bool bodiless = status == 204 || status == 304;
    to.add("HTTP/1.1 ");
    to.add(std::to_string(std::clamp(status, 100, 999)));
    to.add(" ");
    to.add(http_status_text(status));
    if (!content_type.empty() && !bodiless) {
        to.add("\r\nContent-Type: ");
        to.add(content_type);
    }
    if (!bodiless && length) {
        to.add("\r\nContent-Length: ");
        to.add(std::to_string(*length));
    } else if (!bodiless && chunked) {
        to.add("\r\nTransfer-Encoding: chunked");
    }
    if (!connection.empty()) {
        to.add("\r\nConnection: ");
        to.add(connection);
    }
    to.add("\r\n");
    to.add(headers);
    to.add("\r\n");
}

void add_chunk(send_queue& to, http_part&& part) {
    std::array<char, 16> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), part.view().size(), 16).ptr;
    to.add({digits.data(), static_cast<std::size_t>(end - digits.data())});
    to.add("\r\n");
    to.add_body(std::move(part));
    to.add("\r\n");
}

}  // namespace bt::net
