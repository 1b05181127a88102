#include "app/daemon/rpc_front.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "app/daemon/starter.hpp"
#include "app/lan/lan_presence.hpp"
#include "base/limits.hpp"
#include "net/peer_user.hpp"

namespace bt::app {
namespace {

constexpr std::uint16_t first_port = 9091, last_port = 9100;
constexpr std::size_t id_letters = 48;

constexpr net::http_server_options shape = {.body_bytes = 64 * limits::MiB,  // a .torrent in base64
                                            .connections = 256,
                                            .connections_per_address = 64,
                                            .held_bytes = 256 * limits::MiB,
                                            .header_time = 10s,
                                            .body_time = 30s,
                                            .idle_time = 60s,
                                            .send_time = 30s};

/// No page may show what is here in a frame, guess what it is, or keep it.
constexpr std::string_view guards =
    "X-Frame-Options: SAMEORIGIN\r\nContent-Security-Policy: frame-ancestors 'self'\r\n"
    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n";
/// Of the page: it may be kept, and is asked for again each time.
constexpr std::string_view page_guards =
    "X-Frame-Options: SAMEORIGIN\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-cache\r\n";

std::string random_id() {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static_assert(letters.size() == 64);
    std::array<std::uint8_t, id_letters> raw{};
    net::entropy(raw);
    std::string id;
    for (const auto each : raw) id += letters[each % letters.size()];
    return id;
}

rpc_gate_options gate_options(const rpc_options& options) {
    auto names = options.names;
    names.push_back(host_name());
    names.push_back(host_name() + ".local");
    return {options.login, random_id(), std::move(names)};
}

}  // namespace

rpc_front::rpc_front(net::loop& on, const rpc_options& options, answer_fn answer)
    : loop_(on),
      options_(options),
      gate_(gate_options(options)),
      answer_(std::move(answer)),
      page_(options.web_root),
      server_(
          on, shape, [this](const net::http_question& question) { return this->answer(question); },
          [this](const net::http_question& question) { return refuses(question); }) {}

result<void> rpc_front::may_listen(const endpoint& at, const std::string& what) const {
    if (!options_.login.empty() || at.address.scope() == address_scope::loopback) return {};
    return fail(errc::usage,
                what + " " + at.to_string() + " is open to other machines, and there is no password",
                "name a file with a line user:password by --rpc-auth @FILE");
}

/// What the service manager has opened stands for the default, not for what the user names.
result<void> rpc_front::take_given() {
    for (const int each : sockets_of_starter()) {
        const auto at = server_.adopt(each);
        if (!at) return unexpected<error>(at.error());
        ++given_;
        if (*at == endpoint{}) continue;  // of the Unix kind
        if (auto may = may_listen(*at, "the given socket"); !may) return may;
        listening_.push_back(*at);
    }
    return {};
}

result<void> rpc_front::listen() {
    if (auto taken = take_given(); !taken) return taken;
    for (const auto& at : options_.at) {
        if (auto may = may_listen(at, "--rpc-bind"); !may) return may;
        const auto port = server_.listen(at);
        if (!port) return unexpected<error>(port.error());
        listening_.push_back({at.address, *port});
    }
    if (!options_.at.empty() || given_ > 0) return {};
    endpoint at{*ip_address::parse("127.0.0.1"), first_port};
    for (;; ++at.port) {
        const auto port = server_.listen(at);
        if (!port && at.port == last_port) return unexpected<error>(port.error());
        if (!port) continue;
        listening_.push_back(at);
        return {};
    }
}

std::string rpc_front::url() const {
    return listening_.empty() ? "" : "http://" + listening_.front().to_string() + "/transmission/rpc";
}

bool rpc_front::is_own_user(const net::http_question& question) const {
    const auto is_own = [](unsigned user) { return user == ::geteuid() || user == 0; };
    if (question.user) return is_own(*question.user);
    if (question.from.address.scope() != address_scope::loopback) return false;
    return std::any_of(listening_.begin(), listening_.end(), [&](const endpoint& at) {
        const auto user = net::user_behind(question.from, {question.to, at.port});
        return user && is_own(*user);
    });
}

std::string rpc_front::page_url() const {
    if (listening_.empty()) return "";
    auto at = listening_.front();
    if (at.address.is_unspecified()) at.address = ip_address::v4(127, 0, 0, 1);
    return "http://" + at.to_string() + std::string(node_page_path);
}

std::optional<net::http_reply> rpc_front::refuses(const net::http_question& question) {
    rpc_gate::request what{question.method,        question.target,     question.host,
                           question.authorization, question.session_id, question.from.address};
    what.is_own_user = is_own_user(question);
    headers_ = guards;
    auto refused = gate_.refuses(loop_.now(), what);
    if (!refused) return std::nullopt;
    headers_ += refused->headers;
    return net::http_reply{refused->status, "text/html; charset=utf-8", std::move(refused->body), headers_};
}

net::http_reply rpc_front::answer(const net::http_question& question) {
    if (auto refused = refuses(question)) return std::move(*refused);
    if (question.target.starts_with(node_page_path)) {
        // a page of another origin cannot read it
        return page_.answer(question, std::string(page_guards) + gate_.session_header());
    }
    auto reply = server_.now_or_later(question, [&](const net::http_server::reply_fn& done) {
        answer_(as_text(question.body), [done, headers = headers_](rpc::server::reply given) {
            done({given.status, "application/json; charset=UTF-8", std::move(given.body), headers});
        });
    });
    reply.headers = headers_;  // of an answer at once: what it was given with it is gone
    return reply;
}

}  // namespace bt::app
