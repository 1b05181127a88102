// An HTTP/1.1 server: the tracker, the LAN page, the control port. A question is answered at once, or later
// by its number, and until then nothing more is read from its client. Keep-alive and pipelining; the parser
// is Boost.Beast's, seen by one .cpp only.
//
// What a stranger can make it hold: limits::http_header_bytes and the body limit for each connection that has
// begun a request, nothing for an idle one; a bounded number of connections in all and from one address. The
// header must be complete 10 s after its first byte, the body 30 s after; an idle connection is kept for 60 s
// and is the first to go when there are too many. A client that does not read its answers is read no more:
// nothing is read from it until they are out, and it is closed when they do not move for 30 s.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "net/http_part.hpp"
#include "net/loop.hpp"

namespace bt::net {

/// Valid during the handler's call.
struct http_question {
    std::string_view method;  ///< as sent; the answer to HEAD is the one to GET, its body is not sent
    std::string_view target;  ///< as sent; begins with '/' (the absolute form is brought to it)
    std::string_view host, accept, content_type, origin, authorization;  ///< headers; empty where absent
    std::string_view session_id;                                         ///< X-Transmission-Session-Id
    std::string_view range, if_range, if_none_match;
    byte_view body;
    endpoint from;
    ip_address to;                 ///< ours
    std::optional<unsigned> user;  ///< behind a Unix socket; of others net::user_behind() may know
    std::uint64_t number = 0;      ///< for an answer that comes later
};

/// A body that is made while it leaves. It is destroyed when all of it is out, and when its client goes.
class http_body {
  public:
    /// Takes the next part, once for each next(): inside that call, or after it on the loop's thread. An
    /// empty part: that was all. An error: the connection is cut off, by which a client sees that it has not
    /// all of it. Where the client is gone nothing happens.
    using give_fn = std::function<void(result<http_part>)>;

    virtual ~http_body() = default;
    virtual void next(give_fn give) = 0;
};

struct http_reply {
    static constexpr int later = 0;  ///< as a status: the answer is given with http_server::answer()

    int status = 200;
    std::string_view content_type = "text/plain; charset=utf-8";
    std::string body;
    std::string_view headers;                        ///< further lines, each ended by CRLF
    std::shared_ptr<http_body> stream = {};          ///< the body, where it is not `body`
    std::optional<std::uint64_t> stream_bytes = {};  ///< its length, where that is known
};

struct http_server_options {
    std::size_t body_bytes = limits::lan_body_bytes;  ///< larger: 413
    std::size_t connections = 10'000;
    std::size_t connections_per_address = 1'000;  ///< an IPv6 /64 is one; loopback is exempt
    /// Unfinished requests and unread answers of all together; beyond it the one that waited longest goes.
    std::size_t held_bytes = 128 * limits::MiB;
    duration header_time = 10s, body_time = 30s, idle_time = 60s, send_time = 30s;
    duration answer_time = 1h;  ///< for an answer that comes later
};

class http_server {
  public:
    using handler = std::function<http_reply(const http_question&)>;
    /// Asked when the header of a request with a long body has come. A reply refuses it: the body is not
    /// kept, and the connection ends with the reply. Nothing: the body is read, and the handler is asked.
    using gate = std::function<std::optional<http_reply>(const http_question&)>;

    http_server(loop& on, const http_server_options& options, handler answer, gate refuses = {});
    ~http_server();
    http_server(const http_server&) = delete;
    http_server& operator=(const http_server&) = delete;

    /// May be called for several addresses. Port 0: the kernel chooses. Returns the port; errc::network as
    /// tcp_listener::listen().
    result<std::uint16_t> listen(const endpoint& at);
    /// A Unix socket that only its owner may connect to; `from` and `to` of its questions are unspecified.
    /// There must be nothing at the path yet, and what is made there stays when the server is gone.
    result<void> listen(const std::string& path);
    /// A socket that listens already, from whoever started the process; closed with the server, or at once
    /// with the error. Returns its address; one without an address is a Unix socket, as above.
    result<endpoint> adopt(int listening);
    /// The answer to a question that was to have it later; its client may be gone. It leaves in another turn
    /// of the loop.
    void answer(std::uint64_t number, http_reply reply);
    using reply_fn = std::function<void(http_reply)>;
    /// For a handler: `begin` is given what takes the reply, once, inside this call or after it, but not
    /// after the server is gone.
    http_reply now_or_later(const http_question& question, const std::function<void(const reply_fn&)>& begin);
    /// Takes no new connections; answers what has been asked, with `Connection: close`, and closes the rest,
    /// from the next turn of the loop on.
    void drain();
    std::size_t connections() const;
    std::uint64_t bytes_in() const;
    std::uint64_t bytes_out() const;

  private:
    struct impl;
    impl* impl_;
};

}  // namespace bt::net
