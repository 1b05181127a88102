// `get -o -`: a single file goes to standard output in order, as far as it is verified, while it downloads.
// The pieces themselves lie in a temporary folder meanwhile.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/disk_pool.hpp"
#include "storage/torrent_storage.hpp"
#include "torrent/metainfo.hpp"
#include "torrent/piece_set.hpp"

namespace bt::app {

class stdout_sink {
  public:
    using done_fn = std::function<void(result<void>)>;

    stdout_sink(storage::disk_pool& disk, const torrent::info& info);
    ~stdout_sink();
    /// Where the storage may keep the pieces; removed with the sink.
    result<std::string> make_folder();
    /// `done` follows once: the whole file is out, or it cannot be written.
    void start(storage::torrent_storage& files, const std::vector<bool>& wanted, done_fn done);
    void verified(piece_index piece);

  private:
    void next();
    void write_out(buffer data);
    void end(result<void> outcome);

    storage::disk_pool& disk_;
    const torrent::info& info_;
    torrent::piece_set verified_;
    std::string folder_;
    storage::torrent_storage* files_ = nullptr;
    std::uint64_t at_ = 0, end_ = 0;  // bytes of the torrent
    bool busy_ = false;
    done_fn done_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bt::app
