#include "dht/node.hpp"

namespace bt::dht {

struct node::impl {};

node::node(const config&, const std::optional<saved_state>&, rng) {}
node::~node() = default;
void node::set_networks(time_point, std::vector<network>) {}
void node::add_contact(time_point, const endpoint&) {}
void node::add_contact(time_point, std::string_view) {}
void node::resolved(time_point, std::uint64_t, const result<std::vector<ip_address>>&) {}
search_id node::search(time_point, const search_wish&) { return 0; }
void node::forget(search_id) {}
void node::hurry(time_point, search_id) {}
std::uint64_t node::ping(time_point, const endpoint&) { return 0; }
void node::seen_as(time_point, const ip_address&, const ip_address&) {}
void node::receive(time_point, const endpoint&, const ip_address&, byte_view) {}
void node::unreachable(time_point, const endpoint&) {}
void node::tick(time_point) {}
time_point node::next_deadline() const { return never; }
std::optional<output> node::poll() { return std::nullopt; }
std::size_t node::nodes(time_point) const { return 0; }
stats node::stats(time_point) const { return {}; }
saved_state node::state() const { return {}; }

}  // namespace bt::dht
