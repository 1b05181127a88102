// Which torrents are meant, what is told of them, and what is done with all of them alike.
#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "rpc/methods.hpp"
#include "rpc/torrent_fields.hpp"

namespace bt::rpc {
namespace {

constexpr std::string_view recently_active = "recently-active";

bool means_recent(const arguments& with) {
    const auto ids = with.text("ids");
    return ids && (*ids == recently_active || *ids == snake_case(recently_active));
}

/// A number, or a hash in any case.
std::optional<std::uint32_t> find(const host& node, const json& id) {
    if (const auto number = id.integer())
        return *number > 0 && *number <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(*number))
                                                    : std::nullopt;
    const auto text = id.text();
    const auto raw = text && text->size() == 2 * info_hash::size ? from_hex(*text) : std::nullopt;
    const auto hash = raw ? info_hash::from(*raw) : std::nullopt;
    return hash ? node.find(*hash) : std::nullopt;
}

struct column {
    const json* as_asked;
    const torrent_field* field;  ///< nothing for one that is unknown
};

std::vector<column> read_columns(const arguments& with) {
    std::vector<column> columns;
    const auto* asked = with.find("fields");
    if (asked == nullptr || asked->elements() == nullptr) return columns;
    std::set<std::string_view> seen;
    for (const auto& each : *asked->elements())
        if (const auto name = each.text(); name && seen.insert(*name).second)
            columns.push_back({&each, find_torrent_field(with.how(), *name)});
    return columns;
}

json as_object(const torrent_at_hand& t, const std::vector<column>& columns) {
    json::object one;
    for (const auto& each : columns)
        if (each.field != nullptr) one.emplace_back(*each.as_asked->text(), each.field->read(t));
    return one;
}

json as_row(const torrent_at_hand& t, const std::vector<column>& columns) {
    json::array row;
    for (const auto& each : columns) row.push_back(each.field == nullptr ? json(0) : each.field->read(t));
    return row;
}

outcome for_each(context& in, const arguments& with, void (host::*act)(std::uint32_t)) {
    for (const auto number : meant(in, with)) (in.node.*act)(number);
    return {};
}

outcome pause(context& in, const arguments& with, bool paused) {
    for (const auto number : meant(in, with)) in.node.set_paused(number, paused);
    return {};
}

}  // namespace

std::vector<std::uint32_t> meant(const context& in, const arguments& with) {
    const auto listed = in.node.torrents();
    const auto* ids = with.find("ids");
    if (ids == nullptr) return listed;
    std::vector<std::uint32_t> some;
    if (means_recent(with)) {
        const auto now = in.node.now();
        std::copy_if(listed.begin(), listed.end(), std::back_inserter(some),
                     [&](std::uint32_t number) { return in.watched.is_recent(number, now); });
        return some;
    }
    const std::set<std::uint32_t> known(listed.begin(), listed.end());
    std::set<std::uint32_t> seen;
    const auto take = [&](const json& id) {
        const auto number = find(in.node, id);
        if (number && known.contains(*number) && seen.insert(*number).second) some.push_back(*number);
    };
    if (const auto* list = ids->elements())
        for (const auto& each : *list) take(each);
    else
        take(*ids);
    return some;
}

