#include "app/control/control_client.hpp"

#include "app/control/control_place.hpp"
#include "app/control/control_server.hpp"
#include "net/timer.hpp"

namespace bt::app {
namespace {

constexpr duration first_byte_time = 2s;  // of a node that answers at once

errc kind_of(std::int64_t code) {
    if (code == control_bad_params) return errc::usage;
    const auto kind = control_error_base - code;
    return kind >= 0 && kind <= static_cast<int>(errc::no_node) ? static_cast<errc>(kind) : errc::failure;
}

result<json> result_of(const net::http_result& answer, std::uint64_t id, const std::string& socket) {
    const auto refuse = [](const std::string& why) {
        return fail(errc::no_node, "the running node: " + why);
    };
    // how a connection fails says nothing to who wrote no address
    if (!answer)
        return fail(errc::no_node, is_left(socket) ? "the running node has ended meanwhile"
                                                   : "the running node does not answer");
    if (answer->status != 200) return refuse("it answered " + std::to_string(answer->status));
    const auto reply = json::parse(as_text(answer->body));
    if (!reply) return refuse(reply.error().message);
    if (const auto* trouble = reply->find("error")) {
        const auto* code = trouble->find("code");
        const auto number = code == nullptr ? std::nullopt : code->integer();
        const auto* data = trouble->find("data");
        return fail(kind_of(number.value_or(0)),
                    std::string(trouble->find_text("message").value_or("it refused")),
                    data == nullptr ? "" : std::string(data->find_text("hint").value_or("")));
    }
    const auto* outcome = reply->find("result");
    if (outcome == nullptr || reply->find_natural("id") != id)
        return refuse("it gave no answer to the question");
    return *outcome;
}

}  // namespace

void control_client::call(const std::string& method, json params, answer_fn done, duration patience) {
    if (is_stopped(socket_)) {
        on_.post([alive = std::weak_ptr<bool>(alive_), done = std::move(done)] {
            if (alive.lock()) done(fail(errc::no_node, "the running node does not answer: it was stopped"));
        });
        return;
    }
    const auto id = ++last_;
    net::http_request request;
    request.url = "http://localhost/rpc";
    request.unix_socket = socket_;
    request.limits = {limits::tracker_reply_bytes, patience > usual_patience ? patience : first_byte_time,
                      patience, 0};
    request.post_type = "application/json";
    request.post_body =
        json{{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}, {"id", id}}.dump();
    http_.fetch(std::move(request),
                [id, socket = socket_, done = std::move(done)](const net::http_result& answer) {
                    done(result_of(answer, id, socket));
                });
}

result<json> call_and_wait(net::loop& on, const std::string& socket, const std::string& method, json params,
                           duration patience) {
    control_client client(on, socket);
    result<json> outcome = json();
    client.call(
        method, std::move(params),
        [&](result<json> answer) {
            outcome = std::move(answer);
            on.stop();
        },
        patience);
    on.run();
    return outcome;
}

std::vector<result<json>> call_all(net::loop& on, const std::vector<std::string>& sockets,
                                   const std::string& method) {
    std::vector<result<json>> answers(sockets.size(), json());
    std::vector<std::unique_ptr<control_client>> clients;
    std::size_t waiting = sockets.size();
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        clients.push_back(std::make_unique<control_client>(on, sockets[i]));
        clients.back()->call(method, json::object{}, [&, i](result<json> answer) {
            answers[i] = std::move(answer);
            if (--waiting == 0) on.stop();
        });
    }
    if (waiting > 0) on.run();
    return answers;
}

void wait_on(net::loop& on, duration time) {
    net::timer alarm(on, [&on] { on.stop(); });
    alarm.arm(on.now() + time);
    on.run();
}

}  // namespace bt::app
