#include "app/lan/lan_browser.hpp"

#include "app/lan/lan_presence.hpp"
#include "app/sockets/listen_addresses.hpp"
#include "net/interfaces.hpp"
#include "swarm/host_pace.hpp"
#include "tracker/url.hpp"

namespace bt::app {

struct lan_browser::impl {
    impl(net::loop& on, const look_options& options)
        : options_(options),
          loop_(on),
          pages_(
              on, outgoing_by(options.ipv4, options.ipv6, options.bind),
              [this](const ip_address& host) {
                  const auto now = loop_.now();
                  if (!pace_.allows(now, host, false)) return false;
                  pace_.take(now, host);
                  return true;
              },
              [this] {
                  if (news_) news_();
              }),
          began_(loop_.now()) {}

    result<void> open() {
        const auto all = net::running_interfaces();
        if (!all) return unexpected<error>(all.error());
        lan_ =
            std::make_unique<lan_presence>(loop_, options_, discovery::hello_config{},
                                           [this](const discovery::hello::output& what) { happened(what); });
        for (const auto& url : options_.trackers)
            if (const auto at = tracker::url::parse(url); at && at->how != tracker::scheme::udp)
                pages_.tracker_found(
                    (at->how == tracker::scheme::https ? "https://" : "http://") + at->authority(), "");
        return {};
    }

    void refresh() {
        pages_.refresh();
        lan_->ask_again();
    }
    void stop() {
        lan_->stop();
        loop_.stop();
    }

    void happened(const discovery::hello::output& what) {
        if (const auto* seen = std::get_if<discovery::node_seen>(&what))
            pages_.node_seen(seen->node);
        else if (const auto* gone = std::get_if<discovery::node_gone>(&what))
            pages_.node_gone(gone->node);
        else if (const auto* found = std::get_if<discovery::tracker_found>(&what)) {
            if (found->protocol == discovery::tracker_protocol::http)
                pages_.tracker_found(lan_tracker_url(found->tracker), pages_.host_of(found->node));
        } else if (const auto* lost = std::get_if<discovery::tracker_gone>(&what)) {
            pages_.tracker_gone(lan_tracker_url(lost->tracker));
        }
    }

    look_options options_;
    net::loop& loop_;
    swarm::host_pace pace_;
    lan_pages pages_;
    std::unique_ptr<lan_presence> lan_;
    time_point began_;
    std::function<void()> news_;
};

lan_browser::lan_browser(const look_options& options) : impl_(std::make_unique<impl>(the_loop(), options)) {}
lan_browser::~lan_browser() = default;

result<std::unique_ptr<lan_browser>> lan_browser::start(const look_options& options) {
    auto fresh = std::make_unique<lan_browser>(options);
    if (auto opened = fresh->impl_->open(); !opened) return unexpected<error>(opened.error());
    return fresh;
}

void lan_browser::on_news(std::function<void()> listener) { impl_->news_ = std::move(listener); }
std::vector<neighbour> lan_browser::nodes() const { return impl_->pages_.nodes(); }
std::vector<found_tracker> lan_browser::trackers() const { return impl_->pages_.trackers(); }
std::vector<shared_torrent> lan_browser::torrents() const { return impl_->pages_.torrents(); }
bool lan_browser::is_quiet() const { return impl_->pages_.is_quiet(); }
duration lan_browser::listened() const { return impl_->loop_.now() - impl_->began_; }
void lan_browser::refresh() { impl_->refresh(); }
void lan_browser::stop() { impl_->stop(); }

}  // namespace bt::app
