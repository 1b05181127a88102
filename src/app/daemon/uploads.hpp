// Files that a client of the control port gives to this machine, part by part, to be shared: they are written
// below a hidden folder of the download folder, and get their place when they are whole, never over
// something.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/session.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "rpc/host.hpp"

namespace bt::app {

class uploads {
  public:
    /// What earlier runs did not end is deleted.
    uploads(session& node, std::string folder);
    ~uploads();
    uploads(const uploads&) = delete;
    uploads& operator=(const uploads&) = delete;

    /// errc::usage: a name or a number that cannot be; errc::storage: no room, or no folder.
    result<std::uint32_t> begin(const rpc::upload_wish& what);
    void part(std::uint32_t number, const std::string& path, std::uint64_t offset, bytes data,
              rpc::host::done_fn<void> done);
    /// Gives the absolute path of what was given: durable, and whole.
    void end(std::uint32_t number, rpc::host::done_fn<std::string> done);
    void cancel(std::uint32_t number);

  private:
    struct one;
    one* find(std::uint32_t number);
    void forget_idle();

    session& node_;
    const std::string folder_;
    std::map<std::uint32_t, std::shared_ptr<one>> all_;
    std::uint32_t last_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bt::app
