// Nodes in whose name a `bye` came. Its source may be forged, so they are asked before it is believed: a node
// that is still there says `yes`, one that has left says nothing.
#pragma once

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/rng.hpp"
#include "discovery/hello_codec.hpp"
#include "discovery/outputs.hpp"

namespace bt::discovery {

class leavers {
  public:
    struct question {
        endpoint to;
        hello_message said;  ///< what is to be confirmed
        hello_nonce nonce;
    };

    void add(time_point now, const node_key& node, const endpoint& to, hello_message said, rng& random) {
        BT_ASSERT(to.port != 0);
        const auto [at, fresh] = all_.try_emplace(node);
        if (!fresh) return;
        at->second.what = {to, std::move(said), {}};
        random.fill(at->second.what.nonce.bytes);
        at->second.due = now;
        next_ = std::min(next_, now);
    }
    /// It is still there; false: this is no answer to a question of ours.
    bool stays(const node_key& node, const hello_nonce& nonce) {
        const auto found = all_.find(node);
        if (found == all_.end() || found->second.asked == 0 || found->second.what.nonce != nonce)
            return false;
        BT_ASSERT(found->second.asked <= std::size(gaps));
        all_.erase(found);
        return true;
    }
    /// Those that did not answer. `ask` tells whether it could: else the question waits.
    template <class Ask>
    std::vector<node_key> tick(time_point now, Ask&& ask) {
        std::vector<node_key> gone;
        if (now < next_) return gone;
        next_ = never;
        for (auto at = all_.begin(); at != all_.end();) {
            const auto current = at++;
            auto& one = current->second;
            if (one.due <= now && one.asked == std::size(gaps)) {
                gone.push_back(current->first);
                all_.erase(current);
                continue;
            }
            if (one.due <= now) one.due = now + (ask(one.what) ? gaps[one.asked++] : refused_gap);
            next_ = std::min(next_, one.due);
        }
        return gone;
    }
    time_point next() const { return next_; }
    /// None is due before next(), or asked of another address than its own.
    bool is_sound() const {
        return std::all_of(all_.begin(), all_.end(), [&](const auto& each) {
            const auto& [node, one] = each;
            return one.due >= next_ && one.asked <= std::size(gaps) && one.what.to.address == node.address &&
                   one.what.to.port != 0 && one.what.said.instance == node.instance;
        });
    }

  private:
    /// Two questions, for one may be lost; a node that has left is gone a second later.
    static constexpr duration gaps[] = {400ms, 600ms}, refused_gap = 100ms;
    struct entry {
        question what;
        time_point due{};
        std::size_t asked = 0;
    };
    std::unordered_map<node_key, entry> all_;
    time_point next_ = never;
};

}  // namespace bt::discovery
