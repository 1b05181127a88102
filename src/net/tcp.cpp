#include "net/tcp.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <utility>

#include "base/assert.hpp"
#include "net/fd_watch.hpp"
#include "net/lifetime.hpp"
#include "net/sockaddr.hpp"
#include "net/tcp_info.hpp"
#include "net/timer.hpp"

namespace bt::net {
namespace {

constexpr int reads_per_turn = 4;             // 1 MiB, then the other connections have their turn
constexpr std::size_t slices_per_write = 64;  // 1 MiB of blocks
constexpr duration socket_linger_time = 2s;   // for the other side to close, after our last byte
constexpr duration last_bytes_time = 10s;     // without a byte taken, after which what is left is dropped
constexpr duration ask_pause = 250ms;         // a system call each time
constexpr duration accept_rest = 100ms;       // out of descriptors
constexpr int accepts_per_turn = 64;

}  // namespace

chunk chunk::copy_of(byte_view data) {
    buffer storage(data.size());
    std::copy(data.begin(), data.end(), storage.data());
    return whole(std::move(storage));
}

chunk chunk::whole(buffer storage) {
    chunk one;
    one.end = storage.size();
    one.storage = std::move(storage);
    return one;
}

// --- connection ---

struct tcp_connection::impl : survivor {
    enum class phase { idle, connecting, open, closed };

    explicit impl(loop& loop_of) : on(loop_of) {}
    ~impl() { shut(); }

    loop& on;
    phase state = phase::idle;
    int descriptor = -1;
    std::unique_ptr<fd_watch> watch;
    std::unique_ptr<timer> later;  // what must not happen inside a call of the user, and the linger time
    endpoint remote;

    std::function<void(result<void>)> connected;
    std::function<void(byte_view)> received;
    std::function<void(const std::string&)> closed;
    std::function<void(std::size_t)> sent;

    std::deque<chunk> queue;
    std::size_t unsent = 0;
    time_point asked_kernel{};
    std::string reason;  // of a failure still to be reported
    bool paused = false;
    bool blocked = false;  // the kernel takes no more until it says so
    bool flushing = false;
    bool finishing = false;    // close_when_sent() was called
    bool lingering = false;    // and our last byte is out
    bool other_ended = false;  // the other side's end of stream came before our last byte

    void adopt(int fd, phase as);
    void start_connect(const std::optional<ip_address>& from);
    void report_later(std::string why);
    void on_later();
    void on_ready(bool readable, bool writable);
    void finish_connect();
    void read();
    void flush();
    std::size_t write_once();
    void linger_if_sent();
    void give_up_later();
    void set_interest();
    void shut();
    void end(const std::string& why);
};

void tcp_connection::impl::adopt(int fd, phase as) {
    descriptor = fd;
    state = as;
    // small messages (request, have, choke) must not wait for an acknowledgement
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    watch = std::make_unique<fd_watch>(
        on, fd, [this](bool readable, bool writable) { on_ready(readable, writable); });
}

void tcp_connection::impl::start_connect(const std::optional<ip_address>& from) {
    state = phase::connecting;
    const int fd = ::socket(family_of(remote.address), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return report_later(error_text(errno));
    adopt(fd, phase::connecting);
    if (from && !bind_source(fd, *from)) return report_later(error_text(errno));
    const auto address = to_socket_address(remote);
    if (::connect(fd, address.get(), address.length) != 0 && errno != EINPROGRESS)
        return report_later(error_text(errno));
    if (!watch->works()) return report_later("the kernel cannot watch more sockets");
    watch->want(false, true);
}

void tcp_connection::impl::report_later(std::string why) {
    reason = std::move(why);
    if (watch) watch->want(false, false);
    if (!later) later = std::make_unique<timer>(on, [this] { on_later(); });
    later->arm(on.now());
}

void tcp_connection::impl::on_later() {
    const in_use guard(this);
    if (state == phase::connecting) {
        shut();
        connected(fail(errc::network, "cannot connect to " + remote.to_string() + ": " + reason));
    } else {
        end(reason);
    }
}

void tcp_connection::impl::on_ready(bool readable, bool writable) {
    const in_use guard(this);
    if (state == phase::connecting) {
        finish_connect();
        return;
    }
    if (readable) read();
    if (state == phase::open && writable) {
        blocked = false;
        flush();
    }
}

void tcp_connection::impl::finish_connect() {
    int number = 0;
    socklen_t length = sizeof number;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length) != 0) number = errno;
    if (number != 0) {
        shut();
        connected(fail(errc::network, "cannot connect to " + remote.to_string() + ": " + error_text(number),
                       {}, number));
        return;
    }
    state = phase::open;
    set_interest();
    connected({});
    if (state == phase::open) flush();
}

