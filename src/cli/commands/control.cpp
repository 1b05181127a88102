// `pause`, `resume`, `reannounce` and `set`: what running nodes are told of their torrents.
#include <fmt/format.h>

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/commands/running_torrents.hpp"
#include "cli/display/limit_text.hpp"
#include "cli/display/output.hpp"

namespace bt::cli {
namespace {

struct wording {
    const char *method, *done;
};
constexpr wording wordings[] = {
    {"torrent_pause", "paused"}, {"torrent_resume", "resumed"}, {"torrent_reannounce", "reannounced"}};

/// What stands in the way of a file is found out by the disk: longer than this only beside a long check.
constexpr duration choice_time = 30s, first_look = 20ms, choice_look_time = 200ms;

/// Waits for what became of a choice of files, where there was one.
result<void> await_choice(app::running_nodes& nodes, const app::remote_torrent& of, json answer) {
    auto pause = first_look;
    for (duration waited{}; answer.find("choice") != nullptr; waited += pause, pause = choice_look_time) {
        const auto* over = answer.find("over");
        if (over != nullptr && over->boolean() == true) return {};
        if (waited >= choice_time)
            return fail(errc::unfinished, "it is not known yet whether these files can be had",
                        "'status' tells which are selected");
        nodes.wait(pause);
        auto next = nodes.tell(of, "torrent_set", {{"choice", answer.find_natural("choice").value_or(0)}});
        // with these files it was complete and went
        if (!next && next.error().code == errc::no_node) return {};
        if (!next) return unexpected<error>(next.error());
        answer = std::move(*next);
    }
    return {};
}

json to_json(const app::seed_rule& rule) {
    using kind = app::seed_rule::kind;
    switch (rule.what) {
        case kind::ratio:
            return {{"what", "ratio"}, {"ratio", rule.ratio}};
        case kind::time:
            return {{"what", "time"}, {"seconds", rule.time / 1s}};
        case kind::no:
            return {{"what", "no"}};
        default:
            return {{"what", "forever"}};
    }
}

using then_fn = std::function<result<void>(const app::remote_torrent&)>;

/// Tells each of them the same, prints one line each, and goes on where one refuses.
/// `then`: what is to be done with each besides; `note`: what is to be said of it besides.
template <class Note>
ending tell(output& out, app::running_nodes& nodes, const result<std::vector<app::remote_torrent>>& chosen,
            const wording& how, const json& params, const then_fn& then, const Note& note) {
    if (!chosen) return out.fails(chosen.error());
    const auto& general = out.general();
    ending end;
    json list = json::array{};
    for (const auto& each : *chosen) {
        const auto& s = each.status;
        const auto answer = nodes.tell(each, how.method, params);
        auto done = answer ? await_choice(nodes, each, *answer) : unexpected<error>(answer.error());
        if (done && then) done = then(each);
        if (!done) {
            out.error(done.error(), &s.hash);
            end.code = worse(end.code, exit_code_of(done.error().code));
            continue;
        }
        const auto* noted = answer->find("noted");
        const std::string_view word = noted != nullptr && noted->boolean() == true ? "noted" : how.done;
        const auto besides = note(s);
        if (general.json) {
            json done_to = {{"hash_string", to_hex(s.hash.span())}, {"name", s.name}, {"done", word}};
            if (!besides.empty()) done_to["note"] = besides;
            list.push_back(std::move(done_to));
            continue;
        }
        std::string more = besides.empty() ? "" : "; " + besides;
        if (word == "noted") more += " (its files are not known yet: the choice is checked when they are)";
        out.result(fmt::format("{} {}{}", word, torrent_label(*chosen, each), more));
    }
    if (general.json) out.result(json{{"schema", 1}, {"torrents", std::move(list)}}.dump());
    end.code = worse(end.code, out.lost_or_done());
    return end;
}

}  // namespace

ending control(const general_options& general, torrents_options options) {
    json params = json::object{};
    if (options.now) params["now"] = true;
    output out(general);
    app::running_nodes nodes;
    const auto chosen = all_or_none(nodes, out, options.torrents);
    return tell(out, nodes, chosen, wordings[static_cast<int>(options.action)], params, {},
                [](const app::torrent_status&) { return std::string(); });
}

ending set(const general_options& general, set_options options) {
    if (options.rename) return rename(general, options);
    json params = json::object{};
    if (options.down_limit) params["download_limit"] = *options.down_limit;
    if (options.up_limit) params["upload_limit"] = *options.up_limit;
    if (options.select) params["select"] = *options.select;
    if (options.first) params["first"] = *options.first;
    if (options.last) params["last"] = *options.last;
    if (options.seed) params["seed"] = to_json(*options.seed);
    output out(general);
    app::running_nodes nodes;
    auto chosen = running_torrents(nodes, out, {options.torrent}, true);
    // files are chosen of a download, not of the share of the same torrent in another process
    const bool chooses = options.select || options.first || options.last;
    const auto is_share = [](const app::remote_torrent& each) { return each.status.shared; };
    if (chosen && chooses && !std::all_of(chosen->begin(), chosen->end(), is_share))
        std::erase_if(*chosen, is_share);
    then_fn labels;
    if (options.labels)
        labels = [&](const app::remote_torrent& each) { return nodes.label(each, *options.labels); };
    return tell(
        out, nodes, chosen, {"torrent_set", "set"}, params, labels,
        [&](const app::torrent_status& s) { return limits_note(s, options.down_limit, options.up_limit); });
}

}  // namespace bt::cli
