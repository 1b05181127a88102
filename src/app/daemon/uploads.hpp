// Files that clients of the control port give to this machine, part by part, to be shared: they get their
// place in the download folder when they are whole, never over something. Time is handed in.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "app/daemon/upload.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "rpc/host.hpp"
#include "storage/file_system.hpp"

namespace bt::app {

class uploads {
  public:
    /// Without a part for so long, what came of an upload is deleted: its client is gone.
    static constexpr duration idle_time = 10min;

    /// On another thread; what it gives back runs on this one.
    using background_fn = std::function<void(std::function<std::function<void()>()>)>;

    /// What earlier runs did not end is deleted.
    uploads(std::shared_ptr<storage::file_system> files, std::string folder, background_fn in_background);
    uploads(const uploads&) = delete;
    uploads& operator=(const uploads&) = delete;

    /// errc::usage: a name or a number that cannot be; errc::storage: no room, or no folder.
    result<std::uint32_t> begin(time_point now, const rpc::upload_wish& what);
    void part(time_point now, std::uint32_t number, const std::string& path, std::uint64_t offset, bytes data,
              rpc::host::done_fn<void> done);
    /// Gives the absolute path of what was given: durable, and whole.
    void end(std::uint32_t number, rpc::host::done_fn<std::string> done);
    result<void> cancel(std::uint32_t number);

    void tick(time_point now);
    /// Never before a part moves it on.
    time_point next_deadline() const;

  private:
    struct one {
        std::shared_ptr<upload> files;  // shared with the threads that work on it
        time_point used;
    };

    std::shared_ptr<storage::file_system> fs_;
    const std::string folder_;
    background_fn in_background_;
    std::map<std::uint32_t, one> all_;
    std::uint32_t last_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bt::app
