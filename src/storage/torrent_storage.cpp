#include "storage/torrent_storage.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "crypto/hash.hpp"
#include "storage/job_gate.hpp"
#include "storage/lane_hasher.hpp"
#include "storage/torrent_files.hpp"

namespace bt::storage {

/// Hashed in one go: others wait for the disk no longer.
constexpr std::uint64_t check_slice_bytes = 8 * limits::MiB;
constexpr std::uint64_t move_slice_bytes = 32 * limits::MiB;

/// A piece that came from peers.
struct arrived_piece {
    piece_index piece;
    buffer data;
    torrent_storage::written_fn done;
    bool right = false;  // what was hashed is
};

/// Shared by the storage and the jobs under way, which may outlive it.
struct torrent_storage::state : std::enable_shared_from_this<state> {
    template <class Place>
    state(const torrent::info& info, Place place, disk_pool& pool, file_system& fs)
        : files(info, std::move(place), fs, pool.files()), disk(pool) {}

    struct check_run;
    struct move_run;

    std::function<void()> hash_arrived();
    std::function<void()> put(const std::shared_ptr<arrived_piece>& one);
    void settle_doubts();
    std::function<void()> settle_some();

    torrent_files files;
    disk_pool& disk;
    job_gate gate;
    std::function<void(const files_changed&)> told;
    std::mutex arrived_mutex;
    std::deque<std::shared_ptr<arrived_piece>> arrived;  // to be hashed
    bool settling = false, looking = false;
    std::atomic<bool> alive{true};  // set back on the loop's thread, where every `done` runs
    std::atomic<bool> stops_move{false};
};

torrent_storage::torrent_storage(const torrent::info& info, download_place place, disk_pool& disk,
                                 file_system& fs)
    : state_(std::make_shared<state>(info, std::move(place), disk, fs)) {}

torrent_storage::torrent_storage(const torrent::info& info, shared_place place, disk_pool& disk,
                                 file_system& fs)
    : state_(std::make_shared<state>(info, std::move(place), disk, fs)) {}

torrent_storage::~torrent_storage() {
    state_->alive = false;
    state_->gate.close();  // what waits there holds the state, which holds the gate
}

bool torrent_storage::is_sound() const { return state_->files.is_sound(); }

std::string torrent_storage::final_path() const { return state_->files.final_path(); }

// --- checking --------------------------------------------------------------------------------------

/// One check in slices: each job looks at some pieces, reads a part of those that must be read and goes to
/// the end of the queue, so that a long check does not keep other torrents from the disk.
struct torrent_storage::state::check_run : std::enable_shared_from_this<check_run> {
    static constexpr std::int64_t report_ns = 100'000'000;
    using after = std::function<void()>;

    check_run(std::shared_ptr<state> owner, progress_fn on_progress, checked_fn on_done, bool hashes_all)
        : self(std::move(owner)),
          progress(std::move(on_progress)),
          done(std::move(on_done)),
          all(hashes_all) {}

    const std::shared_ptr<state> self;
    const progress_fn progress;
    const checked_fn done;
    const bool all;

    std::mutex mutex;  // guards what follows
    std::uint32_t next = 0;
    unsigned active = 0;
    std::uint64_t bytes_done = 0;
    torrent::piece_set good, believed;
    std::vector<piece_index> bad;
    std::vector<piece_index> sought;  // in old files, which have what is copied
    bool copies = false;
    std::optional<error> trouble;
    std::int64_t reported_ns = self->files.steady_ns();

    /// What one of the threads that check side by side has under way between its slices.
    using lanes_ptr = std::shared_ptr<lane_hasher>;
    /// One job, and what it found out.
    struct slice_work {
        torrent_files::cursor at = {};
        buffer scratch = {};
        std::vector<piece_index> good, bad;
        std::uint64_t bytes = 0;  // that need not be looked at any more
        void add(piece_index piece, piece_state state) {
            if (state == piece_state::good) good.push_back(piece);
            if (state == piece_state::bad) bad.push_back(piece);
        }
    };

    const torrent::geometry& shape() const { return self->files.map().shape(); }

    after begin() {
        if (!all) self->files.believe_what_is_known();
        if (auto located = self->files.locate(); !located) return end(unexpected(located.error()));
        return hash(torrent::piece_set(shape().piece_count()));
    }

