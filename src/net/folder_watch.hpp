// News that something in a folder changed. Only that it did: network file systems tell nothing, and a burst
// may be one call, so whoever needs to know looks, and looks again from time to time.
#pragma once

#include <functional>
#include <string>

#include "net/loop.hpp"

namespace bt::net {

class folder_watch {
  public:
    folder_watch(loop& on, const std::string& folder, std::function<void()> changed);
    ~folder_watch();
    folder_watch(const folder_watch&) = delete;
    folder_watch& operator=(const folder_watch&) = delete;

    /// False where the system gives no such news: no such folder, too many watches.
    bool works() const;

  private:
    struct impl;
    impl* impl_;
};

}  // namespace bt::net
