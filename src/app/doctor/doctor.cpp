#include "app/doctor/doctor.hpp"

#include <algorithm>
#include <cerrno>

#include "app/dht/dht_access.hpp"
#include "app/doctor/lan_probe.hpp"
#include "app/doctor/machine.hpp"
#include "base/text.hpp"
#include "net/interfaces.hpp"
#include "net/neighbours.hpp"
#include "net/resolve.hpp"
#include "net/udp_knock.hpp"

namespace bt::app {
namespace {

constexpr duration step_time = 100ms;
/// A node says hello every 30 s and a fifth more at most.
constexpr duration longest_silence = 37s;
/// The kernel asks three times for the hardware of a neighbour, a second apart.
constexpr duration link_time = 4s;
constexpr duration dht_time = 3s;
constexpr std::size_t most_named = 4;

}  // namespace

struct examination::impl {
    impl(net::loop& on, doctor_options options, std::function<void()> over)
        : options_(std::move(options)), loop_(on), over_(std::move(over)), resolver_(on), look_(on, [this] {
              look();
          }) {}

    struct named_address {
        explicit named_address(net::loop& on, const endpoint& at) : knock(at), connection(on) {}
        net::udp_knock knock;
        net::tcp_connection connection;
    };

    void begin();
    void resolved(const result<std::vector<ip_address>>& found);
    void look();
    void look_at_named();
    bool is_over() const;
    bool named_is_known() const;
    void end();