void tcp_connection::impl::read() {
    const auto memory = on.read_buffer();
    for (int round = 0; round < reads_per_turn && state == phase::open; ++round) {
        const bool wanted = finishing ? !other_ended : received && !paused;
        if (!wanted) return;
        const auto got = ::recv(descriptor, memory.data(), memory.size(), 0);
        if (got > 0) {
            if (!finishing) received(memory.first(static_cast<std::size_t>(got)));
            if (static_cast<std::size_t>(got) < memory.size()) return;  // all there was, no need to ask again
        } else if (got == 0) {
            if (!finishing) return end("closed by the other side");
            other_ended = true;
            if (lingering) return end("");
            set_interest();
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR) {
            return end(finishing && lingering ? "" : error_text(errno));
        }
    }
}

void tcp_connection::impl::flush() {
    if (flushing) return;  // on_sent sends more: the loop below takes it
    const in_use guard(this);
    flushing = true;
    while (state == phase::open && reason.empty() && !blocked && !queue.empty()) {
        const auto count = write_once();
        unsent -= count;
        if (count > 0 && finishing) give_up_later();
        if (count > 0 && sent) sent(count);
    }
    flushing = false;
    if (state != phase::open || !reason.empty()) return;
    linger_if_sent();
    set_interest();
}

/// One system call; sets `blocked` if the kernel did not take all it was offered. Returns the bytes it took.
std::size_t tcp_connection::impl::write_once() {
    std::array<iovec, slices_per_write> slices;
    std::size_t count = 0, offered = 0;
    for (auto it = queue.begin(); it != queue.end() && count < slices.size(); ++it, ++count) {
        slices[count] = {it->storage.data() + it->begin, it->size()};
        offered += it->size();
    }
    msghdr message{};
    message.msg_iov = slices.data();
    message.msg_iovlen = count;
    const auto taken = ::sendmsg(descriptor, &message, MSG_NOSIGNAL);
    if (taken < 0) {
        if (errno == EAGAIN)
            blocked = true;
        else if (errno != EINTR)
            report_later(error_text(errno));
        return 0;
    }
    auto rest = static_cast<std::size_t>(taken);
    blocked = rest < offered;
    while (!queue.empty() && rest >= queue.front().size()) {
        rest -= queue.front().size();
        queue.pop_front();
    }
    if (rest > 0) queue.front().begin += rest;
    return static_cast<std::size_t>(taken);
}

/// A peer that does not read would keep what we have for it, and the socket, for ever.
void tcp_connection::impl::give_up_later() {
    if (!reason.empty()) return;  // it ends anyway
    if (!later) later = std::make_unique<timer>(on, [this] { on_later(); });
    later->arm(on.now() + last_bytes_time);
}

void tcp_connection::impl::linger_if_sent() {
    if (!finishing || lingering || !queue.empty()) return;
    lingering = true;
    // closing with unread bytes in the kernel would reset the connection and take our last bytes with it
    ::shutdown(descriptor, SHUT_WR);
    reason.clear();
    if (!later) later = std::make_unique<timer>(on, [this] { on_later(); });
    later->arm(other_ended ? on.now() : on.now() + socket_linger_time);
}

void tcp_connection::impl::set_interest() {
    if (state != phase::open || !reason.empty()) return;
    watch->want(finishing ? !other_ended : received && !paused, blocked);
}

void tcp_connection::impl::shut() {
    state = phase::closed;
    watch.reset();
    later.reset();
    close_descriptor(std::exchange(descriptor, -1));
    queue.clear();
    unsent = 0;
}

void tcp_connection::impl::end(const std::string& why) {
    const in_use guard(this);
    const auto text = why;  // may be our own member
    shut();
    if (closed) closed(text);
}

tcp_connection::tcp_connection(loop& on) : impl_(new impl(on)) {}

tcp_connection::tcp_connection(loop& on, int descriptor, const endpoint& remote) : impl_(new impl(on)) {
    impl_->remote = remote;
    impl_->adopt(descriptor, impl::phase::open);
    if (!impl_->watch->works()) impl_->report_later("the kernel cannot watch more sockets");
}

tcp_connection::~tcp_connection() {
    impl_->shut();
    release(impl_);
}

void tcp_connection::connect(const endpoint& to, std::function<void(result<void>)> on_connected,
                             const std::optional<ip_address>& from) {
    BT_ASSERT(impl_->state == impl::phase::idle);
    impl_->remote = to;
    impl_->connected = std::move(on_connected);
    impl_->start_connect(from);
}

