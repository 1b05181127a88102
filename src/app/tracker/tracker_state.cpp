#include "app/tracker/tracker_state.hpp"

namespace bt::app {
namespace {
constexpr duration snapshot_time = 60s;
constexpr duration part_pause = 1ms;  // between two parts the loop serves what has come in
}  // namespace

tracker_state::tracker_state(net::loop& on, tracker::server& core, std::unique_ptr<state_record> record)
    : loop_(on), core_(core), record_(std::move(record)), due_(on, [this] { begin(); }), part_(on, [this] {
          next_part();
      }) {}

result<std::unique_ptr<tracker_state>> tracker_state::open(net::loop& on, tracker::server& core,
                                                           const std::string& path, warn_fn warn) {
    auto record = state_record::open(on, path, "tracker 1", "the tracker's state", warn);
    if (!record) return unexpected<error>(record.error());
    const auto left = (*record)->load();
    result<void> taken;
    if (left && *left) taken = core.restore(on.now(), **left);
    if (!left || !taken) warn((left ? taken.error() : left.error()).message + "; starting without it");
    auto state = std::make_unique<tracker_state>(on, core, std::move(*record));
    state->due_.arm(on.now() + snapshot_time);
    return state;
}

void tracker_state::begin() {
    due_.arm(loop_.now() + snapshot_time);
    if (taking_ || record_->is_writing()) return;  // the disk is slower than a minute: skip one
    taking_ = true;
    snapshot_.clear();
    core_.begin_snapshot(loop_.now());
    next_part();
}

void tracker_state::next_part() {
    const auto part = core_.next_snapshot_part(loop_.now());
    if (part.empty()) {
        taking_ = false;
        return record_->write(std::move(snapshot_));
    }
    snapshot_.insert(snapshot_.end(), part.begin(), part.end());
    part_.arm(loop_.now() + part_pause);
}

void tracker_state::save_now() {
    due_.disarm();
    part_.disarm();
    snapshot_.clear();
    core_.begin_snapshot(loop_.now());
    for (auto part = core_.next_snapshot_part(loop_.now()); !part.empty();
         part = core_.next_snapshot_part(loop_.now()))
        snapshot_.insert(snapshot_.end(), part.begin(), part.end());
    record_->write_last(snapshot_);
}

}  // namespace bt::app
