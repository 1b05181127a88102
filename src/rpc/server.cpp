#include "rpc/server.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/json.hpp"
#include "rpc/methods.hpp"
#include "rpc/seed_limits.hpp"
#include "rpc/speed_schedule.hpp"

namespace bt::rpc {
namespace {

struct method {
    std::string_view name;  ///< in the old dialect
    outcome (*act)(context&, const arguments&);
    void (*begin)(const context&, const arguments&, outcome_fn done) = nullptr;  ///< what takes time
    bool sets = false;  ///< something that is kept for the next run
};

constexpr method methods[] = {
    {"torrent-get", torrent_get},
    {"torrent-add", nullptr, torrent_add, true},
    {"torrent-set", nullptr, torrent_set, true},
    {"torrent-remove", nullptr, torrent_remove, true},
    {"torrent-start", torrent_start},
    {"torrent-start-now", torrent_start_now},
    {"torrent-stop", torrent_stop},
    {"torrent-verify", torrent_verify},
    {"torrent-reannounce", torrent_reannounce},
    {"torrent-set-location", nullptr, torrent_set_location},
    {"torrent-rename-path", nullptr, torrent_rename_path},
    {"queue-move-top", queue_move_top, nullptr, true},
    {"queue-move-up", queue_move_up, nullptr, true},
    {"queue-move-down", queue_move_down, nullptr, true},
    {"queue-move-bottom", queue_move_bottom, nullptr, true},
    {"session-get", session_get},
    {"session-set", session_set, nullptr, true},
    {"session-stats", session_stats},
    {"session-close", session_close},
    {"free-space", free_space},
    {"port-test", refuse_port_test},
    {"blocklist-update", refuse_blocklist},
    {"group-get", group_get},
    {"group-set", refuse_groups},
    // our own (own_methods.cpp)
    {"lan-get", lan_get},
    {"dht-stats", dht_stats},
    {"doctor-run", nullptr, doctor_run},
    {"history-get", history_get},
    {"log-get", log_get},
    {"share", share},
    {"torrent-create", torrent_create},
    {"hashing-get", hashing_get},
    {"hashing-stop", hashing_stop},
    {"upload-begin", upload_begin},
    {"upload-part", nullptr, upload_part},
    {"upload-end", nullptr, upload_end},
    {"upload-cancel", upload_cancel},
};

const method* find_method(dialect how, std::string_view name) {
    for (const auto& each : methods)
        if (name_in(how, each.name) == name) return &each;
    return nullptr;
}

/// Deep enough for every request; what is deeper is none.
constexpr std::size_t request_depth = 16;
/// Of an upload of 100,000 files each has three.
constexpr std::size_t most_values = 1'000'000;
/// Longer bodies are read on another thread.
constexpr std::size_t large_body = 256 * 1024;
/// In one batch of JSON-RPC. Beyond so many bytes of replies the rest of it is not looked at: others wait.
constexpr std::size_t most_requests = 1'000, most_batch_bytes = 16 << 20;

std::string_view message_of(int code) {
    switch (code) {
        case code::parse:
            return "Parse error";
        case code::invalid_request:
            return "Invalid Request";
        case code::no_method:
            return "Method not found";
        case code::invalid_params:
            return "Invalid params";
        case code::internal:
            return "Internal error";
        case code::path_not_absolute:
            return "path is not absolute";
        case code::unrecognized:
            return "unrecognized info";
        case code::file_index:
            return "file index out of range";
        case code::http:
            return "HTTP error";
        case code::corrupt_torrent:
            return "invalid or corrupt torrent file";
        default:
            return "error";
    }
}

json json_rpc_error(int code, const std::string& text, json id) {
    json::object error = {{"code", code}, {"message", message_of(code)}};
    if (!text.empty()) error.emplace_back("data", json{{"error_string", text}});
    return json{{"jsonrpc", "2.0"}, {"error", std::move(error)}, {"id", std::move(id)}};
}

}  // namespace

struct server::impl {
    explicit impl(host& of) : node(of), settings(of.facts()) {
        const auto before = settings;
        order = read_kept(node.kept(), settings, wishes);
        if (!node.may_put_into(settings.text("download-dir"))) settings.set_back("download-dir");
        apply(node, before, settings);
    }

    host& node;
    changes watched;
    session_settings settings;
    wishes_by_hash wishes;
    seed_limits limits;
    speed_schedule schedule;
    std::vector<info_hash> order;  // where it is not that of the additions

    void keep() {
        std::erase_if(wishes, [this](const auto& each) { return !node.find(each.first); });
        const auto queue = node.queue();
        order.clear();
        if (!std::is_sorted(queue.begin(), queue.end()))
            for (const auto number : queue)
                if (const auto hash = node.hash_of(number)) order.push_back(*hash);
        node.keep(write_kept(settings, wishes, order));
    }

    void call(const request_ptr& whole, dialect how, std::string_view name, const json* params,
              outcome_fn done) {
        const auto* found = find_method(how, name);
        if (found == nullptr) return done(outcome::fails(code::no_method, "method name not recognized"));
        context in{node, watched, settings, wishes, whole};
        const arguments with(how, params);
        if (found->sets)
            done = [this, then = std::move(done)](outcome given) {
                keep();
                then(std::move(given));
            };
        found->act != nullptr ? done(found->act(in, with)) : found->begin(in, with, std::move(done));
    }

