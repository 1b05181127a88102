#include "net/resolve.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <deque>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

#include "net/sockaddr.hpp"

namespace bt::net {
namespace {

constexpr int lookups_at_once = 8;

result<std::vector<endpoint>> look_up(const std::string& host, std::uint16_t port) {
    const auto refuse = [&](const std::string& why) {
        return fail(errc::network, "cannot find the address of " + host + ": " + why);
    };
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int answer = getaddrinfo(host.c_str(), nullptr, &wanted, &list);
    if (answer == EAI_NONAME) return refuse("no such name");
    if (answer != 0) return refuse(gai_strerror(answer));
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
    std::vector<endpoint> found;
    for (const auto* one = list; one != nullptr; one = one->ai_next) {
        auto at = to_endpoint(one->ai_addr);
        if (!at) continue;
        at->port = port;
        if (at->address.scope() == address_scope::unusable) continue;
        if (std::find(found.begin(), found.end(), *at) == found.end()) found.push_back(*at);
    }
    if (found.empty()) return refuse("it has none");
    return found;
}

}  // namespace

// The loop's thread owns all of it. A looking thread holds nothing but a copy of its question and the way to
// post the answer, so that neither resolver nor loop has to wait for it.
struct resolver::impl : std::enable_shared_from_this<impl> {
    explicit impl(loop& on) : back(on.make_poster()) {}

    struct question {
        id which;
        std::string host;
        std::uint16_t port;
    };

    poster back;
    id last = 0;
    int running = 0;
    std::unordered_map<id, callback> waiting;
    std::deque<question> queue;

    void start_next();
    void answered(id which, result<std::vector<endpoint>> found);
};

void resolver::impl::start_next() {
    while (running < lookups_at_once && !queue.empty()) {
        auto next = std::move(queue.front());
        queue.pop_front();
        if (!waiting.contains(next.which)) continue;
        ++running;
        const auto deliver = [from = weak_from_this(),
                              which = next.which](result<std::vector<endpoint>> found) {
            if (const auto self = from.lock()) self->answered(which, std::move(found));
        };
        try {
            // libuv's own pool would make the end of the program wait for a name server that does not answer
            std::thread([next, deliver, post = back] {
                auto found = look_up(next.host, next.port);
                post([deliver, found = std::move(found)]() mutable { deliver(std::move(found)); });
            }).detach();
        } catch (const std::system_error&) {
            back([deliver] { deliver(fail(errc::network, "cannot look names up: no more threads")); });
        }
    }
}

void resolver::impl::answered(id which, result<std::vector<endpoint>> found) {
    --running;
    const auto entry = waiting.extract(which);
    start_next();
    if (!entry.empty()) entry.mapped()(std::move(found));
}

resolver::resolver(loop& on) : impl_(std::make_shared<impl>(on)) {}

resolver::~resolver() = default;

resolver::id resolver::resolve(const std::string& host, std::uint16_t port, callback done) {
    const auto which = ++impl_->last;
    impl_->waiting.emplace(which, std::move(done));
    if (const auto literal = ip_address::parse(host)) {
        ++impl_->running;
        impl_->back([from = impl_->weak_from_this(), which, at = endpoint{*literal, port}] {
            if (const auto self = from.lock()) self->answered(which, std::vector<endpoint>{at});
        });
        return which;
    }
    impl_->queue.push_back({which, host, port});
    impl_->start_next();
    return which;
}

resolver::id resolver::addresses(const std::string& host,
                                 std::function<void(result<std::vector<ip_address>>)> done) {
    return resolve(host, 0, [done = std::move(done)](const result<std::vector<endpoint>>& found) {
        if (!found) return done(unexpected<error>(found.error()));
        std::vector<ip_address> all;
        for (const auto& each : *found) all.push_back(each.address);
        done(std::move(all));
    });
}

void resolver::cancel(id which) { impl_->waiting.erase(which); }

}  // namespace bt::net
