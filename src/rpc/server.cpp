#include "rpc/server.hpp"

#include <utility>

#include "base/json.hpp"
#include "rpc/methods.hpp"

namespace bt::rpc {
namespace {

struct method {
    std::string_view name;  ///< in the old dialect
    outcome (*act)(context&, const arguments&);
};

constexpr method methods[] = {
    {"torrent-get", torrent_get},
    {"torrent-add", torrent_add},
    {"torrent-set", torrent_set},
    {"torrent-remove", torrent_remove},
    {"torrent-start", torrent_start},
    {"torrent-start-now", torrent_start_now},
    {"torrent-stop", torrent_stop},
    {"torrent-verify", torrent_verify},
    {"torrent-reannounce", torrent_reannounce},
    {"torrent-set-location", refuse_move},
    {"torrent-rename-path", refuse_rename},
    {"queue-move-top", refuse_queue},
    {"queue-move-up", refuse_queue},
    {"queue-move-down", refuse_queue},
    {"queue-move-bottom", refuse_queue},
    {"session-get", session_get},
    {"session-set", session_set},
    {"session-stats", session_stats},
    {"session-close", session_close},
    {"free-space", free_space},
    {"port-test", refuse_port_test},
    {"blocklist-update", refuse_blocklist},
    {"group-get", group_get},
    {"group-set", refuse_groups},
};

const method* find_method(dialect how, std::string_view name) {
    for (const auto& each : methods)
        if (name_in(how, each.name) == name) return &each;
    return nullptr;
}

/// Deep enough for every request; what is deeper is none.
constexpr std::size_t depth = 16;
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
    explicit impl(host& of) : node(of), settings(of.facts()) {}

    host& node;
    changes watched;
    session_settings settings;
    std::map<std::uint32_t, torrent_wishes> wishes;

    outcome call(dialect how, std::string_view name, const json* params) {
        const auto* found = find_method(how, name);
        if (found == nullptr) return outcome::fails(code::no_method, "method name not recognized");
        context in{node, watched, settings, wishes};
        return found->act(in, arguments(how, params));
    }

    json answer_old(const json& request) {
        const auto name = request.find_text("method");
        auto given = name ? call(dialect::old, *name, request.find("arguments"))
                          : outcome::fails(code::invalid_request, "no method name");
        json::object reply;
        reply.emplace_back("arguments", std::move(given.value));
        reply.emplace_back("result", given.error.empty() ? "success" : given.error);
        if (const auto* tag = request.find("tag"); tag != nullptr && tag->integer())
            reply.emplace_back("tag", *tag->integer());
        return reply;
    }

    /// Nothing for a notification.
    std::optional<json> answer_json_rpc(const json& request) {
        if (request.members() == nullptr) return json_rpc_error(code::invalid_request, "", nullptr);
        const auto* id = request.find("id");
        const auto name = request.find_text("method");
        if (request.find_text("jsonrpc") != "2.0" || !name)
            return json_rpc_error(code::invalid_request, name ? "" : "no method name",
                                  id == nullptr ? json() : *id);
        auto given = call(dialect::json_rpc, *name, request.find("params"));
        if (id == nullptr) return std::nullopt;
        if (!given.error.empty()) return json_rpc_error(given.code, given.error, *id);
        return json{{"jsonrpc", "2.0"}, {"result", std::move(given.value)}, {"id", *id}};
    }

    static std::optional<json> refuse_rest(const json& request) {
        const auto* id = request.find("id");
        if (id == nullptr) return std::nullopt;
        return json_rpc_error(code::internal, "the replies of this batch are too long: ask in several", *id);
    }

    reply answer_batch(const json::array& requests) {
        if (requests.empty() || requests.size() > most_requests)
            return {200,
                    json_rpc_error(code::invalid_request, "a batch has 1 to 1000 requests", nullptr).dump()};
        std::string replies;
        for (const auto& each : requests) {
            const auto one = replies.size() < most_batch_bytes ? answer_json_rpc(each) : refuse_rest(each);
            if (one) replies += (replies.empty() ? '[' : ',') + one->dump();
        }
        if (replies.empty()) return {204, ""};
        return {200, replies + ']'};
    }
};

server::server(host& node) : impl_(std::make_unique<impl>(node)) {}
server::~server() = default;

server::reply server::answer(std::string_view body) {
    const auto request = json::parse(body, depth);
    if (!request) {
        if (body.find("\"jsonrpc\"") != body.npos)
            return {200, json_rpc_error(code::parse, request.error().message, nullptr).dump()};
        return {200, json{{"arguments", json::object{}}, {"result", "no method name"}}.dump()};
    }
    if (const auto* batch = request->elements()) return impl_->answer_batch(*batch);
    if (request->find("jsonrpc") == nullptr) return {200, impl_->answer_old(*request).dump()};
    auto one = impl_->answer_json_rpc(*request);
    return one ? reply{200, one->dump()} : reply{204, ""};
}

}  // namespace bt::rpc
