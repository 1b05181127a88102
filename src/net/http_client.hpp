// HTTP and HTTPS requests: trackers, .torrent URLs. Certificates are verified against the system's
// authorities or those in the file SSL_CERT_FILE names. Nothing is asked for compressed; what comes with gzip
// or deflate is unpacked, within the bound. Only http and https are spoken, also after a redirect. A proxy
// named by the environment (http_proxy, https_proxy, no_proxy) is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/limits.hpp"
#include "base/outgoing.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"

namespace bt::net {

/// The defaults are those for a tracker's answer.
struct http_limits {
    std::size_t max_bytes = limits::tracker_reply_bytes;
    duration first_byte = limits::tracker_first_byte_time;  ///< until the answer begins
    duration total = limits::tracker_time;
    int redirects = limits::tracker_redirects;
};

enum class http_family : std::uint8_t { any, v4, v6 };

struct http_request {
    std::string url;
    http_limits limits = {};
    http_family family = http_family::any;
    /// Asked for the address of every hop (0: the first) before a request goes to it; no answer means yes.
    /// Apart from it a redirect from a public to a local address is always refused. Behind a proxy the
    /// address is the proxy's.
    std::function<bool(const ip_address& address, int hop)> allow_address = {};
    std::string post_body = {};  ///< POST if `post_type` is not empty, else GET
    std::string post_type = {};  ///< content type
    /// Path of a Unix socket to ask, whatever host the URL names; empty: TCP.
    std::string unix_socket = {};
};

/// Any answer of a server, errors of it included.
struct http_answer {
    int status = 0;
    std::string content_type;
    bytes body;
    std::string link;                  ///< a redirect to a magnet link ends there
    std::optional<std::int64_t> date;  ///< its clock, in Unix seconds, where it says
    ip_address server;                 ///< unspecified behind a Unix socket
};
using http_result = result<http_answer>;

class http_client {
  public:
    using id = std::uint64_t;
    using callback = std::function<void(http_result)>;

    /// Asked before a connection is opened, and no other time; false: not now. Its request waits, for minutes
    /// where it must, and tries again.
    using pace_fn = std::function<bool(const ip_address& host)>;

    /// `way`: from where its requests leave, redirects and proxies included; Unix sockets are not meant.
    explicit http_client(loop& on, outgoing way = {}, pace_fn pace = {});
    /// Cancels everything. Not to be destroyed inside one of its callbacks.
    ~http_client();
    http_client(const http_client&) = delete;
    http_client& operator=(const http_client&) = delete;

    /// The answer always comes later, never inside the call. errc::network: no answer, or one beyond the
    /// limits; errc::usage: a URL that is none of ours.
    id fetch(http_request request, callback done);
    id get(std::string url, const http_limits& limits, callback done, http_family family = http_family::any) {
        return fetch({std::move(url), limits, family}, std::move(done));
    }
    /// No callback follows.
    void cancel(id which);
    std::size_t active() const;

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace bt::net
