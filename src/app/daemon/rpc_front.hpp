// The control port: Transmission's protocol over HTTP. What may call is decided by the gate, what is answered
// by rpc::server.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/daemon/node_page.hpp"
#include "app/daemon/rpc_gate.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "rpc/server.hpp"

namespace bt::app {

struct rpc_options {
    std::vector<endpoint> at;  ///< empty: 127.0.0.1, port 9091 or the next free
    bool off = false;
    std::string login;               ///< "user:password"; empty: only this user of this machine
    std::vector<std::string> names;  ///< by which this machine may be asked
    std::string web_root;            ///< a folder with another page in place of ours
};

class rpc_front {
  public:
    using reply_fn = rpc::server::reply_fn;
    using answer_fn = std::function<void(std::string_view body, reply_fn done)>;

    rpc_front(net::loop& on, const rpc_options& options, answer_fn answer);

    /// errc::usage: an address beyond this machine, and no password. errc::network: it cannot be listened at.
    result<void> listen();
    /// "http://127.0.0.1:9091/transmission/rpc"
    std::string url() const;
    /// Of the page, for a browser of this machine.
    std::string page_url() const;

  private:
    result<void> may_listen(const endpoint& at, const std::string& what) const;
    result<void> take_given();
    bool is_own_user(const net::http_question& question) const;
    std::optional<net::http_reply> refuses(const net::http_question& question);
    net::http_reply answer(const net::http_question& question);

    net::loop& loop_;
    rpc_options options_;
    rpc_gate gate_;
    answer_fn answer_;
    node_page page_;
    net::http_server server_;
    std::vector<endpoint> listening_;
    std::size_t given_ = 0;  // sockets, by whoever started the process
    std::string headers_;    // of the reply under way
};

}  // namespace bt::app
