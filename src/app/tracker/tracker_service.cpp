#include "app/tracker/tracker_service.hpp"

#include <algorithm>
#include <chrono>

#include "app/files/files.hpp"
#include "app/lan/lan_presence.hpp"
#include "app/sockets/listen_addresses.hpp"
#include "app/tracker/process_metrics.hpp"
#include "app/tracker/tracker_state.hpp"
#include "base/text.hpp"
#include "net/http_server.hpp"
#include "net/interfaces.hpp"
#include "net/port_in_use.hpp"
#include "net/timer.hpp"
#include "net/udp.hpp"

namespace bt::app {
namespace {

constexpr std::uint16_t usual_port = 6969;
constexpr std::uint16_t ports_tried = 20;
constexpr duration calendar_time = 60s;
constexpr int udp_kernel_bytes = 4 << 20;  // a burst waits in the kernel instead of being lost
constexpr duration drain_time = 2s, drain_look = 10ms;

/// Bridges to containers and virtual machines of this host: nobody outside can reach an address in there.
bool is_host_bridge(std::string_view name) {
    for (const std::string_view prefix :
         {"docker", "br-", "virbr", "lxcbr", "lxdbr", "incusbr", "podman", "cni", "vmnet", "vboxnet", "veth"})
        if (name.starts_with(prefix)) return true;
    return false;
}

}  // namespace

struct tracker_service::impl {
    impl(net::loop& on, const tracker_options& options)
        : options_(options),
          loop_(on),
          udp_v4_(loop_),
          udp_v6_(loop_),
          watcher_(loop_, [this] { read_interfaces(); }),
          tick_(loop_, [this] { tick(); }),
          calendar_(loop_, [this] { set_calendar(); }),
          drain_(loop_, [this] { try_to_end(); }) {}

    result<void> open();

    std::vector<std::string> announce_urls() const;
    std::string page_url() const;
    result<std::size_t> reload();
    void stop();

    result<void> listen();
    result<void> listen_on(std::uint16_t port);
    void close_sockets();
    bool heard_by(ip_family family) const;
    void say_hello();
    result<void> open_state();
    net::http_reply answer(const net::http_question& question);
    void datagram(net::udp_socket& on, const net::datagram& question);
    void read_interfaces();
    void set_calendar();
    void tick();
    void try_to_end();
    ip_address shown_address() const;

