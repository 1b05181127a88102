#include "app/dht/dht_state.hpp"

namespace bt::app {
namespace {
constexpr duration save_time = 5min;
constexpr int slots = 8;
}  // namespace

result<std::unique_ptr<dht_state>> dht_state::open(net::loop& on, const std::string& folder,
                                                   state_record::warn_fn warn) {
    if (folder.empty()) return fail(errc::storage, "there is no folder for what the DHT remembers");
    std::optional<error> first;
    for (int slot = 1; slot <= slots; ++slot) {
        const auto path = folder + "/dht" + (slot == 1 ? "" : "-" + std::to_string(slot));
        auto record = state_record::open(on, path, "dht 1", "what the DHT remembers", warn);
        if (record) return std::make_unique<dht_state>(on, std::move(*record));
        if (!first) first = record.error();
    }
    return unexpected<error>(*first);
}

dht_state::dht_state(net::loop& on, std::unique_ptr<state_record> record)
    : loop_(on), record_(std::move(record)), due_(on, [this] { save(); }) {}

result<std::optional<dht::saved_state>> dht_state::load() {
    auto content = record_->load();
    if (!content) return unexpected<error>(content.error());
    if (!*content) return std::nullopt;
    auto state = dht::read_state(**content);
    if (!state) return unexpected<error>(state.error());
    return std::move(*state);
}

void dht_state::keep(now_fn state) {
    state_ = std::move(state);
    due_.arm(loop_.now() + save_time);
}

// A run that met nobody keeps what an earlier one knew.

void dht_state::save() {
    due_.arm(loop_.now() + save_time);
    if (record_->is_writing()) return;
    if (const auto state = state_(); !state.nodes.empty()) record_->write(dht::write_state(state));
}

void dht_state::save_last() {
    due_.disarm();
    if (!state_) return;
    if (const auto state = state_(); !state.nodes.empty()) record_->write_last(dht::write_state(state));
}

}  // namespace bt::app
