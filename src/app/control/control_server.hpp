// A running node answers its user's commands: JSON-RPC 2.0, one call a request, as `POST /rpc` over HTTP at a
// Unix socket (control_place.hpp). An answer is given at once; what takes long begins with one call that
// gives a number and is asked for with the next. So nobody's connection has to be kept for an answer, and
// a client that goes away leaves nothing behind but that number. What cannot be asked for later, because the
// node may end with it, is answered when it is done.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"

namespace bt::app {

/// The "code" of a JSON-RPC error that says what kind it is; those of the protocol itself are -32700 to
/// -32600.
inline constexpr std::int64_t control_error_base = -32000, control_bad_params = -32602;

class control_server {
  public:
    /// `params` is an object; empty where the call has none.
    using method = std::function<result<json>(const json& params)>;

    explicit control_server(net::loop& on);
    /// Removes the socket.
    ~control_server();
    control_server(const control_server&) = delete;
    control_server& operator=(const control_server&) = delete;

    using done_fn = std::function<void(result<json>)>;
    /// `done` is called once, at once or later, on the loop's thread.
    using slow_method = std::function<void(const json& params, done_fn done)>;

    void add(std::string name, method answer);
    void add_slow(std::string name, slow_method answer) { methods_[std::move(name)] = std::move(answer); }
    /// In this folder. errc::storage or errc::network if that cannot be.
    result<void> listen(const std::string& folder);
    /// `done` has the answer to one call, or null where none is wanted.
    void call(const json& request, const std::function<void(json)>& done) const;

  private:
    net::http_reply answer(const net::http_question& question);

    std::map<std::string, slow_method, std::less<>> methods_;
    std::string path_;
    net::http_server server_;
};

}  // namespace bt::app