    /// All but what is `known` to be right.
    after hash(const torrent::piece_set& known) {
        hash_plan plan;
        {
            const std::lock_guard lock(mutex);
            believed = self->files.believed();
            known.for_each([&](piece_index piece) { believed.insert(piece); });
            plan = plan_hashing(std::max(1u, shape().piece_bytes()), shape().piece_count() - believed.count(),
                                self->disk.threads(), !believed.all() && self->files.is_spinning());
            next = 0;
            bytes_done = 0;
            good = torrent::piece_set(shape().piece_count());
            bad.clear();
            active = plan.workers;
        }
        for (unsigned i = 0; i < plan.workers; ++i) submit_slice(std::make_shared<lane_hasher>(plan));
        return {};
    }

    void submit_slice(const lanes_ptr& lanes) {
        self->disk.submit([run = shared_from_this(), lanes] { return run->slice(lanes); });
    }

    std::optional<piece_index> next_piece() {
        const std::lock_guard lock(mutex);
        if (trouble || !self->alive || next >= shape().piece_count()) return std::nullopt;
        return piece_index(next++);
    }

    after slice(const lanes_ptr& lanes) {
        slice_work found;
        std::optional<error> failed;
        bool more = true;
        while (more && !failed && found.bytes < check_slice_bytes && self->alive) {
            auto went_on = some(*lanes, found);
            if (!went_on) failed = std::move(went_on.error());
            more = went_on && *went_on;
        }
        if (more && !failed && self->alive) return join(found, {}, [this, lanes] { submit_slice(lanes); });
        return join(found, std::move(failed), {});
    }

    /// Fills the lanes and reads a part of each. False: there is nothing left to do.
    result<bool> some(lane_hasher& lanes, slice_work& found) {
        while (!lanes.is_full() && found.bytes < check_slice_bytes) {
            const auto piece = next_piece();
            if (!piece) break;
            const auto looked = believed.has(*piece) ? std::optional(piece_state::good)
                                                     : self->files.judge_unread(*piece, found.at);
            if (!looked) return unexpected<error>(looked.error());
            if (!*looked) {
                lanes.add(piece->value(), shape().piece_size(*piece));
                continue;
            }
            found.add(*piece, **looked);
            found.bytes += shape().piece_size(*piece);
        }
        if (lanes.is_empty()) return found.bytes >= check_slice_bytes;
        const auto ended = lanes.step(
            found.scratch, [&](std::uint64_t number, std::uint64_t offset, auto into) -> result<bool> {
                if (!self->alive) return false;
                const piece_index piece(static_cast<std::uint32_t>(number));
                found.bytes += into.size();
                auto whole = self->files.read_part(piece, static_cast<std::uint32_t>(offset), into);
                if (whole && !*whole) found.bytes += shape().piece_size(piece) - offset - into.size();
                return whole;
            });
        if (!ended) return unexpected<error>(ended.error());
        for (const auto& [number, digest] : *ended) {
            const piece_index piece(static_cast<std::uint32_t>(number));
            found.add(piece, self->files.judge(piece, digest));
        }
        return true;
    }

    /// `go_on` submits what follows; without it, the thread is at its end.
    after join(const slice_work& found, std::optional<error> failed, const std::function<void()>& go_on) {
        {
            const std::lock_guard lock(mutex);
            for (const auto piece : found.good) good.insert(piece);
            bad.insert(bad.end(), found.bad.begin(), found.bad.end());
            if (failed && !trouble) trouble = std::move(failed);
            bytes_done += found.bytes;
            const auto now = self->files.steady_ns();
            if (go_on && !trouble) {
                go_on();
                if (!progress || now - reported_ns < report_ns) return {};
                reported_ns = now;
                return [run = shared_from_this(), bytes = bytes_done, copying = copies] {
                    if (run->self->alive) run->progress(bytes, run->shape().total_bytes(), copying);
                };
            }
            BT_ASSERT(active > 0);
            if (--active > 0) return {};
        }
        return copies ? end_copy() : settle();  // the last one
    }

    after settle() {
        if (trouble) return end(unexpected(std::move(*trouble)));
        if (!self->alive) return end(fail(errc::failure, "given up"));
        auto again = self->files.settle(good, bad);
        if (!again) return end(unexpected(again.error()));
        if (*again) return hash(torrent::piece_set(good));
        return reserve(std::make_shared<torrent_files::reserving>());
    }

    // --- after it: room on the disk, and what old files have

    after reserve(const std::shared_ptr<torrent_files::reserving>& at) {
        const auto more = self->files.reserve(*at);
        if (!more) return end(unexpected(more.error()));
        if (!self->alive) return end(fail(errc::failure, "given up"));
        if (!*more) return copy();
        self->disk.submit([run = shared_from_this(), at] { return run->reserve(at); });
        return {};
    }

