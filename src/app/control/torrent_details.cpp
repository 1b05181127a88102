#include "app/control/torrent_details.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "session/verified_bytes.hpp"

namespace bt::app {
namespace {

constexpr std::size_t files_at_once = 500, pieces_at_once = 500'000;  // an answer is bounded

struct state_word {
    piece_state state;
    char letter;
    std::string_view word;
};
constexpr std::array<state_word, 6> words = {{{piece_state::missing, 'm', "missing"},
                                              {piece_state::active, 'a', "active"},
                                              {piece_state::have, 'h', "have"},
                                              {piece_state::failed, 'f', "failed"},
                                              {piece_state::unavailable, 'n', "unavailable"},
                                              {piece_state::unwanted, 's', "unwanted"}}};

const state_word& word_of(piece_state state) { return words[static_cast<std::size_t>(state)]; }

std::string_view name_of(swarm::priority priority) {
    switch (priority) {
        case swarm::priority::skip:
            return "skip";
        case swarm::priority::low:
            return "low";
        case swarm::priority::high:
            return "high";
        case swarm::priority::normal:
            break;
    }
    return "normal";
}

}  // namespace

std::string_view to_string(piece_state state) { return word_of(state).word; }

json files_page(const torrent_status& status, const torrent::info& info, std::uint64_t from) {
    auto priorities = bt::session::file_priorities(info, status.files);
    if (!priorities) priorities = std::vector(info.files.size(), swarm::priority::normal);
    bt::session::verified_bytes verified(status.pieces, info.shape.piece_bytes());
    json page = json::array{};
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < info.files.size(); ++i) {
        const auto& file = info.files[i];
        if (file.padding) continue;
        if (count++ < from || count - from > files_at_once) continue;
        page.push_back(json{{"name", file.path},
                            {"size", file.size},
                            {"have", verified.of(file)},
                            {"priority", name_of((*priorities)[i])}});
    }
    return {{"files", std::move(page)}, {"count", count}};
}

json pieces_page(const torrent_status& status, std::uint64_t from) {
    const auto& all = status.pieces;
    const auto first = static_cast<std::size_t>(std::min<std::uint64_t>(from, all.size()));
    std::string letters;
    for (auto i = first; i < std::min(all.size(), first + pieces_at_once); ++i)
        letters += word_of(all[i]).letter;
    return {{"states", std::move(letters)}, {"count", all.size()}, {"piece_size", status.piece_bytes}};
}

result<std::uint64_t> read_files_page(const json& from, std::vector<file_standing>& to) {
    const auto count = from.find_natural("count");
    const auto* page = from.find("files");
    if (!count || page == nullptr || page->elements() == nullptr)
        return fail(errc::bad_data, "these are no files of a running node");
    for (const auto& each : *page->elements())
        to.push_back({std::string(each.find_text("name").value_or("")), each.find_natural("size").value_or(0),
                      each.find_natural("have").value_or(0),
                      std::string(each.find_text("priority").value_or("normal"))});
    return *count;
}

result<std::uint64_t> read_pieces_page(const json& from, piece_standing& to) {
    const auto count = from.find_natural("count");
    const auto letters = from.find_text("states");
    if (!count || !letters) return fail(errc::bad_data, "these are no pieces of a running node");
    to.piece_bytes = static_cast<std::uint32_t>(from.find_natural("piece_size").value_or(0));
    for (const auto letter : *letters) {
        const auto* word =
            std::find_if(words.begin(), words.end(), [&](const auto& each) { return each.letter == letter; });
        to.pieces.push_back(word == words.end() ? piece_state::missing : word->state);
    }
    return *count;
}

}  // namespace bt::app
