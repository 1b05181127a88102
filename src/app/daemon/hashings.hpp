// Torrents that are made of files of this machine for a client of the control port: one after the other, on a
// thread of their own, which costs the disk's threads nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/daemon/client_places.hpp"
#include "app/files/files.hpp"
#include "net/loop.hpp"
#include "rpc/host.hpp"

namespace bt::app {

class hashings {
  public:
    using take_fn = std::function<result<rpc::host::added>(bt::session::saved_torrent)>;

    /// `take` gets each torrent that is to be shared. Nothing is told after the end of this object.
    hashings(net::loop& on, client_places from, take_fn take);
    ~hashings();
    hashings(const hashings&) = delete;
    hashings& operator=(const hashings&) = delete;

    result<std::uint32_t> begin(rpc::hashing_wish what);
    /// Those of the last that are over, and all others.
    std::vector<rpc::hashing> list() const;
    void stop(std::uint32_t number);

  private:
    struct one {
        rpc::hashing_wish wish;
        rpc::hashing standing;
    };
    /// What the thread and the loop both know.
    struct progress {
        std::atomic<std::uint64_t> done = 0, total = 0;
        std::atomic<bool> cancel = false;
    };
    void start_next();
    void over(std::uint32_t number, result<made_torrent> made);
    void share(one& what, made_torrent made);
    void forget_old();
    one* find(std::uint32_t number);

    net::loop& loop_;
    client_places from_;
    take_fn take_;
    std::deque<one> all_;
    std::uint32_t last_ = 0, running_ = 0;  // numbers; 0: none
    progress progress_;
    std::thread thread_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // what the thread posts looks at it
};

}  // namespace bt::app
