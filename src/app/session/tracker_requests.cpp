// What the session's trackers are asked: requests over HTTP, datagrams, and the names of hosts.
#include "app/session/running_session.hpp"

namespace bt::app {

void running_session::fetch(const node::out::http_get& what) {
    net::http_request request;
    request.url = what.url;
    if (what.family)
        request.family = *what.family == ip_family::v4 ? net::http_family::v4 : net::http_family::v6;
    if (what.by_hello) request.limits.redirects = 0;
    // a name may lead to this very machine: the rules for such an address hold for where the request really
    // goes, and a redirect, whose path was not checked, leads to it never
    const auto where = tracker::url::parse(std::string_view(what.url).substr(0, what.url.find('?')));
    request.allow_address = [this, where, by_hello = what.by_hello](const ip_address& address, int hop) {
        if (by_hello) return hop == 0;  // the URL is a literal
        if (hop > 0 && address.scope() == address_scope::loopback) return false;
        return where && core_->network().tracker_allowed_at(*where, address);
    };
    http_.fetch(std::move(request), [this, number = what.request](const net::http_result& answer) {
        result<tracker::http_reply> reply;
        if (answer)
            reply = tracker::http_reply{answer->status, answer->body, answer->server};
        else
            reply = unexpected<error>(answer.error());
        network().http_answered(loop_.now(), number, reply);
        pump();
    });
}

void running_session::look_up(const node::out::resolve& what) {
    resolver_.addresses(what.host, [this, lookup = what.lookup,
                                    host = what.host](const result<std::vector<ip_address>>& found) {
        if (!found) note_unknown_host(host);
        network().resolved(loop_.now(), lookup, found);
        pump();
    });
}

/// A peer that the user or the link names by its host.
void running_session::find_peer(torrent_id id, const named_endpoint& name) {
    resolver_.resolve(name.host, name.port, [this, id, name](const result<std::vector<endpoint>>& found) {
        if (!core_->has(id)) return;
        if (!found) return warn({"the peer " + name.to_string() + ": " + found.error().message, false});
        for (const auto& peer : *found)
            if (peer.address.is_v4() ? options_.ipv4 : options_.ipv6)
                network().add_peer(loop_.now(), id, peer);
        pump();
    });
}

void running_session::send_to_tracker(const node::out::udp_send& what) {
    if (!tracker_sockets_) {
        tracker_sockets_ =
            std::make_unique<udp_pair>(loop_, options_.ipv4, options_.ipv6, ip_address::parse(options_.bind),
                                       [this](const endpoint& from, const ip_address&, byte_view datagram) {
                                           network().udp_received(loop_.now(), from, datagram);
                                           pump();
                                       });
    }
    const auto taken = tracker_sockets_->send(what.to, what.datagram);
    if (taken) return;
    loop_.post([this, to = what.to, why = taken.error()] {  // an input waits until all outputs are out
        network().udp_unreachable(loop_.now(), to, why);
        pump();
    });
}

}  // namespace bt::app
