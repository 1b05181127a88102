// The trackers of the simulated network, and the way to them.
#include <memory>

#include "base/text.hpp"
#include "sim/world.hpp"

namespace bt::sim {

void host::boot_tracker() {
    if (!plan_.http_tracker && !plan_.udp_tracker) return;
    tracker::server_config config;
    world_.random_.fill(config.secret);
    config.http_port = plan_.http_tracker.value_or(0);
    config.udp_port = plan_.udp_tracker.value_or(0);
    tracker_ = std::make_unique<tracker::server>(std::move(config), world_.random_.child());
    tracker_->set_networks({{{address().address, 24}, false}});
}

tracker::http_answer host::answer(const std::string& target, const endpoint& from) {
    asked.emplace_back(world_.now_, target);
    if (plan_.rogue) {
        tracker::http_answer made;
        std::tie(made.status, made.body) = plan_.rogue(target);
        return made;
    }
    tracker_->tick(world_.now_);
    tracker::http_question question;
    question.method = "GET";
    question.target = target;
    question.host = "10.0.0.1";
    question.from = from;
    question.to = address().address;
    return tracker_->http(world_.now_, question);
}

/// TCP: a handshake, then the question and its answer. Nobody there: refused after a round trip.
void host::fetch(const node::out::http_get& what) {
    const auto text = std::string_view(what.url);
    const auto target = std::string(text.substr(text.find('/', text.find("://") + 3)));
    const auto parsed = tracker::url::parse(text.substr(0, text.find('?'))).value();
    const auto literal = ip_address::parse(parsed.host);
    auto* to = literal ? world_.find(*literal) : nullptr;
    const auto give = [this, request = what.request](const result<tracker::http_reply>& reply) {
        if (!core_) return;
        network().http_answered(world_.now_, request, reply);
        pump();
    };
    const auto delay = to == nullptr ? world_.link.delay : world_.delay(*this, *to);
    world_.after(delay * 3, [this, delay, to, port = parsed.port, target, give] {
        if (to == nullptr || !to->core_ || to->plan_.http_tracker != port || world::are_cut(*this, *to))
            return give(fail(errc::network, "connection refused"));
        const auto made =
            std::make_shared<tracker::http_answer>(to->answer(target, {address().address, 40001}));
        world_.after(delay, [to, made, give] {
            give(tracker::http_reply{made->status, as_bytes(made->body), to->address().address});
        });
    });
}

void host::send_to_tracker(const node::out::udp_send& what) {
    auto* to = world_.find(what.to.address);
    if (to == nullptr || world::are_cut(*this, *to) || world_.random_.chance(world_.link.loss)) return;
    const auto delay = world_.delay(*this, *to);
    world_.after(delay, [this, to, delay, port = what.to.port, datagram = what.datagram] {
        if (!to->tracker_ || to->plan_.udp_tracker != port) return;
        ++to->udp_asked;
        bytes made(limits::tracker_datagram_bytes);
        made.resize(to->tracker_->udp(world_.now_, {address().address, 40002}, to->address().address,
                                      datagram, made));
        if (made.empty() || world_.random_.chance(world_.link.loss)) return;
        world_.after(delay, [this, from = endpoint{to->address().address, port}, made] {
            if (!core_) return;
            network().udp_received(world_.now_, from, made);
            pump();
        });
    });
}

void host::send_to_dht(const node::out::dht_send& what) {
    ++dht_datagrams;
    auto* to = world_.find(what.to);
    if (world_.dht_wire) world_.dht_wire(address(), what.to, what.datagram);
    if (to == nullptr || !plugged_ || !to->plugged_ || world::are_cut(*this, *to)) return;
    if (world_.random_.chance(world_.link.loss)) return;
    world_.after(world_.delay(*this, *to), [from = address(), to, datagram = what.datagram] {
        if (!to->core_) return;
        to->world_.record(to->number_, datagram);
        to->network().dht_received(to->world_.now_, from, to->address().address, datagram);
        to->pump();
    });
}

/// There are no names here.
void host::look_up(const node::out::resolve& what) {
    looked_up.push_back(what.host);
    world_.after(50ms, [this, lookup = what.lookup] {
        if (!core_) return;
        network().resolved(world_.now_, lookup, fail(errc::network, "no such host"));
        pump();
    });
}

}  // namespace bt::sim
