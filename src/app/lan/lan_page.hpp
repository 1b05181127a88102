// What a node tells its network over HTTP, read-only: `GET /catalogue.json`. Only neighbours get an answer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "tracker/catalogue.hpp"

namespace bt::app {

class lan_page {
  public:
    using listed_fn = std::function<std::vector<tracker::catalogue_entry>()>;

    /// `connections`: at most so many at a time.
    lan_page(net::loop& on, std::size_t connections, listed_fn listed);

    /// At any free port, the same in both families. Returns it; errc::network where neither family has one.
    result<std::uint16_t> listen(bool ipv4, bool ipv6, const std::string& bind);

  private:
    net::http_reply answer(const net::http_question& question);

    listed_fn listed_;
    std::string headers_;  // of the last answer
    net::http_server server_;
};

}  // namespace bt::app
