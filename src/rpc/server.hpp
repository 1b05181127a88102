// The control protocol of Transmission: one request in, its answer out, in the dialect it was asked in. What
// stands around it (HTTP, the session id, the password) is the caller's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "rpc/host.hpp"

namespace bt::rpc {

/// Of the protocol that is spoken.
inline constexpr std::string_view protocol_version = "6.0.1";

class server {
  public:
    /// The host outlives it.
    explicit server(host& node);
    ~server();

    /// The torrents of the list are there: they get the order that clients gave them in an earlier run.
    void begin();

    /// From time to time, for what depends on time alone.
    void tick();

    struct reply {
        int status = 200;  ///< of HTTP: 204 where nothing is to be answered
        std::string body;
    };
    using reply_fn = std::function<void(reply)>;
    /// One request, or of JSON-RPC 2.0 also several. `done` is called once: inside this call, or later where
    /// it takes time.
    void answer(std::string_view body, reply_fn done);

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace bt::rpc