outcome torrent_get(context& in, const arguments& with) {
    const auto columns = read_columns(with);
    if (columns.empty())
        return {{{with.name("torrents"), json::array{}}}, "no fields specified", code::invalid_params};
    const bool table = with.text("format") == "table";
    const bool pieces = std::any_of(columns.begin(), columns.end(), [](const column& each) {
        return each.field != nullptr && each.field->pieces;
    });
    if (with.find("ids") == nullptr || means_recent(with)) in.watched.look(in.node);
    auto facts = in.node.facts();
    facts.peers = static_cast<std::size_t>(in.settings.integer("peer-limit-per-torrent"));
    std::map<std::uint32_t, std::size_t> positions;
    for (const auto number : in.node.queue()) positions.emplace(number, positions.size());
    json::array list;
    if (table) {
        json::array names;
        for (const auto& each : columns) names.push_back(*each.as_asked);
        list.emplace_back(std::move(names));
    }
    for (const auto number : meant(in, with)) {
        auto view = in.node.view(number, pieces);
        if (!view) continue;
        const auto& wishes = in.wishes_of(view->status.hash);
        const torrent_at_hand t{in.node,           facts,     std::move(*view), wishes, in.watched.of(number),
                                positions[number], with.how()};
        list.push_back(table ? as_row(t, columns) : as_object(t, columns));
    }
    outcome given;
    if (means_recent(with)) {
        json::array gone;
        for (const auto number : in.watched.removed(in.node.now())) gone.emplace_back(number);
        given.value.emplace_back(with.name("removed"), std::move(gone));
    }
    given.value.emplace_back(with.name("torrents"), std::move(list));
    return given;
}

outcome torrent_start(context& in, const arguments& with) { return pause(in, with, false); }
outcome torrent_stop(context& in, const arguments& with) { return pause(in, with, true); }
outcome torrent_start_now(context& in, const arguments& with) { return for_each(in, with, &host::run_now); }
outcome torrent_reannounce(context& in, const arguments& with) {
    return for_each(in, with, &host::reannounce);
}

outcome torrent_verify(context& in, const arguments& with) {
    outcome given;
    for (const auto number : meant(in, with))
        if (const auto begun = in.node.verify(number); !begun && given.error.empty())
            given = outcome::fails(code::internal, begun.error().message);
    return given;
}

void torrent_remove(const context& in, const arguments& with, outcome_fn done) {
    const auto numbers = meant(in, with);
    const bool with_data = with.flag("delete-local-data").value_or(false);
    auto all = std::make_shared<all_of_them>(all_of_them{numbers.size() + 1, {}, std::move(done)});
    for (const auto number : numbers)
        in.node.remove(number, with_data, [all](const result<void>& gone) { all->take(gone); });
    all->take(outcome{});
}

void torrent_set_location(const context& in, const arguments& with, outcome_fn done) {
    const auto folder = with.text("location");
    if (!folder) return done(outcome::fails(code::invalid_params, "no location"));
    if (!folder->starts_with('/') || folder->find('\0') != folder->npos)
        return done(outcome::fails(code::path_not_absolute, "new location path is not absolute"));
    if (const auto may = in.node.may_put_into(std::string(*folder)); !may)
        return done(outcome::fails(code::system, may.error().message));
    const auto numbers = meant(in, with);
    const bool moves = with.flag("move").value_or(false);
    auto all = std::make_shared<all_of_them>(all_of_them{numbers.size() + 1, {}, std::move(done)});
    for (const auto number : numbers)
        in.node.move(number, std::string(*folder), !moves,
                     [all](const result<void>& moved) { all->take(moved); });
    all->take(outcome{});
}

void torrent_rename_path(const context& in, const arguments& with, outcome_fn done) {
    const auto numbers = meant(in, with);
    if (numbers.size() != 1)
        return done(outcome::fails(code::invalid_params, "torrent-rename-path requires 1 torrent"));
    const std::string path(with.text("path").value_or("")), name(with.text("name").value_or(""));
    outcome given;
    given.value = {{with.name("id"), numbers.front()}, {with.name("name"), name}, {with.name("path"), path}};
    in.node.rename(numbers.front(), path, name,
                   [given = std::move(given), done = std::move(done)](const result<void>& renamed) mutable {
                       if (!renamed) {
                           const auto& why = renamed.error();
                           const bool no_such = why.code == errc::usage || why.code == errc::not_found;
                           given.error = no_such ? "Invalid argument" : why.message;
                           given.code = no_such ? code::invalid_params : code::system;
                       }
                       done(std::move(given));
                   });
}

}  // namespace bt::rpc
