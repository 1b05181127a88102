// What the DHT remembers over a restart, in one of a few files: each running node of a user has its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/files/state_record.hpp"
#include "dht/saved_state.hpp"
#include "net/loop.hpp"
#include "net/timer.hpp"

namespace bt::app {

class dht_state {
  public:
    using now_fn = std::function<dht::saved_state()>;

    /// The first of `dht`, `dht-2` … `dht-8` in the folder that no other process holds. errc::storage says
    /// why there is none.
    static result<std::unique_ptr<dht_state>> open(net::loop& on, const std::string& folder,
                                                   state_record::warn_fn warn);
    /// Use open().
    dht_state(net::loop& on, std::unique_ptr<state_record> record);

    /// What an earlier run left, if anything. errc::bad_data if it is damaged.
    result<std::optional<dht::saved_state>> load();
    /// From now on every 5 minutes.
    void keep(now_fn state);
    /// At the end: on disk when it returns.
    void save_last();

  private:
    void save();

    net::loop& loop_;
    std::unique_ptr<state_record> record_;
    now_fn state_;
    net::timer due_;
};

}  // namespace bt::app
