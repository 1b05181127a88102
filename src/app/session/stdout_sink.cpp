#include "app/session/stdout_sink.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/limits.hpp"

namespace bt::app {
namespace {

/// Blocks until the reader has taken everything; errno of what went wrong, or 0.
int write_all(int fd, byte_view data) {
    while (!data.empty()) {
        const auto count = ::write(fd, data.data(), data.size());
        if (count >= 0) {
            data = data.subspan(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            pollfd wait{fd, POLLOUT, 0};
            ::poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

}  // namespace

stdout_sink::stdout_sink(storage::disk_pool& disk, const torrent::info& info)
    : disk_(disk), info_(info), verified_(info.shape.piece_count()) {}

stdout_sink::~stdout_sink() {
    *alive_ = false;
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

result<std::string> stdout_sink::make_folder() {
    const char* base = std::getenv("TMPDIR");
    std::string name = std::string(base != nullptr && *base != 0 ? base : P_tmpdir) + "/btnode-XXXXXX";
    if (mkdtemp(name.data()) == nullptr)
        return bt::fail(errc::storage, "cannot make a temporary folder " + name + ": " + std::strerror(errno),
                        "set TMPDIR");
    return folder_ = name;
}

void stdout_sink::start(storage::torrent_storage& files, const std::vector<bool>& wanted, done_fn done) {
    files_ = &files;
    done_ = std::move(done);
    for (std::size_t i = 0; i < info_.files.size(); ++i) {
        if (info_.files[i].padding || (!wanted.empty() && !wanted[i])) continue;
        at_ = info_.files[i].begin;
        end_ = at_ + info_.files[i].size;
        break;
    }
    next();
}

void stdout_sink::verified(piece_index piece) {
    verified_.insert(piece);
    next();
}

void stdout_sink::next() {
    if (files_ == nullptr || !done_ || busy_) return;
    if (at_ == end_) return end({});
    const auto piece = *info_.shape.piece(at_ / info_.shape.piece_bytes());
    if (!verified_.has(piece)) return;
    // one piece a time, in blocks, as storage reads them
    const auto piece_end = info_.shape.piece_begin(piece) + info_.shape.piece_size(piece);
    const auto stop = std::min(piece_end, end_);
    std::vector<torrent::block_range> ranges;
    const auto most = std::min<std::uint64_t>(stop, at_ + limits::MiB);
    for (auto at = at_; at < most;) {
        const auto offset = static_cast<std::uint32_t>(at - info_.shape.piece_begin(piece));
        const auto length =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(limits::block_bytes, most - at));
        ranges.push_back({piece, offset, length});
        at += length;
    }
    busy_ = true;
    files_->read(std::move(ranges), 0, [this, alive = alive_](result<void> outcome, buffer data) {
        if (!*alive) return;
        if (!outcome) return end(std::move(outcome));
        write_out(std::move(data));
    });
}

void stdout_sink::write_out(buffer data) {
    disk_.submit(
        [this, alive = alive_, data = std::make_shared<buffer>(std::move(data))]() -> std::function<void()> {
            const int trouble = write_all(STDOUT_FILENO, data->view());
            return [this, alive, size = data->size(), trouble] {
                if (!*alive) return;
                busy_ = false;
                at_ += size;
                if (trouble != 0)
                    end(bt::fail(errc::failure,
                                 std::string("cannot write to standard output: ") + std::strerror(trouble)));
                else
                    next();
            };
        });
}

void stdout_sink::end(result<void> outcome) {
    if (auto done = std::exchange(done_, nullptr)) done(std::move(outcome));
}

}  // namespace bt::app