    tracker_options options_;
    net::loop& loop_;
    std::optional<tracker::server> core_;
    std::unique_ptr<net::http_server> http_;
    net::udp_socket udp_v4_, udp_v6_;
    std::unique_ptr<lan_presence> lan_;
    std::unique_ptr<tracker_state> state_;
    net::interface_watcher watcher_;
    net::timer tick_, calendar_, drain_;
    std::uint16_t port_ = 0;
    time_point stop_by_ = never;
    std::string early_warning_;
    std::function<void(const std::string&)> warn_;
};

result<void> tracker_service::impl::open() {
    if (auto listening = listen(); !listening) return listening;
    tracker::server_config config;
    net::entropy(config.secret);
    config.host_name = host_name();
    config.interval = options_.interval;
    config.stats = options_.stats;
    config.metrics_per_torrent = options_.metrics_per_torrent;
    config.http_port = options_.http ? port_ : std::uint16_t{0};
    config.udp_port = options_.udp ? port_ : std::uint16_t{0};
    core_.emplace(std::move(config), rng(net::entropy_seed()));
    if (const auto listed = reload(); !listed) return unexpected<error>(listed.error());
    set_calendar();
    read_interfaces();
    if (const auto opened = open_state(); !opened) return opened;
    if (options_.lan) say_hello();
    tick_.arm(core_->next_deadline());
    return {};
}

/// Without a port given the usual one, or the next that is free for both protocols.
result<void> tracker_service::impl::listen() {
    if (options_.port) return listen_on(*options_.port);
    result<void> first = listen_on(usual_port);
    for (std::uint16_t next = 1; !first && net::is_port_in_use(first.error()) && next < ports_tried; ++next)
        if (listen_on(static_cast<std::uint16_t>(usual_port + next))) {
            early_warning_ = "port " + std::to_string(usual_port) + " is in use; this tracker is at " +
                             std::to_string(port_);
            return {};
        }
    return first;
}

result<void> tracker_service::impl::listen_on(std::uint16_t port) {
    http_ = std::make_unique<net::http_server>(loop_, net::http_server_options{},
                                               [this](const net::http_question& q) { return answer(q); });
    const auto addresses = listen_addresses(options_.ipv4, options_.ipv6, options_.bind);
    if (!addresses) return unexpected<error>(addresses.error());
    const auto got = listen_at(*addresses, port, [this](endpoint at) -> result<std::uint16_t> {
        if (options_.http) {
            const auto listening = http_->listen(at);
            if (!listening || !options_.udp) return listening;
            at.port = *listening;
        }
        auto& socket = at.address.is_v4() ? udp_v4_ : udp_v6_;
        net::udp_options wish;
        wish.kernel_bytes = udp_kernel_bytes;
        return socket.bind(at, wish, [this, &socket](const net::datagram& d) { datagram(socket, d); });
    });
    if (!got) {
        close_sockets();
        return unexpected<error>(got.error());
    }
    port_ = *got;
    return {};
}

void tracker_service::impl::close_sockets() {
    http_.reset();
    udp_v4_.close();
    udp_v6_.close();
}

/// A tracker at one address is reached by one family only.
bool tracker_service::impl::heard_by(ip_family family) const {
    const auto bound = ip_address::parse(options_.bind);
    if (bound && !bound->is_unspecified()) return bound->family() == family;
    return family == ip_family::v4 ? options_.ipv4 : options_.ipv6;
}

void tracker_service::impl::say_hello() {
    discovery::hello_config introduction;
    if (options_.http) introduction.http_tracker_port = port_;
    if (options_.udp) introduction.udp_tracker_port = port_;
    network_options where = options_;
    where.ipv4 = heard_by(ip_family::v4);
    where.ipv6 = heard_by(ip_family::v6);
    lan_ = std::make_unique<lan_presence>(
        loop_, where, std::move(introduction), [this](const discovery::hello::output& what) {
            if (const auto* seen = std::get_if<discovery::node_seen>(&what))
                core_->set_host_name(seen->node.address, seen->node.host_name);
        });
}

result<void> tracker_service::impl::open_state() {
    const auto path = options_.state.value_or(tracker_state_path(port_));
    if (path.empty()) return {};
    auto opened = tracker_state::open(loop_, *core_, path, [this](const std::string& text) {
        if (warn_)
            warn_(text);
        else
            early_warning_ = text;
    });
    if (opened)
        state_ = std::move(*opened);
    else if (options_.state)
        return unexpected<error>(opened.error());
    else
        early_warning_ += (early_warning_.empty() ? "" : "; ") + opened.error().message +
                          "; peers are forgotten when this tracker ends";
    return {};
}

// --- questions

net::http_reply tracker_service::impl::answer(const net::http_question& question) {
    const auto began = loop_.now();
    auto answer = core_->http(
        began, {question.method, question.target, question.host, question.accept, question.content_type,
                question.origin, question.body, question.from, question.to});
    core_->note_duration(loop_.now() - began);
    if (question.target == "/metrics" && answer.status == 200 && question.method == "GET")
        answer.body += process_metrics();
    return {answer.status, answer.content_type, std::move(answer.body), answer.headers};
}

void tracker_service::impl::datagram(net::udp_socket& on, const net::datagram& question) {
    std::array<std::uint8_t, limits::tracker_datagram_bytes> memory;
    const auto began = loop_.now();
    const auto size = core_->udp(began, question.source, question.destination, question.content, memory);
    if (size == 0) return;
    on.reply(question, byte_view(memory).first(size));
    core_->note_duration(loop_.now() - began);
}

// --- the world around

void tracker_service::impl::read_interfaces() {
    const auto all = net::running_interfaces();
    if (!all) return;
    std::vector<tracker::local_network> networks;
    for (const auto& each : *all)
        if (each.up && !each.loopback)
            networks.push_back({{each.address, each.prefix_bits}, is_host_bridge(each.name)});
    core_->set_networks(std::move(networks));
}

void tracker_service::impl::set_calendar() {
    using namespace std::chrono;
    const auto unix_time = duration_cast<std::chrono::seconds>(system_clock::now().time_since_epoch());
    core_->set_wall_clock(loop_.now(), unix_time.count());
    if (stop_by_ == never) calendar_.arm(loop_.now() + calendar_time);
}

void tracker_service::impl::tick() {
    core_->tick(loop_.now());
    tick_.arm(core_->next_deadline());
}

result<std::size_t> tracker_service::impl::reload() {
    if (options_.access == tracker::access_mode::open) return std::size_t{0};
    const auto list = read_hash_list(options_.list);
    if (!list) return unexpected<error>(list.error());
    core_->set_access(options_.access, *list);
    return list->size();
}

/// The address to hand to others: one that is not of this machine alone, IPv4 first since people read it.
ip_address tracker_service::impl::shown_address() const {
    if (const auto bound = ip_address::parse(options_.bind); bound && !bound->is_unspecified()) return *bound;
    const auto all = net::running_interfaces();
    auto best = options_.ipv4 ? ip_address::v4(127, 0, 0, 1) : *ip_address::parse("::1");
    int best_rank = 0;
    if (!all) return best;
    for (const auto& each : *all) {
        if (each.loopback || !(each.address.is_v4() ? options_.ipv4 : options_.ipv6)) continue;
        const bool bridge = is_host_bridge(each.name);
        const bool link_local = each.address.scope() == address_scope::link_local;
        const int rank = (bridge || link_local ? 1 : 3) + (each.address.is_v4() ? 1 : 0);
        if (rank > best_rank) {
            best = each.address;
            best_rank = rank;
        }
    }
    return best;
}

std::vector<std::string> tracker_service::impl::announce_urls() const {
    const auto where = endpoint{shown_address().with_zone(0), port_}.to_string();
    std::vector<std::string> urls;
    if (options_.http) urls.push_back("http://" + where + "/announce");
    if (options_.udp) urls.push_back("udp://" + where + "/announce");
    return urls;
}

std::string tracker_service::impl::page_url() const {
    if (!options_.http || options_.stats == tracker::stats_access::nobody) return "";
    return "http://" + endpoint{shown_address().with_zone(0), port_}.to_string() + "/";
}

// --- the end

void tracker_service::impl::stop() {
    if (stop_by_ != never) return;
    stop_by_ = loop_.now() + drain_time;
    calendar_.disarm();
    core_->drain();
    if (lan_) lan_->stop();
    http_->drain();
    drain_.arm(loop_.now());
}

void tracker_service::impl::try_to_end() {
    if (http_->connections() > 0 && loop_.now() < stop_by_) return drain_.arm(loop_.now() + drain_look);
    if (state_) state_->save_now();
    tick_.disarm();
    loop_.stop();
}

tracker_service::tracker_service(const tracker_options& options)
    : impl_(std::make_unique<impl>(the_loop(), options)) {}
tracker_service::~tracker_service() = default;

result<std::unique_ptr<tracker_service>> tracker_service::start(const tracker_options& options) {
    auto running = std::make_unique<tracker_service>(options);
    if (auto opened = running->impl_->open(); !opened) return unexpected<error>(opened.error());
    return running;
}

std::vector<std::string> tracker_service::announce_urls() const { return impl_->announce_urls(); }
std::string tracker_service::page_url() const { return impl_->page_url(); }
tracker_view tracker_service::view(std::size_t most_torrents) const {
    const auto now = impl_->loop_.now();
    return {impl_->core_->totals(now), impl_->core_->torrents(now, most_torrents)};
}
result<std::size_t> tracker_service::reload() { return impl_->reload(); }
void tracker_service::on_warning(std::function<void(const std::string&)> listener) {
    impl_->warn_ = std::move(listener);
    if (!impl_->early_warning_.empty()) impl_->warn_(impl_->early_warning_);
}
void tracker_service::run() {
    program::run();
    impl_->http_.reset();
}
void tracker_service::stop() { impl_->stop(); }

std::string tracker_state_path(std::uint16_t port) {
    const auto folder = state_folder();
    return folder.empty() ? "" : folder + "/tracker-" + std::to_string(port) + ".state";
}

result<std::vector<info_hash>> read_hash_list(const std::string& path) {
    const auto content = read_text_file(path);
    if (!content) return unexpected<error>(content.error());
    std::vector<info_hash> list;
    std::size_t line = 0;
    for (std::size_t begin = 0; begin < content->size(); ++line) {
        const auto end = std::min(content->find('\n', begin), content->size());
        std::string_view text(content->data() + begin, end - begin);
        begin = end + 1;
        text = text.substr(0, text.find('#'));
        while (!text.empty() && std::string_view(" \t\r").find(text.front()) != text.npos)
            text.remove_prefix(1);
        while (!text.empty() && std::string_view(" \t\r").find(text.back()) != text.npos)
            text.remove_suffix(1);
        if (text.empty()) continue;
        const auto raw = from_hex(text);
        if (!raw || raw->size() != 20)
            return fail(errc::bad_data,
                        "'" + path + "' line " + std::to_string(line + 1) + ": not an info-hash: '" +
                            printable(text, 60) + "'",
                        "one hash of 40 hex digits a line; # begins a comment");
        list.push_back(*info_hash::from(*raw));
    }
    return list;
}

}  // namespace bt::app
