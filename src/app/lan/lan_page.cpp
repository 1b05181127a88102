#include "app/lan/lan_page.hpp"

#include <array>
#include <ctime>

#include "app/sockets/listen_addresses.hpp"
#include "markup/headers.hpp"
#include "tracker/catalogue.hpp"
#include "tracker/host_header.hpp"

namespace bt::app {
namespace {
constexpr std::size_t most_connections = 32;
constexpr std::size_t most_answers_held =
    384 * limits::MiB;  // a piece for each download, of a bounded number
constexpr std::uint16_t first_port = 6980, last_port = 6989;  // bookmarks and firewalls like one that stays

/// By which a neighbour sees that one of our clocks is wrong (`doctor`).
std::string date_line() {
    const auto now = std::time(nullptr);
    std::tm parts{};
    std::array<char, 48> text{};
    if (gmtime_r(&now, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts) == 0)
        return {};
    return text.data();
}

}  // namespace

lan_page::lan_page(net::loop& on, std::size_t connections, listed_fn listed, guests_fn guests)
    : listed_(std::move(listed)),
      guests_(std::move(guests)),
      server_(on,
              {.body_bytes = 0,
               .connections = connections,
               .connections_per_address = most_connections,
               .held_bytes = most_answers_held},
              [this](const net::http_question& question) { return answer(question); }) {}

result<std::uint16_t> lan_page::listen(bool ipv4, bool ipv6, const std::string& bind) {
    const auto addresses = listen_addresses(ipv4, ipv6, bind);
    if (!addresses) return unexpected<error>(addresses.error());
    for (auto port = first_port; port <= last_port; ++port)
        if (auto got = listen_at(*addresses, port)) return got;
    return listen_at(*addresses, 0);
}

/// Once one family has a port, the other has the same or none.
result<std::uint16_t> lan_page::listen_at(const std::vector<ip_address>& addresses, std::uint16_t port) {
    result<std::uint16_t> outcome = fail(errc::network, "no address family to listen on");
    for (const auto& address : addresses) {
        const auto got = server_.listen({address, port});
        if (got) port = *got;
        if (got || !outcome) outcome = got;
    }
    return outcome;
}

net::http_reply lan_page::answer(const net::http_question& question) {
    const auto plain = [](int status, std::string text) {
        return net::http_reply{status, "text/plain; charset=utf-8", std::move(text), markup::page_headers()};
    };
    if (!question.from.address.is_local()) return plain(403, "only for this network\n");
    if (!shown_ && question.from.address.scope() != address_scope::loopback)
        return plain(403, "this node is off this network for now\n");
    if (!tracker::is_local_host_name(question.host)) return plain(421, "not a name of this machine\n");
    if (question.method != "GET" && question.method != "HEAD") return plain(405, "only GET\n");
    const auto path = question.target.substr(0, question.target.find('?'));
    if (path != "/catalogue.json")
        return guests_ ? guests_(question) : plain(404, "there is /catalogue.json\n");
    headers_ = std::string(markup::page_headers()) + date_line();
    return {200, "application/json", tracker::catalogue_json(listed_()), headers_};
}

}  // namespace bt::app
