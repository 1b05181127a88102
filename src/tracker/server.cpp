#include "tracker/server.hpp"

#include <utility>

namespace bt::tracker {

struct server::state {
    server_config config;
    rng random;
};

server::server(server_config config, rng random)
    : state_(std::make_unique<state>(state{std::move(config), random})) {}
server::~server() = default;

http_answer server::http(time_point, const http_question&) { return {404, "text/plain", "not found\n", {}}; }

std::size_t server::udp(time_point, const endpoint&, const ip_address&, byte_view, std::span<std::uint8_t>) {
    return 0;
}

void server::tick(time_point) {}
time_point server::next_deadline() const { return never; }
void server::drain() {}

void server::set_networks(std::vector<local_network>) {}
void server::set_access(access_mode, const std::vector<info_hash>&) {}
void server::set_host_name(const ip_address&, std::string) {}
void server::set_wall_clock(time_point, std::int64_t) {}
void server::note_duration(duration) {}

tracker_totals server::totals(time_point) const { return {}; }
std::vector<torrent_row> server::torrents(time_point, std::size_t) const { return {}; }

void server::begin_snapshot(time_point) {}
bytes server::next_snapshot_part(time_point) { return {}; }
result<void> server::restore(time_point, byte_view) { return {}; }

}  // namespace bt::tracker
