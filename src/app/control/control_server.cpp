#include "app/control/control_server.hpp"

#include <unistd.h>

#include <optional>
#include <utility>

#include "app/control/control_place.hpp"
#include "base/limits.hpp"

namespace bt::app {
namespace {

constexpr net::http_server_options small = {
    .body_bytes = limits::control_body_bytes,
    .connections = limits::control_connections,
    .held_bytes = limits::control_connections * 2 * limits::control_body_bytes};

constexpr int parse_error = -32700, invalid_request = -32600, no_such_method = -32601;

json failure(json id, std::int64_t code, std::string message, const std::string& hint = {}) {
    json what = {{"code", code}, {"message", std::move(message)}};
    if (!hint.empty()) what["data"] = json{{"hint", hint}};
    return {{"jsonrpc", "2.0"}, {"error", std::move(what)}, {"id", std::move(id)}};
}

bool is_id(const json& value) {
    return value.text() || value.number() ||
           (value.elements() == nullptr && value.members() == nullptr && !value.boolean());
}

}  // namespace

control_server::control_server(net::loop& on)
    : server_(on, small, [this](const net::http_question& question) { return answer(question); }) {}

control_server::~control_server() {
    if (!path_.empty()) ::unlink(path_.c_str());
}

result<void> control_server::listen(const std::string& folder) {
    const auto path = own_control_socket(folder);
    if (!path) return unexpected<error>(path.error());
    const auto listening = server_.listen(*path);
    if (listening) path_ = *path;
    return listening;
}

void control_server::add(std::string name, method answer) {
    add_slow(std::move(name),
             [answer = std::move(answer)](const json& params, const done_fn& done) { done(answer(params)); });
}

net::http_reply control_server::answer(const net::http_question& question) {
    const auto plain = [](int status, std::string text) {
        return net::http_reply{status, "text/plain; charset=utf-8", std::move(text), {}};
    };
    if (question.target != "/rpc") return plain(404, "there is /rpc\n");
    if (question.method != "POST") return plain(405, "only POST\n");
    // a call without an id wants no answer
    const auto reply_of = [plain](const json& reply) {
        return reply.members() == nullptr ? plain(204, "")
                                          : net::http_reply{200, "application/json", reply.dump(), {}};
    };
    const auto request = json::parse(as_text(question.body));
    if (!request) return reply_of(failure({}, parse_error, request.error().message));
    return server_.now_or_later(question, [&](const net::http_server::reply_fn& done) {
        call(*request, [reply_of, done](const json& reply) { done(reply_of(reply)); });
    });
}

void control_server::call(const json& request, const std::function<void(json)>& done) const {
    const auto* id = request.find("id");
    const auto name = request.find_text("method");
    if (request.find_text("jsonrpc") != "2.0" || !name || (id != nullptr && !is_id(*id)))
        return done(failure({}, invalid_request, "not a call of JSON-RPC 2.0"));
    const auto refuse = [done, id = id == nullptr ? std::nullopt : std::optional(*id)](
                            std::int64_t code, std::string why, const std::string& hint = {}) {
        done(id ? failure(*id, code, std::move(why), hint) : json());
    };
    const auto found = methods_.find(*name);
    if (found == methods_.end()) return refuse(no_such_method, "no method '" + std::string(*name) + "'");
    const auto* params = request.find("params");
    if (params != nullptr && params->members() == nullptr)
        return refuse(control_bad_params, "params must be an object");
    found->second(
        params != nullptr ? *params : json(json::object{}),
        [done, refuse, answered = id == nullptr ? std::nullopt : std::optional(*id)](result<json> outcome) {
            if (!outcome) {
                const auto& why = outcome.error();
                return refuse(why.code == errc::usage
                                  ? control_bad_params
                                  : control_error_base - static_cast<std::int64_t>(why.code),
                              why.message, why.hint);
            }
            if (!answered) return done({});
            done({{"jsonrpc", "2.0"}, {"result", std::move(*outcome)}, {"id", *answered}});
        });
}

}  // namespace bt::app
