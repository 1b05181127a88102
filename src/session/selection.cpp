#include "session/selection.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace bt::session {
namespace {

using range = std::pair<std::uint64_t, std::uint64_t>;

/// "3" or "3-5"; nothing for anything else.
std::optional<range> parse_range(std::string_view item) {
    const auto dash = item.find('-');
    const auto first = parse_number(item.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_number(item.substr(dash + 1));
    if (!first || !last) return std::nullopt;
    return range{*first, *last};
}

bool matches(const std::string& glob, const std::string& path) {
    const auto below = path.find('/') == std::string::npos ? path : path.substr(path.find('/') + 1);
    const auto last = path.substr(path.rfind('/') + 1);
    return fnmatch(glob.c_str(), below.c_str(), 0) == 0 || fnmatch(glob.c_str(), last.c_str(), 0) == 0;
}

/// The next item of the list, with `begin` moved on.
std::string next_item(const std::string& list, std::size_t& begin) {
    const auto end = std::min(list.find(',', begin), list.size());
    auto item = list.substr(begin, end - begin);
    begin = end + 1;
    return item;
}

result<void> check_item(const std::string& item) {
    if (item.empty() || item.find_first_not_of("0123456789-") != std::string::npos) return {};
    if (const auto numbers = parse_range(item); numbers && numbers->first <= numbers->second) return {};
    return fail(errc::usage, "not a file number or range: '" + item + "'", "like 2 or 3-5");
}

/// "1,3-5": the numbers of those for which `is` holds.
template <class F>
std::string numbers_of(const std::vector<swarm::priority>& files, F&& is) {
    std::string text;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (!is(files[i])) continue;
        auto last = i;
        while (last + 1 < files.size() && is(files[last + 1])) ++last;
        if (!text.empty()) text += ',';
        text += std::to_string(i + 1);
        if (last > i) text += '-' + std::to_string(last + 1);
        i = last;
    }
    return text;
}

}  // namespace

result<void> check_list(const std::string& list) {
    for (std::size_t begin = 0; begin <= list.size();)
        if (auto fine = check_item(next_item(list, begin)); !fine) return fine;
    return {};
}

result<std::vector<bool>> select(const torrent::info& info, const std::string& list) {
    std::vector<std::size_t> numbered;  // file number - 1 -> index in the torrent
    for (std::size_t i = 0; i < info.files.size(); ++i)
        if (!info.files[i].padding) numbered.push_back(i);
    std::vector<bool> wanted(info.files.size(), false);
    for (std::size_t begin = 0; begin <= list.size();) {
        const auto item = next_item(list, begin);
        if (item.empty()) continue;
        if (auto fine = check_item(item); !fine) return unexpected<error>(fine.error());
        bool any = false;
        if (const auto numbers = parse_range(item)) {
            for (auto n = std::max<std::uint64_t>(numbers->first, 1);
                 n <= std::min<std::uint64_t>(numbers->second, numbered.size()); ++n)
                any = wanted[numbered[n - 1]] = true;
        } else {
            for (auto i : numbered)
                if (matches(item, info.files[i].path)) any = wanted[i] = true;
        }
        if (!any)
            return fail(errc::not_found, "no file matches '" + printable(item) + "'",
                        "'get --list' prints the files and their numbers");
    }
    return wanted;
}

std::string selection_text(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& ranges) {
    std::string text;
    for (const auto& [first, last] : ranges)
        text += (text.empty() ? "" : ",") + std::to_string(std::uint64_t{first} + 1) + '-' +
                std::to_string(std::uint64_t{last} + 1);
    return text;
}

result<std::vector<swarm::priority>> file_priorities(const torrent::info& info, const file_choice& choice) {
    using swarm::priority;
    std::vector<priority> files(info.files.size(), choice.select.empty() ? priority::normal : priority::skip);
    const auto give = [&](const std::string& list, priority to) -> result<void> {
        if (list.empty()) return {};
        const auto named = select(info, list);
        if (!named) return unexpected<error>(named.error());
        for (std::size_t i = 0; i < files.size(); ++i)
            if ((*named)[i] && (files[i] != priority::skip || to == priority::normal)) files[i] = to;
        return {};
    };
    if (auto given = give(choice.select, priority::normal); !given) return unexpected<error>(given.error());
    if (auto given = give(choice.last, priority::low); !given) return unexpected<error>(given.error());
    if (auto given = give(choice.first, priority::high); !given) return unexpected<error>(given.error());
    for (std::size_t i = 0; i < files.size(); ++i)
        if (info.files[i].padding) files[i] = priority::skip;
    return files;
}

file_choice choice_by_number(const std::vector<swarm::priority>& files) {
    using swarm::priority;
    file_choice choice;
    if (std::find(files.begin(), files.end(), priority::skip) != files.end())
        choice.select = numbers_of(files, [](priority how) { return how != priority::skip; });
    choice.first = numbers_of(files, [](priority how) { return how == priority::high; });
    choice.last = numbers_of(files, [](priority how) { return how == priority::low; });
    return choice;
}

std::vector<swarm::priority> piece_priorities(const torrent::info& info,
                                              const std::vector<swarm::priority>& files) {
    std::vector<swarm::priority> pieces(info.shape.piece_count(), swarm::priority::skip);
    for (std::size_t i = 0; i < info.files.size(); ++i) {
        const auto& file = info.files[i];
        if (files[i] == swarm::priority::skip || file.size == 0) continue;
        const auto last = (file.begin + file.size - 1) / info.shape.piece_bytes();
        for (auto p = file.begin / info.shape.piece_bytes(); p <= last; ++p)
            pieces[p] = std::max(pieces[p], files[i]);
    }
    return pieces;
}

std::vector<std::uint32_t> wanted_bytes(const torrent::info& info,
                                        const std::vector<swarm::priority>& files) {
    std::vector<std::uint32_t> bytes(info.shape.piece_count());
    const std::uint64_t size = info.shape.piece_bytes();
    for (std::size_t i = 0; i < info.files.size(); ++i) {
        const auto& file = info.files[i];
        if (files[i] == swarm::priority::skip) continue;
        const auto end = file.begin + file.size;
        for (auto at = file.begin; at < end;) {
            const auto until = std::min(end, (at / size + 1) * size);
            bytes[at / size] += static_cast<std::uint32_t>(until - at);
            at = until;
        }
    }
    return bytes;
}

std::vector<bool> wanted_files(const std::vector<swarm::priority>& files) {
    std::vector<bool> wanted(files.size());
    for (std::size_t i = 0; i < files.size(); ++i) wanted[i] = files[i] != swarm::priority::skip;
    return wanted;
}

}  // namespace bt::session
