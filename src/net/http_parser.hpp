// Requests taken off the front of a byte stream. No sockets: a pure function of the bytes and a small state,
// the same for every way the stream is cut into pieces. Private to this room; the header's grammar is
// Boost.Beast's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace bt::net {

/// Views into the bytes it was read from.
struct http_head {
    std::string_view method, target, host, accept, content_type, origin, authorization;
    std::string_view session_id;  ///< X-Transmission-Session-Id
    std::string_view range, if_range, if_none_match;
    std::uint64_t content_length = 0;
    bool http_1_1 = false;
    bool keep_alive = false;
    bool chunked = false;
    bool expects_continue = false;
};

/// Why a request is refused: a status and a line for a person. Status 0: it is not.
struct http_refusal {
    int status = 0;
    std::string_view why;
};

/// `header` ends with its empty line, no earlier.
http_refusal parse_head(std::string_view header, http_head& into);

/// RFC 9112, 7.1: every byte is consumed as it comes, extensions and trailers are read over.
class chunked_body {
  public:
    /// Returns the bytes used, fewer than given only when done or refused.
    std::size_t put(byte_view data, std::size_t body_limit);
    bool done() const { return at_ == part::end; }
    const http_refusal& refusal() const { return refusal_; }
    const bytes& body() const { return body_; }

  private:
    enum class part {
        size_first,
        size,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer,
        trailer_lf,
        end
    };
    void step(char byte, std::size_t body_limit);
    void end_of_size(char byte);
    void bad();

    part at_ = part::size_first;
    std::uint64_t left_ = 0;    // of the chunk
    std::size_t overhead_ = 0;  // of the line, or of all trailers
    bool line_empty_ = true;
    http_refusal refusal_;
    bytes body_;
};

/// A body as short as this is read whoever sends it; bytes.
inline constexpr std::size_t http_short_body = 64 * 1024;

/// What is known of a request that is not complete yet. Small when there is none.
class http_progress {
  public:
    /// The header is complete and the body is not.
    bool in_body() const { return body_end_ != 0 || chunked_ != nullptr; }
    std::size_t held() const;

  private:
    friend struct http_step next_request(byte_view, http_progress&, std::size_t);
    struct chunked_request {
        std::string header;
        http_head head;
        chunked_body body;
    };
    std::size_t scanned_ = 0;    // no end of the header before here
    std::size_t body_end_ = 0;   // header and body, once the header says so
    bool header_given_ = false;  // of the request at the front
    std::unique_ptr<chunked_request> chunked_;
    std::unique_ptr<chunked_request> last_;  // what the step before gave views into
};

struct http_step {
    /// header: of a request with a body longer than http_short_body that is not here yet. Given once; the
    /// same bytes again go on with it.
    enum class kind { more, header, request, refused };
    kind what = kind::more;
    std::size_t used = 0;  ///< bytes to take off the front before the next step
    http_head head;  ///< with header and request, as the body: valid until the next step and while `data` is
    byte_view body;
    bool say_continue = false;  ///< with `more`: the client waits for "100 Continue"
    http_refusal refusal;       ///< after one the stream cannot be read on
};

/// One request off the front of `data`, or as much of it as there is. Call again with what was not used and
/// what has arrived since.
http_step next_request(byte_view data, http_progress& progress, std::size_t body_limit);

}  // namespace bt::net
