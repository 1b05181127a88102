// Readiness of a file descriptor on the loop: what every socket of this room and the keyboard stand on.
#pragma once

#include <functional>

#include "net/loop.hpp"

namespace bt::net {

class fd_watch {
  public:
    /// `ready` is told what of the wanted is possible; after an error on the descriptor, both are.
    fd_watch(loop& on, int descriptor, std::function<void(bool readable, bool writable)> ready);
    /// Stops watching, so that the descriptor may be closed at once. Allowed inside `ready`.
    ~fd_watch();
    fd_watch(const fd_watch&) = delete;
    fd_watch& operator=(const fd_watch&) = delete;

    /// False if the kernel refused to watch the descriptor.
    bool works() const;
    void want(bool read, bool write);

  private:
    struct impl;
    impl* impl_;
};

}  // namespace bt::net
