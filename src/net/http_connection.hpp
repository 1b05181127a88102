// One client of the HTTP server, and the lists clients wait in. Private to this room.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "net/http_parser.hpp"
#include "net/http_send.hpp"
#include "net/http_server.hpp"

namespace bt::net {

/// What a client is waited for to do; `answer`: it waits for ours. Each has one list in which the one that
/// began to wait first is first, and one time, so the first of a list is the first to be late.
enum class http_phase : std::uint8_t { idle, header, body, sending, lingering, answer };
inline constexpr std::size_t http_phases = 6;

/// Something the server's epoll reports on.
struct http_watched {
    int descriptor = -1;
    bool listening = false;
    bool local = false;  // a Unix socket: the client has no address
};

/// A body that is made while it leaves.
struct http_stream {
    std::shared_ptr<http_body> of;
    std::uint64_t number = 0;
    std::optional<std::uint64_t> left;  // bytes; nothing: not known
    bool in_chunks = false;
    bool asked = false;  // for its next part
};

/// An idle one is this struct and nothing more.
struct http_connection : http_watched {
    http_connection *previous = nullptr, *next = nullptr;
    http_phase phase = http_phase::idle;
    bool listed = false;
    bool last = false;              // no answer follows the queued ones
    bool unread = false;            // the client may have sent what we did not read
    std::uint32_t watched_for = 0;  // epoll events
    time_point since;               // it entered its phase, or moved on in it
    endpoint from;
    ip_address to;
    std::optional<unsigned> user;  // of a Unix socket
    std::uint64_t origin = 0;      // the address it is counted for
    std::size_t held = 0;          // bytes of memory, as last counted
    std::uint64_t question = 0;    // that has its answer later; 0: none
    bool asked_head = false, asked_1_1 = false, asked_keep_alive = false;  // in it
    std::size_t heard_out = 0;  // bytes thrown away after our last answer
    std::optional<http_stream> body;
    http_progress progress;
    std::unique_ptr<bytes> kept;         // read and not used yet
    std::unique_ptr<send_queue> unsent;  // the kernel takes no more now

    std::size_t memory() const {
        return (kept ? kept->capacity() : 0) + (unsent ? unsent->memory() : 0) + progress.held();
    }
};

/// Linked through the connections: nothing is allocated, leaving takes no search.
class http_waiting {
  public:
    http_connection* first() const { return first_; }
    void push_back(http_connection& one) {
        one.previous = last_;
        one.next = nullptr;
        (last_ != nullptr ? last_->next : first_) = &one;
        last_ = &one;
    }
    void remove(http_connection& one) {
        (one.previous != nullptr ? one.previous->next : first_) = one.next;
        (one.next != nullptr ? one.next->previous : last_) = one.previous;
    }

  private:
    http_connection *first_ = nullptr, *last_ = nullptr;
};

}  // namespace bt::net