    void answer_old(const request_ptr& request, const reply_fn& done) {
        const auto name = request->find_text("method");
        const auto* tag = request->find("tag");
        auto end = [done, tag = tag == nullptr ? std::nullopt : tag->integer()](outcome given) {
            json reply;
            reply["arguments"] = std::move(given.value);
            reply["result"] = given.error.empty() ? "success" : given.error;
            if (tag) reply["tag"] = *tag;
            done({200, reply.dump()});
        };
        if (!name) return end(outcome::fails(code::invalid_request, "no method name"));
        call(request, dialect::old, *name, request->find("arguments"), std::move(end));
    }

    using one_fn = std::function<void(std::optional<json>)>;
    /// Nothing for a notification.
    void answer_json_rpc(const request_ptr& whole, const json& request, one_fn done) {
        if (request.members() == nullptr) return done(json_rpc_error(code::invalid_request, "", nullptr));
        const auto* id = request.find("id");
        const auto name = request.find_text("method");
        if (request.find_text("jsonrpc") != "2.0" || !name)
            return done(json_rpc_error(code::invalid_request, name ? "" : "no method name",
                                       id == nullptr ? json() : *id));
        call(whole, dialect::json_rpc, *name, request.find("params"),
             [done = std::move(done), id = id == nullptr ? std::nullopt : std::optional(*id)](outcome given) {
                 if (!id) return done(std::nullopt);
                 if (!given.error.empty()) return done(json_rpc_error(given.code, given.error, *id));
                 done(json{{"jsonrpc", "2.0"}, {"result", std::move(given.value)}, {"id", *id}});
             });
    }

    static std::optional<json> refuse_rest(const json& request) {
        const auto* id = request.find("id");
        if (id == nullptr) return std::nullopt;
        return json_rpc_error(code::internal, "the replies of this batch are too long: ask in several", *id);
    }

    /// Replies as they come; they leave together, in the order of the requests.
    struct batch {
        std::vector<std::string> replies;
        std::size_t open = 0, bytes = 0;
        reply_fn done;

        void take(std::size_t at, const std::optional<json>& one) {
            if (one) replies[at] = one->dump();
            bytes += replies[at].size();
            if (--open > 0) return;
            std::string all;
            for (const auto& each : replies)
                if (!each.empty()) all += (all.empty() ? '[' : ',') + each;
            all.empty() ? done({204, ""}) : done({200, all + ']'});
        }
    };

    void answer_batch(const request_ptr& whole, const json::array& requests, const reply_fn& done) {
        if (requests.empty() || requests.size() > most_requests)
            return done(
                {200,
                 json_rpc_error(code::invalid_request, "a batch has 1 to 1000 requests", nullptr).dump()});
        auto all = std::make_shared<batch>();
        all->replies.resize(requests.size());
        all->open = requests.size();
        all->done = done;
        for (std::size_t i = 0; i < requests.size(); ++i) {
            if (all->bytes >= most_batch_bytes)
                all->take(i, refuse_rest(requests[i]));
            else
                answer_json_rpc(whole, requests[i],
                                [all, i](const std::optional<json>& one) { all->take(i, one); });
        }
    }

    void answer(result<json> read, bool is_json_rpc, const reply_fn& done) {
        if (!read) {
            if (is_json_rpc)
                return done({200, json_rpc_error(code::parse, read.error().message, nullptr).dump()});
            return done({200, json{{"arguments", json::object{}}, {"result", read.error().message}}.dump()});
        }
        const auto request = std::make_shared<const json>(std::move(*read));
        if (const auto* many = request->elements()) return answer_batch(request, *many, done);
        if (request->find("jsonrpc") == nullptr) return answer_old(request, done);
        answer_json_rpc(request, *request, [done](const std::optional<json>& one) {
            done(one ? reply{200, one->dump()} : reply{204, ""});
        });
    }
};

server::server(host& node) : impl_(std::make_unique<impl>(node)) {}
server::~server() = default;

void server::begin() {
    apply_bounds(impl_->node, impl_->settings, impl_->wishes);
    std::size_t place = 0;
    for (const auto& hash : impl_->order)
        if (const auto number = impl_->node.find(hash)) impl_->node.set_place(*number, place++);
}

void server::tick() {
    auto& s = *impl_;
    bool changed = s.limits.look(s.node, s.settings, s.wishes);
    if (const auto on = s.schedule.look(s.settings, s.node.minute_of_week())) {
        const auto before = s.settings;
        s.settings.turn("alt-speed-enabled", *on);
        apply(s.node, before, s.settings);
        changed = true;
    }
    if (changed) s.keep();
}

void server::answer(std::string_view body, reply_fn done) {
    const auto is_json_rpc = [](std::string_view text) { return text.find("\"jsonrpc\"") != text.npos; };
    if (body.size() < large_body)
        return impl_->answer(json::parse(body, request_depth, most_values), is_json_rpc(body), done);
    impl_->node.in_background([self = impl_.get(), body = std::string(body), is_json_rpc,
                               done = std::move(done)] {
        auto read = std::make_shared<result<json>>(json::parse(body, request_depth, most_values));
        return [self, read, mine = is_json_rpc(body), done] { self->answer(std::move(*read), mine, done); };
    });
}

}  // namespace bt::rpc
