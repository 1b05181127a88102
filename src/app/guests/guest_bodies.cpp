#include "app/guests/guest_bodies.hpp"

#include <optional>
#include <utility>

namespace bt::app {
namespace {

using net::http_body;
using net::http_part;

/// A run of bytes of a torrent, part by part.
class range_reader {
  public:
    range_reader(guest_reads& reads, std::shared_ptr<guest_count> count, const ip_address& from,
                 const info_hash& torrent)
        : reads_(reads), counted_(std::move(count), from) {
        what_->from = from;
        what_->torrent = torrent;
    }
    void go_to(std::uint64_t begin, std::uint64_t size) {
        what_->begin = begin;
        what_->size = size;
    }
    bool at_end() const { return what_->size == 0; }
    void next(std::function<void(result<http_part>)> done) {
        what_->done = [this, done = std::move(done)](result<http_part> data) {
            if (data) {
                what_->begin += data->view().size();
                what_->size -= data->view().size();
                what_->failures = 0;
            }
            done(std::move(data));  // which may ask again, or end this
        };
        reads_.begin(what_);
    }

  private:
    guest_reads& reads_;
    guest_count::one counted_;
    std::shared_ptr<guest_reads::request> what_ = std::make_shared<guest_reads::request>();
};

class range_download final : public http_body {
  public:
    range_download(guest_reads& reads, std::shared_ptr<guest_count> count, const ip_address& from,
                   const info_hash& torrent, std::uint64_t begin, std::uint64_t size)
        : reader_(reads, std::move(count), from, torrent) {
        reader_.go_to(begin, size);
    }
    void next(give_fn give) override {
        if (reader_.at_end()) return give(http_part{});
        reader_.next(std::move(give));
    }

  private:
    range_reader reader_;
};

class archive_download final : public http_body {
  public:
    archive_download(guest_reads& reads, std::shared_ptr<guest_count> count, const ip_address& from,
                     torrent::info what, std::vector<bool> wanted, std::int64_t time,
                     guest::archive::format how)
        : info_(std::move(what)),
          wanted_(std::move(wanted)),
          time_(time),
          reader_(reads, std::move(count), from, info_.hash),
          archive_(how) {}

    void next(give_fn give) override {
        std::string head;
        while (reader_.at_end()) {
            if (is_over_) return give(http_part{});
            auto more = next_file();
            if (!more) return give(unexpected<error>(more.error()));
            head += *more;
            if (is_over_ || head.size() > enough) break;
        }
        if (!head.empty()) return give(http_part{std::move(head)});
        reader_.next([this, give = std::move(give)](result<http_part> data) {
            if (!data) return give(unexpected<error>(data.error()));
            auto made = archive_.add(as_bytes(data->view()));
            if (!made) return give(unexpected<error>(made.error()));
            if (made->empty()) return next(give);  // an empty part is the end
            give(http_part{std::move(*made)});
        });
    }

  private:
    static constexpr std::size_t enough = 64 * 1024;  // of empty files

    /// The header of the next file, or the end of the archive.
    result<std::string> next_file() {
        while (file_ < info_.files.size() && !wanted_[file_]) ++file_;
        if (file_ == info_.files.size()) {
            is_over_ = true;
            return archive_.end();
        }
        const auto& file = info_.files[file_++];
        reader_.go_to(file.begin, file.size);
        return archive_.begin({file.path, file.size, time_, file.executable});
    }

    torrent::info info_;
    const std::vector<bool> wanted_;
    std::int64_t time_;
    range_reader reader_;
    guest::archive archive_;
    std::size_t file_ = 0;
    bool is_over_ = false;
};

}  // namespace

guest_count::one::one(std::shared_ptr<guest_count> of, const ip_address& from)
    : of_(std::move(of)), from_(from) {
    ++of_->each_[from_];
    ++of_->all_;
}

guest_count::one::~one() {
    --of_->all_;
    if (const auto at = of_->each_.find(from_); --at->second == 0) of_->each_.erase(at);
}

std::size_t guest_count::of(const ip_address& from) const {
    const auto at = each_.find(from);
    return at == each_.end() ? 0 : at->second;
}

std::shared_ptr<http_body> range_body(guest_reads& reads, std::shared_ptr<guest_count> count,
                                      const ip_address& from, const info_hash& torrent, std::uint64_t begin,
                                      std::uint64_t size) {
    return std::make_shared<range_download>(reads, std::move(count), from, torrent, begin, size);
}

std::shared_ptr<http_body> archive_body(guest_reads& reads, std::shared_ptr<guest_count> count,
                                        const ip_address& from, torrent::info what, std::vector<bool> wanted,
                                        std::int64_t time, guest::archive::format how) {
    return std::make_shared<archive_download>(reads, std::move(count), from, std::move(what),
                                              std::move(wanted), time, how);
}

}  // namespace bt::app
