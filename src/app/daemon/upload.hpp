// Files that a client gives in parts, on disk: below a hidden folder of the download folder, which is deleted
// with this object, until they are whole.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "rpc/host.hpp"
#include "storage/file_system.hpp"
#include "storage/tree.hpp"

namespace bt::app {

class upload {
  public:
    static constexpr std::string_view hidden = ".btnode-upload-";

    /// errc::usage: a name that cannot be; errc::storage: no room, or no folder.
    static result<std::unique_ptr<upload>> begin(std::shared_ptr<storage::file_system> files,
                                                 const std::string& folder, std::uint32_t number,
                                                 const rpc::upload_wish& what);
    /// Use begin().
    upload(std::shared_ptr<storage::file_system> files, std::string folder, std::string name);
    ~upload();
    upload(const upload&) = delete;
    upload& operator=(const upload&) = delete;

    bool has_part(const std::string& path, std::uint64_t offset, std::uint64_t size) const;
    /// Of a part it has; several may be written at once, on any thread.
    result<void> write(const std::string& path, std::uint64_t offset, byte_view data) const;
    /// What is written counts once, however often it is given.
    result<void> written(const std::string& path, std::uint64_t offset, std::uint64_t size);
    /// errc::usage: something has not been given.
    result<void> check_whole() const;
    /// Files without bytes too, all of it durable and as it was given, at the free name NAME, "NAME (2)", …:
    /// its absolute path.
    result<std::string> finish() const;

  private:
    /// End of each stretch by its begin; they do not touch.
    using stretches = std::map<std::uint64_t, std::uint64_t>;
    struct known_file {
        std::uint64_t size;
        stretches given;
    };
    storage::os_result<storage::descriptor> open(const std::string& path) const;
    result<void> sync() const;
    result<std::string> put_in_place() const;

    std::shared_ptr<storage::file_system> fs_;
    std::string folder_, name_, place_;  // the folder, the name below it, and where it lies until then
    std::map<std::string, known_file> files_;
    std::unique_ptr<storage::tree> tree_;  // that place, wherever it is now
};

}  // namespace bt::app
