// What a node tells its network over HTTP, read-only: `GET /catalogue.json` for nodes, and pages for
// browsers. Only neighbours get an answer.
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

    using guests_fn = std::function<net::http_reply(const net::http_question&)>;

    /// `connections`: at most so many at a time. `guests`: answers everything but the catalogue; empty: there
    /// is nothing else.
    lan_page(net::loop& on, std::size_t connections, listed_fn listed, guests_fn guests);

    /// At the first port of 6980 to 6989 that is free, else at any, the same in both families. Returns it;
    /// errc::network where neither family has one.
    result<std::uint16_t> listen(bool ipv4, bool ipv6, const std::string& bind);
    /// Whether others of the network get an answer; this machine always does.
    void show_to_network(bool on) { shown_ = on; }

  private:
    net::http_reply answer(const net::http_question& question);

    result<std::uint16_t> listen_at(const std::vector<ip_address>& addresses, std::uint16_t port);

    listed_fn listed_;
    guests_fn guests_;
    bool shown_ = true;
    std::string headers_;  // of the last answer
    net::http_server server_;
};

}  // namespace bt::app
