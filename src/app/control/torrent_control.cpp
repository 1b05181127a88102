#include "app/control/torrent_control.hpp"

#include <algorithm>
#include <limits>

#include "app/control/torrent_details.hpp"
#include "app/control/torrent_json.hpp"
#include "base/text.hpp"

namespace bt::app {
namespace {

constexpr std::size_t torrents_at_once = 100;  // an answer is bounded

/// The member as it was, or as it is wished; errc::usage where that is none.
result<void> read_limit(const json& params, const std::string& key, std::uint64_t& to) {
    const auto* wish = params.find(key);
    if (wish == nullptr) return {};
    const auto number = wish->natural();
    if (!number) return fail(errc::usage, key + ": bytes per second, 0 for none");
    to = *number;
    return {};
}

result<void> read_list(const json& params, const std::string& key, std::string& to) {
    const auto* wish = params.find(key);
    if (wish == nullptr) return {};
    const auto text = wish->text();
    if (!text) return fail(errc::usage, key + ": numbers or globs of files");
    to = *text;
    return {};
}

/// {"what": WORD, "ratio": N, "seconds": N}, the last two where they are meant. What lingers ends by itself:
/// that is no wish of one that runs.
result<seed_rule> read_seed(const json& wish) {
    const auto word = wish.find_text("what").value_or("");
    const auto number = [&](const char* key) {
        const auto* found = wish.find(key);
        return found == nullptr ? -1 : found->number().value_or(-1);
    };
    using kind = seed_rule::kind;
    if (word == "no") return seed_rule{kind::no};
    if (word == "forever") return seed_rule{kind::forever};
    if (word == "ratio" && number("ratio") >= 0) return seed_rule{kind::ratio, {}, number("ratio")};
    constexpr double longest = 1e9;
    if (const auto seconds = number("seconds"); word == "time" && seconds >= 0 && seconds <= longest)
        return seed_rule{kind::time, std::chrono::seconds(static_cast<std::int64_t>(seconds))};
    return fail(errc::usage, "seed: no, forever, a ratio or a time");
}

}  // namespace

void torrent_control::add_methods(control_server& to) {
    const auto add = [&](std::string name, auto act) {
        to.add(std::move(name), [this, act](const json& params) -> result<json> {
            const auto id = find(params);
            if (!id) return unexpected<error>(id.error());
            act(*id, params);
            return json(json::object{});
        });
    };
    add("torrent_pause", [this](torrent_id id, const json&) { node_.set_paused(id, true); });
    add("torrent_resume", [this](torrent_id id, const json& params) {
        const auto* now = params.find("now");
        if (now != nullptr && now->boolean() == true)
            node_.run_now(id);
        else
            node_.set_paused(id, false);
    });
    to.add_slow("torrent_remove", [this](const json& params, const control_server::done_fn& done) {
        const auto id = find(params);
        if (!id) return done(unexpected<error>(id.error()));
        const auto* deletes = params.find("delete");
        if (deletes != nullptr && deletes->boolean() == true)
            return node_.remove_with_files(*id, [done](const deleted_files& what) { done(to_json(what)); });
        node_.remove(*id);
        done(json(json::object{}));
    });
    add("torrent_reannounce", [this](torrent_id id, const json&) { node_.reannounce(id); });
    to.add("torrent_files", [this](const json& params) -> result<json> {
        const auto id = find(params);
        if (!id) return unexpected<error>(id.error());
        const auto* torrent = node_.torrent(*id);
        if (torrent == nullptr) return fail(errc::not_found, "its files are not known yet");
        return files_page(node_.status(*id), torrent->info, params.find_natural("from").value_or(0));
    });
    to.add("torrent_pieces", [this](const json& params) -> result<json> {
        const auto id = find(params);
        if (!id) return unexpected<error>(id.error());
        if (node_.torrent(*id) == nullptr) return fail(errc::not_found, "its pieces are not known yet");
        return pieces_page(node_.status(*id), params.find_natural("from").value_or(0));
    });
    to.add("torrents", [this](const json& params) { return list(params); });
    to.add("torrent_verify", [this](const json& params) { return verify(params); });
    to.add("torrent_set", [this](const json& params) { return set(params); });
}

result<torrent_id> torrent_control::find(const json& params) const {
    const auto raw = from_hex(params.find_text("hash").value_or(""));
    const auto hash = raw ? info_hash::from(*raw) : std::nullopt;
    if (!hash) return fail(errc::usage, "hash: 40 hex digits");
    if (const auto id = node_.find(*hash)) return *id;
    return fail(errc::not_found, "no such torrent is running");
}

result<json> torrent_control::list(const json& params) const {
    json some = json::array{};
    if (params.find("hash") != nullptr) {
        const auto id = find(params);
        if (!id) return unexpected<error>(id.error());
        some.push_back(to_json(node_.brief_status(*id), true));
        return json{{"torrents", std::move(some)}, {"count", 1}};
    }
    const auto all = node_.torrents();
    const auto from = static_cast<std::size_t>(
        std::min<std::uint64_t>(params.find_natural("from").value_or(0), all.size()));
    const auto until = std::min(all.size(), from + torrents_at_once);
    for (auto i = from; i < until; ++i) some.push_back(to_json(node_.brief_status(all[i]), false));
    return json{{"torrents", std::move(some)}, {"count", all.size()}};
}

result<json> torrent_control::verify(const json& params) {
    const auto id = find(params);
    if (!id) return unexpected<error>(id.error());
    if (params.find("check") == nullptr)
        if (const auto begun = node_.recheck(*id); !begun) return unexpected<error>(begun.error());
    const auto standing = node_.last_check(*id);
    if (const auto number = params.find_natural("check"); number && *number != standing.number)
        return fail(errc::not_found, "no such check");
    return to_json(standing);
}

result<json> torrent_control::set(const json& params) {
    const auto id = find(params);
    if (!id) return unexpected<error>(id.error());
    if (const auto number = params.find_natural("choice")) return choice(*id, *number);
    const auto before = node_.brief_status(*id);
    auto down = before.down_limit, up = before.up_limit;
    auto files = before.files;
    for (const auto& read :
         {read_limit(params, "download_limit", down), read_limit(params, "upload_limit", up),
          read_list(params, "select", files.select), read_list(params, "first", files.first),
          read_list(params, "last", files.last)})
        if (!read) return unexpected<error>(read.error());
    std::optional<seed_rule> seed;
    if (const auto* wish = params.find("seed"); wish != nullptr) {
        const auto read = read_seed(*wish);
        if (!read) return unexpected<error>(read.error());
        seed = *read;
    }
    if (seed)
        if (const auto fits = node_.set_seed(*id, *seed); !fits) return unexpected<error>(fits.error());
    const bool chooses =
        params.find("select") != nullptr || params.find("first") != nullptr || params.find("last") != nullptr;
    std::uint32_t number = 0;
    if (chooses) {
        const auto chosen = node_.choose(*id, files);
        if (!chosen) return unexpected<error>(chosen.error());
        number = *chosen;
    }
    if (down != before.down_limit || up != before.up_limit) node_.set_limits(*id, down, up);
    if (!chooses) return json(json::object{});
    auto answer = choice(*id, number);
    if (answer && before.piece_count == 0) (*answer)["noted"] = true;  // its files are not known yet
    return answer;
}

result<json> torrent_control::choice(torrent_id id, std::uint64_t number) const {
    const auto bounded = std::min<std::uint64_t>(number, std::numeric_limits<std::uint32_t>::max());
    const auto outcome = node_.chosen(id, static_cast<std::uint32_t>(bounded));
    if (outcome && !*outcome) return unexpected<error>(outcome->error());
    return json{{"choice", number}, {"over", outcome.has_value()}};
}

}  // namespace bt::app
