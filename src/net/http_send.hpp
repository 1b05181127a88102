// What an HTTP server has to say to one client: small answers gathered into one run of bytes, large ones kept
// as they are, all of it in one system call where the kernel takes it. Private to this room.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "net/http_part.hpp"

namespace bt::net {

std::string_view http_status_text(int status);

class send_queue {
  public:
    std::size_t bytes() const { return bytes_; }
    bool empty() const { return bytes_ == 0; }
    /// What waits and, of a part sent in part, the rest of its memory.
    std::size_t memory() const { return bytes_ + offset_; }
    void add(std::string_view small);
    /// Copied if that is cheaper than a slice of its own.
    void add_body(http_part&& body);

    enum class outcome { sent, blocked, failed };
    /// Hands the kernel as much as it takes and adds what it took to `total`. Once sent the queue is empty
    /// and keeps a little memory for the next answer.
    outcome write(int descriptor, std::uint64_t& total);
    void clear();

  private:
    std::vector<http_part> parts_;
    std::size_t first_ = 0, offset_ = 0;  // of the part not sent in full
    std::size_t bytes_ = 0;
};

/// Status line and headers of an answer. `connection`: "", "close" or "keep-alive". `length`: of the body;
/// nothing: it comes in chunks, or the connection ends with it (HTTP/1.0).
void add_answer_head(send_queue& to, int status, std::string_view content_type,
                     std::optional<std::uint64_t> length, std::string_view headers,
                     std::string_view connection, bool chunked = false);
/// Around a part of a body whose length is not known before (RFC 9112, 7.1).
void add_chunk(send_queue& to, http_part&& part);

}  // namespace bt::net