void tcp_connection::on_data(std::function<void(byte_view)> received) {
    impl_->received = std::move(received);
    impl_->set_interest();
}

void tcp_connection::on_closed(std::function<void(const std::string&)> closed) {
    impl_->closed = std::move(closed);
}

void tcp_connection::on_sent(std::function<void(std::size_t)> sent) { impl_->sent = std::move(sent); }

void tcp_connection::pause_reading() {
    impl_->paused = true;
    impl_->set_interest();
}

void tcp_connection::resume_reading() {
    impl_->paused = false;
    impl_->set_interest();
}

void tcp_connection::send(std::vector<chunk> chunks) {
    if (impl_->state == impl::phase::closed || impl_->finishing) return;
    for (auto& one : chunks) {
        if (one.size() == 0) continue;
        impl_->unsent += one.size();
        impl_->queue.push_back(std::move(one));
    }
    if (impl_->state == impl::phase::open) impl_->flush();
}

void tcp_connection::send(chunk one) {
    std::vector<chunk> chunks;
    chunks.push_back(std::move(one));
    send(std::move(chunks));
}

std::size_t tcp_connection::unsent() const { return impl_->unsent; }

std::optional<duration> tcp_connection::held_back() {
    const auto now = impl_->on.now();
    if (impl_->descriptor < 0 || now - impl_->asked_kernel < ask_pause) return std::nullopt;
    impl_->asked_kernel = now;
    return held_back_by_receiver(impl_->descriptor);
}

void tcp_connection::close() { impl_->shut(); }

void tcp_connection::close_when_sent() {
    if (impl_->state != impl::phase::open || impl_->finishing) return;
    impl_->finishing = true;
    impl_->give_up_later();
    if (!impl_->flushing) impl_->flush();
}

bool tcp_connection::is_open() const { return impl_->state == impl::phase::open && impl_->reason.empty(); }

const endpoint& tcp_connection::remote() const { return impl_->remote; }

endpoint tcp_connection::local() const {
    socket_address at;
    if (impl_->descriptor < 0 || getsockname(impl_->descriptor, at.get(), &at.length) != 0) return {};
    return to_endpoint(at.get()).value_or(endpoint{});
}

// --- listener ---

struct tcp_listener::impl : survivor {
    explicit impl(loop& loop_of) : on(loop_of), rest(loop_of, [this] { watch->want(true, false); }) {}
    ~impl() { shut(); }

    loop& on;
    timer rest;
    int descriptor = -1;
    std::unique_ptr<fd_watch> watch;
    accept_callback accepted;

    void on_ready();
    void shut() {
        rest.disarm();
        watch.reset();
        close_descriptor(std::exchange(descriptor, -1));
    }
};

void tcp_listener::impl::on_ready() {
    const in_use guard(this);
    for (int i = 0; i < accepts_per_turn && descriptor >= 0; ++i) {
        socket_address from;
        const int fd = ::accept4(descriptor, from.get(), &from.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            const auto remote = to_endpoint(from.get());
            accepted(
                std::unique_ptr<tcp_connection>(new tcp_connection(on, fd, remote.value_or(endpoint{}))));
            continue;
        }
        if (errno == EAGAIN) return;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            // the waiting connection stays readable: asking again at once would spin
            watch->want(false, false);
            rest.arm(on.now() + accept_rest);
            return;
        }
        // everything else is about the one connection that broke while it waited
    }
}

tcp_listener::tcp_listener(loop& on) : impl_(new impl(on)) {}

tcp_listener::~tcp_listener() {
    impl_->shut();
    release(impl_);
}

result<std::uint16_t> tcp_listener::listen(const endpoint& at, accept_callback on_accept) {
    BT_ASSERT(impl_->descriptor < 0);
    const auto opened = open_listener(at);
    if (!opened) return unexpected<error>(opened.error());
    const int fd = *opened;
    auto watch = std::make_unique<fd_watch>(impl_->on, fd, [self = impl_](bool, bool) { self->on_ready(); });
    if (!watch->works()) {
        watch.reset();
        close_descriptor(fd);
        return bind_failure("listen on", at, "TCP", ENOSPC);
    }
    impl_->descriptor = fd;
    impl_->accepted = std::move(on_accept);
    impl_->watch = std::move(watch);
    impl_->watch->want(true, false);
    return bound_port(fd);
}

void tcp_listener::close() { impl_->shut(); }

}  // namespace bt::net
