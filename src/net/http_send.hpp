// What an HTTP server has to say to one client: small answers gathered into one run of bytes, large ones kept
// as they are, all of it in one system call where the kernel takes it. Private to this room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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
    void add_body(std::string&& body);

    enum class outcome { sent, blocked, failed };
    /// Hands the kernel as much as it takes and adds what it took to `total`. Once sent the queue is empty
    /// and keeps a little memory for the next answer.
    outcome write(int descriptor, std::uint64_t& total);
    void clear();

  private:
    std::vector<std::string> parts_;
    std::size_t first_ = 0, offset_ = 0;  // of the part not sent in full
    std::size_t bytes_ = 0;
};

/// Status line and headers of an answer. `connection`: "", "close" or "keep-alive".
void add_answer_head(send_queue& to, int status, std::string_view content_type, std::size_t length,
                     std::string_view headers, std::string_view connection);

}  // namespace bt::net
