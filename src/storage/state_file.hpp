// What the program remembers between two runs, one record to a file. A record is either whole or not there:
//
//   "btstate\n" | format 1 | sequence | length | SHA-256 of the archive | cereal archive {kind, content}
//        8           4          8         8                32
//
// Nothing reaches cereal before length and checksum are right. Saving writes NAME.tmp, makes it durable and
// renames it; the generation before stays as NAME.old and is what a damaged NAME falls back to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "storage/file_system.hpp"

namespace bt::storage {

class state_file {
  public:
    /// A file or folder of that name that is none of ours is refused and stays as it is.
    /// `kind` says what the content is ("tracker 1"): a record of another kind is not read. The folder is
    /// made if it is not there (for its owner only); one process at a time may hold the file. errc::storage
    /// says what is wrong.
    static result<state_file> open(const std::string& path, std::string kind, file_system& fs);

    /// The newest record that is whole, nothing if there is none. errc::bad_data if there are files and none
    /// is.
    result<std::optional<bytes>> load();
    /// Durable when it returns.
    result<void> save(byte_view content);

  private:
    state_file(std::string folder, std::string name, std::string kind, file_system& fs)
        : folder_path_(std::move(folder)), name_(std::move(name)), kind_(std::move(kind)), fs_(&fs) {}
    result<void> refuse_foreign(const std::string& name) const;
    result<std::optional<bytes>> read(const std::string& name, std::uint64_t& sequence);
    unexpected<error> trouble(os_error cause, const std::string& what) const;

    std::string folder_path_, name_, kind_;
    file_system* fs_;
    descriptor folder_, lock_;
    std::uint64_t sequence_ = 0;
};

}  // namespace bt::storage
