// The order in which torrents have their turn.
#include <algorithm>

#include "rpc/methods.hpp"

namespace bt::rpc {
namespace {

/// Those that are meant, in the order of the queue, and where they stand there.
std::vector<std::size_t> places_of(const std::vector<std::uint32_t>& queue,
                                   const std::vector<std::uint32_t>& which) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < queue.size(); ++i)
        if (std::find(which.begin(), which.end(), queue[i]) != which.end()) places.push_back(i);
    return places;
}

}  // namespace

outcome queue_move_top(context& in, const arguments& with) {
    const auto queue = in.node.queue();
    std::size_t to = 0;
    for (const auto at : places_of(queue, meant(in, with))) in.node.set_place(queue[at], to++);
    return {};
}

outcome queue_move_bottom(context& in, const arguments& with) {
    const auto queue = in.node.queue();
    for (const auto at : places_of(queue, meant(in, with))) in.node.set_place(queue[at], queue.size());
    return {};
}

/// Several that stand together stay together.
outcome queue_move_up(context& in, const arguments& with) {
    const auto queue = in.node.queue();
    std::size_t least = 0;
    for (const auto at : places_of(queue, meant(in, with))) {
        const auto to = std::max(at == 0 ? 0 : at - 1, least);
        in.node.set_place(queue[at], to);
        least = to + 1;
    }
    return {};
}

outcome queue_move_down(context& in, const arguments& with) {
    const auto queue = in.node.queue();
    auto places = places_of(queue, meant(in, with));
    std::reverse(places.begin(), places.end());
    auto end = queue.size();  // places from here on are taken by those that could not move
    for (const auto at : places) {
        const auto to = std::min(at + 1, end - 1);
        in.node.set_place(queue[at], to);
        end = to;
    }
    return {};
}

}  // namespace bt::rpc
