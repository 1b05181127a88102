// What the LAN shares, as its nodes and trackers tell: every node that is online is asked for its
// catalogue.json, every tracker for its list. Which there are is the caller's to say.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/lan/page_queue.hpp"
#include "app/lan/shared_names.hpp"
#include "base/endpoint.hpp"
#include "base/outgoing.hpp"
#include "base/result.hpp"
#include "discovery/outputs.hpp"
#include "net/http_client.hpp"
#include "net/loop.hpp"
#include "tracker/catalogue.hpp"

namespace bt::app {

struct neighbour {
    discovery::node_info node;                     ///< at the first of its addresses
    std::vector<ip_address> addresses;             ///< where it says the same of itself
    std::vector<tracker::catalogue_entry> shares;  ///< of its own catalogue
    bool asked = false, answered = false;
    std::string trouble;  ///< why it did not answer
};

struct found_tracker {
    std::string url;   ///< "http://192.168.1.5:6969"
    std::string host;  ///< its name, or empty
    std::vector<tracker::catalogue_entry> torrents;
    bool answered = false;
    std::string trouble;
};

/// "http://192.168.1.5:6969": how a tracker of the network is named here.
std::string lan_tracker_url(const endpoint& at);
/// It says the same of itself: a process at several addresses, and not one that speaks under its id.
bool says_the_same(const discovery::node_info& a, const discovery::node_info& b);

class lan_pages {
  public:
    using may_connect_fn = std::function<bool(const ip_address&)>;

    /// `news`: an answer came, or what there is changed.
    lan_pages(net::loop& on, const outgoing& way, may_connect_fn may_connect, std::function<void()> news);

    void node_seen(const discovery::node_info& node);
    void node_gone(const discovery::node_key& node);
    /// `host`: its name, where it is known.
    void tracker_found(const std::string& url, const std::string& host);
    void tracker_gone(const std::string& url);
    /// Empty where it is not known.
    std::string host_of(const discovery::node_key& node) const;

    /// One for a process with all its addresses; one that speaks under its id and says other things is
    /// another.
    std::vector<neighbour> nodes() const;
    std::vector<found_tracker> trackers() const;
    /// Each once, by name.
    std::vector<shared_torrent> torrents() const;
    /// No host that is worth waiting for owes an answer.
    bool is_quiet() const { return pages_.is_quiet(loop_.now()); }
    /// Asks all of them again.
    void refresh();

  private:
    void ask_node(neighbour& node);
    void ask_tracker(const std::string& url, const std::string& host);
    using answer_handler = std::function<void(result<std::vector<tracker::catalogue_entry>>)>;
    void fetch(const std::string& address, std::string url, answer_handler done);
    void send_next();

    struct question {
        std::string url;
        answer_handler done;
    };

    net::loop& loop_;
    net::http_client http_;
    std::function<void()> news_;
    std::map<discovery::node_key, neighbour> nodes_;
    std::map<std::string, found_tracker> trackers_;
    page_queue<question> pages_;
};

}  // namespace bt::app