    after copy() {
        {
            const std::lock_guard lock(mutex);
            sought = self->files.sought_in_old_files(good);
            if (sought.empty()) return end(std::move(good));
            copies = true;
            next = 0;
            bytes_done = shape().total_bytes();
            for (const auto piece : sought) bytes_done -= shape().piece_size(piece);
            // a whole piece each
            active = static_cast<unsigned>(std::clamp<std::uint64_t>(
                32 * limits::MiB / std::max(1u, shape().piece_bytes()), 1, self->disk.threads()));
        }
        for (unsigned i = active; i > 0; --i) submit_copy();
        return {};
    }

    void submit_copy() {
        self->disk.submit([run = shared_from_this()] { return run->copy_some(); });
    }

    after copy_some() {
        slice_work found;
        while (found.bytes < check_slice_bytes) {
            const auto piece = next_sought();
            if (!piece) return join(found, {}, {});
            const auto taken = self->files.take_from_old_files(*piece);
            if (!taken) return join(found, taken.error(), {});
            if (*taken) found.good.push_back(*piece);
            found.bytes += shape().piece_size(*piece);
        }
        return join(found, {}, [this] { submit_copy(); });
    }

    after end_copy() {
        if (trouble) return end(unexpected(std::move(*trouble)));
        if (!self->alive) return end(fail(errc::failure, "given up"));
        return end(std::move(good));
    }

    std::optional<piece_index> next_sought() {
        const std::lock_guard lock(mutex);
        if (trouble || !self->alive || next >= sought.size()) return std::nullopt;
        return sought[next++];
    }

