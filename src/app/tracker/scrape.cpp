#include "app/tracker/scrape.hpp"

#include <deque>
#include <map>
#include <utility>

#include "app/sockets/udp_pair.hpp"
#include "net/http_client.hpp"
#include "net/loop.hpp"
#include "net/resolve.hpp"
#include "net/timer.hpp"
#include "tracker/client/scrape.hpp"
#include "tracker/client/udp_client.hpp"
#include "tracker/url.hpp"

namespace bt::app {
namespace {

class scraper {
  public:
    scraper(const std::vector<std::string>& trackers, const info_hash& torrent,
            const scrape_options& options);
    std::vector<scrape_result> run();

  private:
    /// A UDP tracker, and its addresses that have not been tried yet.
    struct udp_tracker {
        tracker::url where;
        std::deque<ip_address> addresses;
    };

    void begin(std::size_t which);
    void fetch(std::size_t which, const tracker::url& where, const std::string& text);
    void look_up(std::size_t which, const tracker::url& where);
    void ask_next_address(std::size_t which, const error& last);
    void pump();
    void settle(std::size_t which, const result<std::vector<tracker::scrape_counts>>& answer,
                const std::string& name);

    std::vector<info_hash> torrents_;
    scrape_options options_;
    std::vector<scrape_result> results_;
    std::vector<bool> settled_;
    std::size_t open_ = 0;
    std::map<std::size_t, udp_tracker> udp_trackers_;

    net::loop loop_;
    net::http_client http_;
    net::resolver resolver_;
    tracker::udp_client udp_;
    udp_pair sockets_;
    net::timer tick_timer_, end_timer_;
};

scraper::scraper(const std::vector<std::string>& trackers, const info_hash& torrent,
                 const scrape_options& options)
    : torrents_{torrent},
      options_(options),
      settled_(trackers.size()),
      open_(trackers.size()),
      http_(loop_, options.way),
      resolver_(loop_),
      udp_(rng(net::entropy_seed())),
      sockets_(loop_, options.way.ipv4, options.way.ipv6, options.way.from,
               [this](const endpoint& from, const ip_address&, byte_view datagram) {
                   udp_.receive(loop_.now(), from, datagram);
                   pump();
               }),
      tick_timer_(loop_,
                  [this] {
                      udp_.tick(loop_.now());
                      pump();
                  }),
      end_timer_(loop_, [this] { loop_.stop(); }) {
    for (const auto& each : trackers) results_.push_back({each, {}, {}, {}, {}});
}

std::vector<scrape_result> scraper::run() {
    for (std::size_t i = 0; i < results_.size(); ++i) begin(i);
    if (open_ > 0) {
        end_timer_.arm(loop_.now() + options_.limit);
        loop_.run();
    }
    for (std::size_t i = 0; i < results_.size(); ++i) {
        if (settled_[i]) continue;
        const auto where = tracker::url::parse(results_[i].url);
        results_[i].error = where->authority() + ": no answer";
    }
    return std::move(results_);
}

void scraper::begin(std::size_t which) {
    const auto where = tracker::url::parse(results_[which].url);
    if (!where) return settle(which, unexpected<error>(where.error()), "");
    if (where->how == tracker::scheme::udp) return look_up(which, *where);
    if (const auto text = tracker::scrape_url(*where, torrents_)) return fetch(which, *where, *text);
    settle(which, fail(errc::usage, "its URL does not say where to ask (BEP 48)"), where->authority());
}

void scraper::fetch(std::size_t which, const tracker::url& where, const std::string& text) {
    net::http_request request;
    request.url = text;
    request.limits.total = options_.limit;
    request.allow_address = [where](const ip_address& address, int hop) {
        return where.allowed_at(address) && (hop == 0 || address.scope() != address_scope::loopback);
    };
    http_.fetch(std::move(request), [this, which, name = where.authority()](const net::http_result& answer) {
        if (!answer) return settle(which, unexpected<error>(answer.error()), name);
        auto counts = tracker::parse_scrape(answer->body, torrents_);
        if (!counts && counts.error().code == errc::bad_data && answer->status != 200)
            counts = fail(errc::network, "HTTP status " + std::to_string(answer->status));
        settle(which, counts, name);
    });
}

void scraper::look_up(std::size_t which, const tracker::url& where) {
    resolver_.resolve(where.host, where.port,
                      [this, which, where](const result<std::vector<endpoint>>& found) {
                          if (!found)
                              return settle(which, unexpected<error>(found.error()), where.authority());
                          udp_tracker fresh{where, {}};
                          for (const auto& each : *found) {
                              if (options_.way.uses(each.address) && where.allowed_at(each.address))
                                  fresh.addresses.push_back(each.address);
                          }
                          udp_trackers_.emplace(which, std::move(fresh));
                          ask_next_address(which, {errc::network, "none of its addresses may be asked", ""});
                          pump();
                      });
}

void scraper::ask_next_address(std::size_t which, const error& last) {
    auto& of = udp_trackers_.at(which);
    if (of.addresses.empty()) return settle(which, unexpected<error>(last), of.where.authority());
    const endpoint to{of.addresses.front(), of.where.port};
    of.addresses.pop_front();
    udp_.scrape(loop_.now(), which, to, torrents_);
}

void scraper::pump() {
    while (auto what = udp_.poll()) {
        if (const auto* send = std::get_if<tracker::udp_client::send>(&*what)) {
            if (const auto taken = sockets_.send(send->to, send->datagram); !taken)
                udp_.unreachable(send->to, taken.error());
        } else if (const auto* done = std::get_if<tracker::udp_client::scraped>(&*what)) {
            const auto which = static_cast<std::size_t>(done->request);
            if (done->answer)
                settle(which, done->answer, udp_trackers_.at(which).where.authority());
            else
                ask_next_address(which, done->answer.error());
        }
    }
    tick_timer_.arm(udp_.next_deadline());
}

void scraper::settle(std::size_t which, const result<std::vector<tracker::scrape_counts>>& answer,
                     const std::string& name) {
    auto& into = results_[which];
    if (!answer) {
        const auto& why = answer.error().message;
        into.error = name.empty() || why.starts_with(name + ": ") ? why : name + ": " + why;
    } else if (answer->empty()) {
        into.error = name + ": it does not know this torrent";
    } else {
        into.seeders = answer->front().seeders;
        into.leechers = answer->front().leechers;
        into.completed = answer->front().completed;
    }
    settled_[which] = true;
    if (--open_ == 0) loop_.stop();
}

}  // namespace

std::vector<scrape_result> scrape(const std::vector<std::string>& trackers, const info_hash& torrent,
                                  const scrape_options& options) {
    return scraper(trackers, torrent, options).run();
}

}  // namespace bt::app
