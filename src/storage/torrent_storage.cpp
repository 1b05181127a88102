#include "storage/torrent_storage.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include "base/limits.hpp"
#include "storage/job_gate.hpp"
#include "storage/torrent_files.hpp"

namespace bt::storage {

/// Hashed in one go: others wait for the disk no longer.
constexpr std::uint64_t check_slice_bytes = 8 * limits::MiB;

/// Shared by the storage and the jobs under way, which may outlive it.
struct torrent_storage::state : std::enable_shared_from_this<state> {
    template <class Place>
    state(const torrent::info& info, Place place, disk_pool& pool, file_system& fs)
        : files(info, std::move(place), fs, pool.files()), disk(pool) {}

    struct check_run;

    void settle_doubts();
    std::function<void()> settle_some();

    torrent_files files;
    disk_pool& disk;
    job_gate gate;
    std::function<void(const files_changed&)> told;
    bool settling = false, looking = false;
    std::atomic<bool> alive{true};  // set back on the loop's thread, where every `done` runs
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

/// One check in slices: each job hashes a few pieces and goes to the end of the queue, so that a long check
/// does not keep other torrents from the disk.
struct torrent_storage::state::check_run : std::enable_shared_from_this<check_run> {
    static constexpr auto report_time = std::chrono::milliseconds(100);
    using after = std::function<void()>;

    check_run(std::shared_ptr<state> owner, progress_fn on_progress, checked_fn on_done)
        : self(std::move(owner)), progress(std::move(on_progress)), done(std::move(on_done)) {}

    const std::shared_ptr<state> self;
    const progress_fn progress;
    const checked_fn done;

    std::mutex mutex;  // guards what follows
    std::uint32_t next = 0;
    unsigned active = 0;
    std::uint64_t bytes_done = 0;
    torrent::piece_set good, believed;
    std::vector<piece_index> bad;
    std::optional<error> trouble;
    std::chrono::steady_clock::time_point reported = std::chrono::steady_clock::now();

    const torrent::geometry& shape() const { return self->files.map().shape(); }

    after begin() {
        if (auto located = self->files.locate(); !located) return end(unexpected(located.error()));
        return hash();
    }

    after hash() {
        {
            const std::lock_guard lock(mutex);
            believed = self->files.believed();
            next = 0;
            bytes_done = 0;
            good = torrent::piece_set(shape().piece_count());
            bad.clear();
            active = self->disk.threads();
        }
        for (unsigned i = 0; i < self->disk.threads(); ++i) submit_slice();
        return {};
    }

    void submit_slice() {
        self->disk.submit([run = shared_from_this()] { return run->slice(); });
    }

    after slice() {
        std::uint32_t first = 0, end_of_slice = 0;
        {
            const std::lock_guard lock(mutex);
            const auto pieces =
                std::max<std::uint64_t>(1, check_slice_bytes / std::max(1u, shape().piece_bytes()));
            first = next;
            end_of_slice =
                static_cast<std::uint32_t>(std::min<std::uint64_t>(shape().piece_count(), next + pieces));
            if (trouble || !self->alive) first = end_of_slice;
            next = end_of_slice;
        }
        torrent_files::cursor at;
        std::vector<piece_index> found, wrong;
        std::optional<error> failed;
        std::uint64_t seen = 0;
        for (auto i = first; i < end_of_slice && !failed && self->alive; ++i) {
            const piece_index piece(i);
            auto state = believed.has(piece) ? piece_state::good : self->files.verify(piece, at);
            if (!state)
                failed = std::move(state.error());
            else if (*state == piece_state::good)
                found.push_back(piece);
            else if (*state == piece_state::bad)
                wrong.push_back(piece);
            seen += shape().piece_size(piece);
        }
        return join(found, wrong, std::move(failed), seen);
    }

    after join(const std::vector<piece_index>& found, const std::vector<piece_index>& wrong,
               std::optional<error> failed, std::uint64_t seen) {
        after report;
        {
            const std::lock_guard lock(mutex);
            for (const auto piece : found) good.insert(piece);
            bad.insert(bad.end(), wrong.begin(), wrong.end());
            if (failed && !trouble) trouble = std::move(failed);
            bytes_done += seen;
            const auto now = std::chrono::steady_clock::now();
            const bool more = next < shape().piece_count() && !trouble && self->alive;
            if (more) {
                submit_slice();
                if (!progress || now - reported < report_time) return {};
                reported = now;
                return [run = shared_from_this(), bytes = bytes_done] {
                    if (run->self->alive) run->progress(bytes, run->shape().total_bytes());
                };
            }
            if (--active > 0) return {};
        }
        return settle();  // the last one
    }

    after settle() {
        if (trouble) return end(unexpected(std::move(*trouble)));
        if (!self->alive) return end(fail(errc::failure, "given up"));
        auto again = self->files.settle(good, bad);
        if (!again) return end(unexpected(again.error()));
        if (*again) return hash();
        return end(std::move(good));
    }

    after end(result<torrent::piece_set> outcome) {
        self->gate.leave_alone();
        return [run = shared_from_this(), outcome = std::move(outcome)]() mutable {
            if (!run->self->alive) return;
            if (outcome && run->progress) {
                run->progress(run->shape().total_bytes(), run->shape().total_bytes());
                if (!run->self->alive) return;  // the progress function may end the storage
            }
            run->done(std::move(outcome));
        };
    }
};

void torrent_storage::check(progress_fn progress, checked_fn done) {
    auto run = std::make_shared<state::check_run>(state_, std::move(progress), std::move(done));
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

std::vector<misfit> torrent_storage::misfits() const { return state_->files.misfits(); }

// --- pieces ----------------------------------------------------------------------------------------

void torrent_storage::write(piece_index piece, buffer data, written_fn done) {
    struct job {
        buffer data;
        written_fn done;
    };
    auto work = std::make_shared<job>(job{std::move(data), std::move(done)});
    auto run = [self = state_, piece, work]() -> std::function<void()> {
        auto outcome = write_outcome::hash_mismatch;
        result<void> written;
        if (self->files.hash_matches(piece, work->data.view())) {
            written = self->files.admit(piece, work->data.view());
            outcome = write_outcome::refused;
            if (written) {
                written = self->files.write(piece, work->data.view());
                outcome = written ? write_outcome::ok : write_outcome::failed;
            }
        }
        self->gate.leave_write(piece);
        return [self, work, outcome, written = std::move(written)] {
            self->settle_doubts();
            if (self->alive) work->done(outcome, written, std::move(work->data));
        };
    };
    state_->gate.enter_write(piece, [self = state_, run = std::move(run)] { self->disk.submit(run); });
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

}  // namespace bt::storage
