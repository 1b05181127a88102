// What the torrents of one session share: the network side, the limits, the time of the input that is being
// worked on, and the outputs it has led to. Private to this room.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "session/core.hpp"

namespace bt::session {

struct core::surroundings {
    surroundings(node::config config, const settings& how, rng random)
        : net(std::move(config), std::move(random)), limits(how) {
        net.set_limits(limits.down_limit, limits.up_limit);
    }

    node::core net;
    settings limits;
    time_point now{};
    std::deque<output> out;
    bool some_are_over = false;  // and not erased yet
    /// What downloads put under a path, their folder and name: of one name two may be told apart by their
    /// files.
    std::multimap<std::string, const torrent::info*> places{};

    template <class Event>
    void tell(std::optional<torrent_id> about, Event what) {
        out.emplace_back(happening{about, std::move(what)});
    }
    template <class Request>
    void ask(Request what) {
        out.emplace_back(std::move(what));
    }
};

}  // namespace bt::session