    doctor_options options_;
    net::loop& loop_;
    std::function<void()> over_;
    net::resolver resolver_;
    net::timer look_;
    std::unique_ptr<lan_probe> probe_;
    std::vector<std::unique_ptr<named_address>> named_;
    observations seen_;
    std::function<void(duration)> waiting_;
    time_point began_;
    bool told_ = false, resolving_ = false, stopped_ = false;
};

void examination::impl::begin() {
    began_ = loop_.now();
    look_at_machine(options_, options_.folder, seen_);
    seen_.tcp_port_given = options_.port != 0;
    seen_.internet = options_.dht.internet;
    probe_ = std::make_unique<lan_probe>(loop_, options_, options_.port);
    // where nothing that is sent to all arrives, one that is known may still answer
    for (const auto& each : net::known_neighbours())
        if (each.answers) probe_->ask(each.address);
    if (!options_.host.empty()) {
        seen_.named = named_machine{};
        seen_.named->asked = printable(options_.host, 253);
        resolving_ = true;
        resolver_.addresses(options_.host, [this](const auto& found) { resolved(found); });
    }
    look_.arm(loop_.now() + step_time);
}

void examination::impl::resolved(const result<std::vector<ip_address>>& found) {
    resolving_ = false;
    auto& named = *seen_.named;
    if (!found) {
        named.trouble = "nothing is known of the name '" + named.asked + "'";
        return;
    }
    const auto own = net::own_addresses();
    for (const auto& address : *found) {
        if (!(address.is_v4() ? options_.ipv4 : options_.ipv6) || named_.size() >= most_named) continue;
        named.addresses.push_back(address);
        const auto is_this = [&](const ip_address& one) { return one.with_zone(0) == address.with_zone(0); };
        if (address.scope() == address_scope::loopback || std::any_of(own.begin(), own.end(), is_this)) {
            named.is_this = true;
            continue;
        }
        if (!probe_->on_link(address)) continue;
        named.on_link = true;
        probe_->ask(address);
        const endpoint at{address, options_.lan_port};
        named_.push_back(std::make_unique<named_address>(loop_, at));
        named_.back()->connection.connect(at, [&named](const result<void>& connected) {
            if (connected || connected.error().number == ECONNREFUSED) named.connected = true;
        });
    }
    look_at_named();
}

void examination::impl::look_at_named() {
    auto& named = *seen_.named;
    const auto question = probe_->question();
    for (const auto& each : named_) {
        each->knock.send(question);
        if (each->knock.refused()) named.refused = true;
    }
    if (loop_.now() < began_ + link_time) return;
    for (const auto& each : net::known_neighbours())
        if (std::find(named.addresses.begin(), named.addresses.end(), each.address) != named.addresses.end())
            named.answers_link = named.answers_link.value_or(false) || each.answers;
}

/// Further listening would add nothing to what is known of the machine that was named.
bool examination::impl::named_is_known() const {
    if (!seen_.named || resolving_) return false;
    const auto& named = *seen_.named;
    return !named.trouble.empty() || named.is_this || !named.on_link || named.refused ||
           (loop_.now() >= began_ + link_time && !named.connected && named.answers_link != true);
}

bool examination::impl::is_over() const {
    const auto listened = loop_.now() - began_;
    if (options_.patience > duration::zero() && listened >= options_.patience) return true;
    if (!probe_->is_settled() || resolving_) return false;
    if (options_.patience > duration::zero()) return false;
    if (seen_.named ? probe_->has_answered(seen_.named->addresses) : probe_->somebody_answered()) return true;
    return named_is_known() || !probe_->hears_itself() || listened >= longest_silence;
}

void examination::impl::look() {
    if (seen_.named && !resolving_) look_at_named();
    if (is_over()) return end();
    const bool late = probe_->is_settled() && loop_.now() - began_ >= link_time;
    if (late && !std::exchange(told_, true) && waiting_)
        waiting_(options_.patience > duration::zero() ? options_.patience : longest_silence);
    look_.arm(loop_.now() + step_time);
}

void examination::impl::end() {
    if (std::exchange(stopped_, true)) return;
    look_.disarm();
    if (probe_) {
        probe_->report(seen_);
        probe_->stop();
    }
    over_();
}

examination::examination(net::loop& on, doctor_options options, std::function<void()> over)
    : impl_(std::make_unique<impl>(on, std::move(options), std::move(over))) {}
examination::~examination() = default;

void examination::on_waiting(std::function<void(duration)> listener) {
    impl_->waiting_ = std::move(listener);
}
void examination::begin() { impl_->begin(); }
void examination::stop() { impl_->end(); }
const doctor_options& examination::options() const { return impl_->options_; }

std::vector<finding> examination::findings(const seen_dht& dht) const {
    auto seen = impl_->seen_;
    seen.dht = dht;
    return judge(seen);
}

doctor::doctor(doctor_options options)
    : looking_(the_loop(), std::move(options), [this] { the_loop().stop(); }) {}
doctor::~doctor() = default;

void doctor::on_waiting(std::function<void(duration)> listener) { looking_.on_waiting(std::move(listener)); }

namespace {

/// Of a node of one's own that runs, or one that looks for its way in for some seconds.
seen_dht look_at_dht(const doctor_options& options) {
    seen_dht seen;
    dht_access_options node;
    static_cast<network_options&>(node) = options;
    node.dht = options.dht;
    node.settling = dht_time;
    const auto access = dht_access::start(node);
    if (!access) return seen;
    auto& dht = **access;
    bool over = false;
    dht.stats([&](const result<dht::stats>& stats) {
        over = true;
        dht.stop();
        if (!stats) return;
        seen = seen_in(*stats);
    });
    seen.running = dht.is_running_node();
    if (!over) dht.run();
    return seen;
}

}  // namespace

seen_dht seen_in(const dht::stats& stats) {
    seen_dht seen;
    seen.known = true;
    for (const auto* family : {&stats.v4, &stats.v6}) {
        if (!*family) continue;
        seen.world += (*family)->world.good;
        seen.local += (*family)->local.good;
    }
    return seen;
}

void doctor::run() {
    looking_.begin();
    program::run();
    if (looking_.options().use_dht && !broken_off_) dht_ = look_at_dht(looking_.options());
}

void doctor::stop() {
    broken_off_ = true;
    looking_.stop();
}

std::vector<finding> doctor::findings() const { return looking_.findings(dht_); }

}  // namespace bt::app
