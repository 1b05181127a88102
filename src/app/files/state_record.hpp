// One record of the state folder while the program runs: read at the start, written on a thread of its own
// so that the loop never waits for the disk, and written once more at the end.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"
#include "storage/disk_pool.hpp"
#include "storage/file_system.hpp"
#include "storage/state_file.hpp"

namespace bt::app {

class state_record {
  public:
    using warn_fn = std::function<void(const std::string&)>;

    /// `what` names it in warnings: "the tracker's state". errc::storage if the file cannot be used, or
    /// another process has it.
    static result<std::unique_ptr<state_record>> open(net::loop& on, const std::string& path,
                                                      std::string kind, std::string what, warn_fn warn);
    /// Use open().
    state_record(std::string what, warn_fn warn) : what_(std::move(what)), warn_(std::move(warn)) {}

    /// What an earlier run left, if anything. errc::bad_data if it is damaged.
    result<std::optional<bytes>> load() { return file_->load(); }
    bool is_writing() const { return writing_; }
    /// Not while it is writing.
    void write(bytes content);
    /// At the end: on disk when it returns. Nothing is written after it.
    void write_last(const bytes& content);

  private:
    void trouble(const error& why) const {
        warn_(what_ + " could not be saved: " + why.message + "; after a restart it begins without");
    }

    std::string what_;
    warn_fn warn_;
    storage::system_files files_;
    std::unique_ptr<storage::state_file> file_;
    bool writing_ = false, said_ = false;
    std::unique_ptr<storage::disk_pool> disk_;  // last: its thread uses the file
};

/// Where records lie: $BTNODE_STATE_DIR, $STATE_DIRECTORY, $XDG_STATE_HOME/btnode, ~/.local/state/btnode;
/// empty where there is no home.
std::string state_folder();

}  // namespace bt::app