    after end(result<torrent::piece_set> outcome) {
        self->gate.leave_alone();
        return [run = shared_from_this(), outcome = std::move(outcome)]() mutable {
            if (!run->self->alive) return;
            if (outcome && run->progress) {
                run->progress(run->shape().total_bytes(), run->shape().total_bytes(), run->copies);
                if (!run->self->alive) return;  // the progress function may end the storage
            }
            run->done(std::move(outcome));
        };
    }
};

void torrent_storage::check(progress_fn progress, checked_fn done, bool all) {
    auto run = std::make_shared<state::check_run>(state_, std::move(progress), std::move(done), all);
    state_->gate.enter_alone([run] { run->self->disk.submit([run] { return run->begin(); }); });
}

// --- what other programs change --------------------------------------------------------------------

/// Hashes doubtful pieces in slices, as a check does. Runs on the loop's thread.
void torrent_storage::state::settle_doubts() {
    if (!alive || settling || !files.has_news()) return;
    settling = true;
    gate.enter_alone(
        [self = shared_from_this()] { self->disk.submit([self] { return self->settle_some(); }); });
}

std::function<void()> torrent_storage::state::settle_some() {
    auto settled = std::make_shared<doubts_settled>(files.settle_doubts(check_slice_bytes));
    gate.leave_alone();
    return [self = shared_from_this(), settled] {
        BT_ASSERT(self->settling);
        self->settling = false;
        if (!self->alive) return;
        if (self->told)
            self->told({settled->file, settled->more_files, std::move(settled->lost),
                        std::move(settled->found), !settled->more});
        self->settle_doubts();
    };
}

void torrent_storage::on_change(std::function<void(const files_changed&)> told) {
    state_->told = std::move(told);
}

void torrent_storage::look(std::function<void(result<void>)> done) {
    if (std::exchange(state_->looking, true)) return;  // a slow disk: one look at a time
    auto run = [self = state_, done = std::move(done)]() -> std::function<void()> {
        auto looked = self->files.look(false);
        self->gate.leave_alone();
        return [self, done, looked = std::move(looked)] {
            self->looking = false;
            self->settle_doubts();
            if (self->alive) done(looked);
        };
    };
    state_->gate.enter_alone([self = state_, run = std::move(run)] { self->disk.submit(run); });
}

std::optional<std::string> torrent_storage::take_remark() { return state_->files.take_remark(); }

std::vector<misfit> torrent_storage::misfits() const { return state_->files.misfits(); }

// --- pieces ----------------------------------------------------------------------------------------

/// What came faster than it is hashed is hashed at once. Each piece that arrives has a job, which takes what
/// waits: as many as are faster together, or one, so that no thread is left without.
std::function<void()> torrent_storage::state::hash_arrived() {
    std::vector<std::shared_ptr<arrived_piece>> batch;
    {
        const std::lock_guard lock(arrived_mutex);
        const std::size_t most = arrived.size() < crypto::sha1_worth() ? 1 : crypto::sha1_lanes();
        while (!arrived.empty() && batch.size() < most) {
            batch.push_back(std::move(arrived.front()));
            arrived.pop_front();
        }
    }
    if (batch.empty()) return {};
    std::vector<byte_view> messages;
    for (const auto& one : batch) messages.push_back(one->data.view());
    std::vector<sha1_digest> digests(batch.size());
    crypto::sha1(messages, digests);
    for (std::size_t i = 0; i < batch.size(); ++i)
        batch[i]->right = messages[i].size() == files.map().shape().piece_size(batch[i]->piece) &&
                          files.judge(batch[i]->piece, digests[i]) == piece_state::good;
    for (std::size_t i = 1; i < batch.size(); ++i)
        disk.submit([self = shared_from_this(), one = batch[i]] { return self->put(one); });
    return put(batch.front());
}

std::function<void()> torrent_storage::state::put(const std::shared_ptr<arrived_piece>& one) {
    auto outcome = write_outcome::hash_mismatch;
    result<void> written;
    if (one->right) {
        written = files.admit(one->piece, one->data.view());
        outcome = write_outcome::refused;
        if (written) {
            written = files.write(one->piece, one->data.view());
            outcome = written ? write_outcome::ok : write_outcome::failed;
        }
    }
    gate.leave_write(one->piece);
    return [self = shared_from_this(), one, outcome, written = std::move(written)] {
        self->settle_doubts();
        if (self->alive) one->done(outcome, written, std::move(one->data));
    };
}

void torrent_storage::write(piece_index piece, buffer data, written_fn done) {
    auto one = std::make_shared<arrived_piece>(arrived_piece{piece, std::move(data), std::move(done)});
    state_->gate.enter_write(piece, [self = state_, one = std::move(one)] {
        {
            const std::lock_guard lock(self->arrived_mutex);
            self->arrived.push_back(one);
        }
        self->disk.submit([self] { return self->hash_arrived(); });
    });
}

void torrent_storage::look_at(piece_index piece, std::function<void(bool good)> done) {
    auto run = [self = state_, piece, done = std::move(done)]() -> std::function<void()> {
        torrent_files::cursor at;
        const auto found = self->files.verify(piece, at);
        const bool good = found && *found == piece_state::good;
        return [self, good, done] {
            if (self->alive) done(good);
        };
    };
    state_->gate.enter_read({piece}, [self = state_, run = std::move(run)] { self->disk.submit(run); });
}

void torrent_storage::read_verified(std::vector<piece_index> pieces, read_fn done) {
    auto run = [self = state_, pieces, done = std::move(done)]() -> std::function<void()> {
        auto data = std::make_shared<result<buffer>>(self->files.read_verified(pieces));
        return [self, data, done] {
            self->settle_doubts();
            if (!self->alive) return;
            if (*data)
                done({}, std::move(**data));
            else
                done(unexpected(data->error()), {});
        };
    };
    state_->gate.enter_read(std::move(pieces),
                            [self = state_, run = std::move(run)] { self->disk.submit(run); });
}

void torrent_storage::read(std::vector<torrent::block_range> ranges, std::size_t gap, read_fn done) {
    std::vector<piece_index> pieces;
    for (const auto& range : ranges)
        if (pieces.empty() || pieces.back() != range.piece) pieces.push_back(range.piece);
    auto run = [self = state_, ranges = std::move(ranges), gap,
                done = std::move(done)]() -> std::function<void()> {
        auto frames = std::make_shared<result<buffer>>(self->files.read(ranges, gap));
        return [self, frames, done] {
            self->settle_doubts();
            if (!self->alive) return;
            if (*frames)
                done({}, std::move(**frames));
            else
                done(unexpected(frames->error()), {});
        };
    };
    state_->gate.enter_read(std::move(pieces),
                            [self = state_, run = std::move(run)] { self->disk.submit(run); });
}

void torrent_storage::hold(std::function<void(result<torrent::held_files>)> done) {
    state_->disk.submit([self = state_, done = std::move(done)]() -> std::function<void()> {
        return [self, done, held = self->files.hold()]() mutable {
            self->settle_doubts();
            if (self->alive) done(std::move(held));
        };
    });
}

void torrent_storage::select(std::vector<bool> wanted, std::function<void(result<void>)> done) {
    auto run = [self = state_, wanted = std::move(wanted),
                done = std::move(done)]() -> std::function<void()> {
        auto selected = self->files.select(wanted);
        self->gate.leave_alone();
        return [self, done, selected = std::move(selected)] {
            if (self->alive) done(selected);
            self->settle_doubts();  // what was adopted is told
        };
    };
    state_->gate.enter_alone([self = state_, run = std::move(run)] { self->disk.submit(run); });
}

void torrent_storage::finish(finished_fn done) {
    auto run = [self = state_, done = std::move(done)]() -> std::function<void()> {
        bool lasting = false;
        auto finished = self->files.finish(lasting);
        self->gate.leave_alone();
        const auto outcome = finished                                    ? finish_outcome::ok
                             : finished.error().code == errc::unfinished ? finish_outcome::unfinished
                             : lasting                                   ? finish_outcome::refused
                                                                         : finish_outcome::failed;
        return [self, done, outcome, finished = std::move(finished)] {
            self->settle_doubts();
            if (self->alive) done(outcome, finished);
        };
    };
    state_->gate.enter_alone([self = state_, run = std::move(run)] { self->disk.submit(run); });
}

// --- another folder --------------------------------------------------------------------------------

/// Staged in slices, as a check is.
struct torrent_storage::state::move_run : std::enable_shared_from_this<move_run> {
    std::shared_ptr<state> self;
    torrent::info named;
    std::string to_folder;
    file_move::keep_fn keep;
    move_progress_fn progress;
    moved_fn done;
    std::unique_ptr<file_move> move = {};
    bool copies = false;  // all of them, whatever it looks like

