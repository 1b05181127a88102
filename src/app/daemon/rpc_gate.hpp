// Which requests get through: what one to the control port meets before any method is looked at, in the order
// that Transmission's server checks. Pure.
//
// A web page in a browser of this machine, another user of it, and a host of the network must not get
// through: the first by the session id (which a page of another origin cannot read) and by the Host header (a
// name that leads here must be ours), the second by who owns the other end of the connection, the third by a
// password.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "base/time.hpp"

namespace bt::app {

struct rpc_gate_options {
    std::string login;               ///< "user:password"; empty: none is asked for
    std::string session_id;          ///< for the life of the process
    std::vector<std::string> names;  ///< of this machine, besides localhost
};

class rpc_gate {
  public:
    struct request {
        std::string_view method, target, host, authorization, session_id;
        ip_address from;
        bool is_own_user = false;  ///< of the process, or root
    };
    struct answer {
        int status;
        std::string headers;  ///< lines, each ended by CRLF
        std::string body;     ///< HTML
    };

    explicit rpc_gate(rpc_gate_options options) : options_(std::move(options)) {}

    /// Nothing: it may be answered, as a POST to /transmission/rpc or a GET of a file of the page.
    std::optional<answer> refuses(time_point now, const request& what);

    /// The line that tells the session id to whoever got through.
    std::string session_header() const {
        return "X-Transmission-Session-Id: " + options_.session_id + "\r\n";
    }

  private:
    bool is_locked_out(time_point now, const request& what) const;
    bool has_password(time_point now, const request& what);
    bool is_name_of_ours(std::string_view host) const;

    struct failures {
        int count = 0;
        time_point last{};
    };
    rpc_gate_options options_;
    std::map<ip_address, failures> failed_;
};

}  // namespace bt::app
