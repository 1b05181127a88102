// Many files as one while they are read: a .zip without compression (ZIP64 where it has to be) or a .tar.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace bt::guest {

class archive {
  public:
    enum class format { zip, tar };

    explicit archive(format how);
    ~archive();

    // Each gives the bytes that follow in the archive; errc::failure where there is no memory, or a name that
    // the format cannot hold.

    struct entry {
        std::string path;        ///< UTF-8, '/' between elements
        std::uint64_t size = 0;  ///< bytes; so many follow by add()
        std::int64_t time = 0;   ///< Unix seconds
        bool executable = false;
    };
    result<std::string> begin(const entry& file);
    result<std::string> add(byte_view data);
    result<std::string> end();

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace bt::guest
