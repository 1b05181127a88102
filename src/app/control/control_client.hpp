// Asks a running node of this user (control_server.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "net/http_client.hpp"
#include "net/loop.hpp"

namespace bt::app {

class control_client {
  public:
    using answer_fn = std::function<void(result<json>)>;

    /// `socket`: the path of its socket.
    control_client(net::loop& on, std::string socket) : on_(on), socket_(std::move(socket)), http_(on) {}

    /// The answer comes later, never inside the call: the result, or the error as the node gave it;
    /// errc::no_node if there is no answer, at once from a process that was stopped.
    void call(const std::string& method, json params, answer_fn done, duration patience = usual_patience);

    /// A node answers at once; one that does not come to it is not waited for.
    static constexpr duration usual_patience = 5s;

  private:
    net::loop& on_;
    std::string socket_;
    std::uint64_t last_ = 0;
    net::http_client http_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // else no answer is given any more
};

/// The same for a caller that has nothing else to do: runs the loop until the answer is there.
result<json> call_and_wait(net::loop& on, const std::string& socket, const std::string& method, json params,
                           duration patience = control_client::usual_patience);
/// Asks all of them at once and runs the loop until each has answered, or will not.
std::vector<result<json>> call_all(net::loop& on, const std::vector<std::string>& sockets,
                                   const std::string& method);
/// Some time goes by on the loop.
void wait_on(net::loop& on, duration time);

}  // namespace bt::app