    using after = std::function<void()>;

    after begin() {
        auto record = self->files.plan_move(named, to_folder);
        if (!record) return end(unexpected<error>(record.error()));
        move = std::make_unique<file_move>(self->files.disk(), std::move(*record), keep);
        if (const auto begun = move->begin(); !begun) return end(unexpected<error>(begun.error()), false);
        return stage();
    }

    after stage() {
        const auto more = move->stage_some(move_slice_bytes);
        if (!more) return end(unexpected<error>(more.error()));
        if (!self->alive || self->stops_move) return end(fail(errc::failure, "its torrent was removed"));
        if (!*more) return place();
        self->disk.submit([run = shared_from_this()] { return run->stage(); });
        return [run = shared_from_this(), bytes = move->bytes_done(), total = move->bytes_total()] {
            if (run->self->alive && run->progress) run->progress(bytes, total);
        };
    }

    after place() {
        const auto placed = self->files.while_nothing_is_opened([&] { return move->place(); });
        if (!placed && placed.error().number == EXDEV && !std::exchange(copies, true)) {
            move->undo();
            move->use_copies();
            if (const auto begun = move->begin(); !begun) return end(unexpected<error>(begun.error()), false);
            return stage();
        }
        if (!placed) return end(unexpected<error>(placed.error()));
        return end(self->files.moved(move->record()));
    }

    /// `begun`: there is something to be undone. After a move nothing is written here any more: what waits
    /// for that goes with the storage.
    after end(result<torrent::held_files> outcome, bool begun = true) {
        if (!outcome && move && begun) move->undo();
        if (!outcome && move) (void)keep({});
        if (!outcome) self->gate.leave_alone();
        return [run = shared_from_this(), outcome = std::move(outcome)]() mutable {
            if (run->self->alive) run->done(std::move(outcome));
        };
    }
};

void torrent_storage::move_files(torrent::info named, std::string to_folder, file_move::keep_fn keep,
                                 move_progress_fn progress, moved_fn done) {
    auto run = std::make_shared<state::move_run>();
    run->self = state_;
    run->named = std::move(named);
    run->to_folder = std::move(to_folder);
    run->keep = std::move(keep);
    run->progress = std::move(progress);
    run->done = std::move(done);
    state_->gate.enter_alone([run] { run->self->disk.submit([run] { return run->begin(); }); });
}

void torrent_storage::stop_move() { state_->stops_move = true; }

std::set<std::string, std::less<>> torrent_storage::names() const { return state_->files.names(); }

void torrent_storage::delete_files(std::vector<std::string> theirs,
                                   std::function<void(torrent::deleted_files)> done) {
    state_->alive = false;
    auto run = [self = state_, theirs = std::move(theirs),
                done = std::move(done)]() -> std::function<void()> {
        auto deleted = self->files.delete_files(theirs);
        self->gate.leave_alone();
        return [done, deleted = std::move(deleted)] { done(deleted); };
    };
    state_->gate.enter_alone([self = state_, run = std::move(run)] { self->disk.submit(run); });
}

}  // namespace bt::storage
