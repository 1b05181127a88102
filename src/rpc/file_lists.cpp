#include "rpc/file_lists.hpp"

#include <algorithm>

namespace bt::rpc {
namespace {

using swarm::priority;

struct list_name {
    std::string_view name;
    priority gives;
};
// In the order in which they are applied: what is wanted first, then in which order.
constexpr list_name lists[] = {{"files-unwanted", priority::skip},
                               {"files-wanted", priority::normal},
                               {"priority-low", priority::low},
                               {"priority-normal", priority::normal},
                               {"priority-high", priority::high}};

}  // namespace

bool chooses_files(const arguments& with, empty_list empty) {
    return std::any_of(std::begin(lists), std::end(lists), [&](const list_name& each) {
        const auto* given = with.find(each.name);
        const bool is_empty = given != nullptr && given->elements() != nullptr && given->elements()->empty();
        return given != nullptr && (!is_empty || empty == empty_list::all);
    });
}

result<session::file_choice> choice_of(const arguments& with, const torrent::info& info,
                                       const session::file_choice& before, empty_list empty) {
    const auto all = session::file_priorities(info, before);
    if (!all) return unexpected<error>(all.error());
    std::vector<priority> files;  // without padding
    for (std::size_t i = 0; i < info.files.size(); ++i)
        if (!info.files[i].padding) files.push_back((*all)[i]);
    auto orders = files;  // a file keeps its place in the order while it is not wanted
    std::vector<bool> wanted(files.size());
    for (std::size_t i = 0; i < files.size(); ++i) wanted[i] = files[i] != priority::skip;
    for (const auto& each : lists) {
        const auto* given = with.find(each.name);
        if (given == nullptr) continue;
        const auto* numbers = given->elements();
        if (numbers == nullptr)
            return fail(errc::usage, with.name(each.name) + ": a list of files was expected");
        std::vector<std::size_t> meant;
        for (const auto& number : *numbers) {
            const auto index = number.natural();
            if (!index || *index >= files.size())
                return fail(errc::not_found, with.name(each.name) + ": the torrent has no such file");
            meant.push_back(static_cast<std::size_t>(*index));
        }
        if (numbers->empty() && empty == empty_list::all)
            for (std::size_t i = 0; i < files.size(); ++i) meant.push_back(i);
        for (const auto i : meant) {
            if (each.name.starts_with("files"))
                wanted[i] = each.gives != priority::skip;
            else
                orders[i] = each.gives;
        }
    }
    for (std::size_t i = 0; i < files.size(); ++i)
        files[i] = !wanted[i] ? priority::skip : orders[i] == priority::skip ? priority::normal : orders[i];
    if (std::all_of(files.begin(), files.end(), [](priority how) { return how == priority::skip; }))
        return fail(errc::usage, "one file at least is to be wanted");
    return session::choice_by_number(files);
}

}  // namespace bt::rpc
