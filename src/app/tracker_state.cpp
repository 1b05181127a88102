#include "app/tracker_state.hpp"

namespace bt::app {
namespace {
constexpr duration snapshot_time = 60s;
constexpr duration part_pause = 1ms;  // between two parts the loop serves what has come in
}  // namespace

tracker_state::tracker_state(net::loop& on, tracker::server& core, warn_fn warn, std::string path)
    : loop_(on),
      core_(core),
      warn_(std::move(warn)),
      path_(std::move(path)),
      due_(on, [this] { begin(); }),
      part_(on, [this] { next_part(); }) {}

result<std::unique_ptr<tracker_state>> tracker_state::open(net::loop& on, tracker::server& core,
                                                           const std::string& path, warn_fn warn) {
    auto state = std::make_unique<tracker_state>(on, core, std::move(warn), path);
    auto file = storage::state_file::open(path, "tracker 1", state->files_);
    if (!file) return unexpected<error>(file.error());
    state->file_ = std::make_unique<storage::state_file>(std::move(*file));
    const auto left = state->file_->load();
    result<void> taken;
    if (left && *left) taken = core.restore(on.now(), **left);
    if (!left || !taken)
        state->warn_((left ? taken.error() : left.error()).message + "; starting without it");
    state->disk_ = std::make_unique<storage::disk_pool>(1, on.make_poster());
    state->due_.arm(on.now() + snapshot_time);
    return state;
}

void tracker_state::begin() {
    due_.arm(loop_.now() + snapshot_time);
    if (writing_) return;  // the disk is slower than a minute: skip one
    writing_ = true;
    snapshot_.clear();
    core_.begin_snapshot(loop_.now());
    next_part();
}

void tracker_state::next_part() {
    const auto part = core_.next_snapshot_part(loop_.now());
    if (part.empty()) return write();
    snapshot_.insert(snapshot_.end(), part.begin(), part.end());
    part_.arm(loop_.now() + part_pause);
}

void tracker_state::write() {
    disk_->submit([this, snapshot = std::move(snapshot_)]() -> std::function<void()> {
        const auto saved = file_->save(snapshot);
        return [this, saved] {
            writing_ = false;
            if (saved) said_ = false;
            if (saved || said_) return;
            said_ = true;  // once, not every minute
            warn_("the tracker's state could not be saved: " + saved.error().message);
        };
    });
}

void tracker_state::save_now() {
    due_.disarm();
    part_.disarm();
    disk_.reset();  // a write under way is finished first
    snapshot_.clear();
    core_.begin_snapshot(loop_.now());
    for (auto part = core_.next_snapshot_part(loop_.now()); !part.empty();
         part = core_.next_snapshot_part(loop_.now()))
        snapshot_.insert(snapshot_.end(), part.begin(), part.end());
    if (const auto saved = file_->save(snapshot_); !saved)
        warn_("the tracker's state could not be saved: " + saved.error().message);
}

}  // namespace bt::app
