#include "net/sockaddr.hpp"

#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "net/port_in_use.hpp"

namespace bt::net {

socket_address to_socket_address(const endpoint& from) {
    socket_address to;
    if (from.address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(from.port);
        std::memcpy(&v4.sin_addr, from.address.raw().data(), 4);
        std::memcpy(&to.storage, &v4, sizeof v4);
        to.length = sizeof v4;
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(from.port);
        std::memcpy(&v6.sin6_addr, from.address.raw().data(), 16);
        v6.sin6_scope_id = from.address.zone();
        std::memcpy(&to.storage, &v6, sizeof v6);
        to.length = sizeof v6;
    }
    return to;
}

std::optional<endpoint> to_endpoint(const sockaddr* from) {
    std::uint8_t raw[16];
    if (from->sa_family == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, from, sizeof v4);
        std::memcpy(raw, &v4.sin_addr, 4);
        return endpoint{*ip_address::from_bytes({raw, 4}), ntohs(v4.sin_port)};
    }
    if (from->sa_family == AF_INET6) {
        sockaddr_in6 v6;
        std::memcpy(&v6, from, sizeof v6);
        std::memcpy(raw, &v6.sin6_addr, 16);
        return endpoint{*ip_address::from_bytes({raw, 16}, v6.sin6_scope_id), ntohs(v6.sin6_port)};
    }
    return std::nullopt;
}

int family_of(const ip_address& address) { return address.is_v4() ? AF_INET : AF_INET6; }

bool set_option(int descriptor, int level, int name, int value) {
    return setsockopt(descriptor, level, name, &value, sizeof value) == 0;
}

std::uint16_t bound_port(int descriptor) {
    socket_address at;
    if (getsockname(descriptor, at.get(), &at.length) != 0) return 0;
    const auto own = to_endpoint(at.get());
    return own ? own->port : std::uint16_t{0};
}

bool bind_source(int descriptor, const ip_address& from) {
    // the port is chosen when it connects: the same one may be in use towards other hosts
    set_option(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    const auto at = to_socket_address({from, 0});
    return ::bind(descriptor, at.get(), at.length) == 0;
}

void close_descriptor(int descriptor) {
    if (descriptor >= 0) ::close(descriptor);  // Linux frees it even on EINTR: never twice
}

result<int> open_bound(const endpoint& at, int type, const std::string& doing, const char* protocol,
                       const std::function<bool(int)>& prepare) {
    const int fd = ::socket(family_of(at.address), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const auto address = to_socket_address(at);
    if (fd >= 0 && (at.address.is_v4() || set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) && prepare(fd) &&
        ::bind(fd, address.get(), address.length) == 0)
        return fd;
    const int number = errno;
    close_descriptor(fd);
    return bind_failure(doing, at, protocol, number);
}

result<int> open_listener(const endpoint& at) {
    const auto fd = open_bound(at, SOCK_STREAM, "listen on", "TCP", [](int one) {
        // a restart need not wait for connections of the last run
        return set_option(one, SOL_SOCKET, SO_REUSEADDR, 1);
    });
    if (!fd || ::listen(*fd, SOMAXCONN) == 0) return fd;
    const int number = errno;
    close_descriptor(*fd);
    return bind_failure("listen on", at, "TCP", number);
}

result<int> open_local_listener(const std::string& path) {
    const auto refuse = [&](int number) {
        return fail(errc::network, "cannot listen on " + path + ": " + error_text(number));
    };
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    if (path.size() >= sizeof at.sun_path) return refuse(ENAMETOOLONG);
    std::memcpy(at.sun_path, path.c_str(), path.size() + 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return refuse(errno);
    // no client can connect before listen(): by then only the owner may
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 &&
        ::chmod(path.c_str(), 0600) == 0 && ::listen(fd, SOMAXCONN) == 0)
        return fd;
    const int number = errno;
    close_descriptor(fd);
    return refuse(number);
}

std::string error_text(int number) {
    switch (number) {
        case ECONNREFUSED:
            return "connection refused";
        case ECONNRESET:
        case EPIPE:
            return "connection reset by the other side";
        case ETIMEDOUT:
            return "no answer";
        case ENETUNREACH:
        case EHOSTUNREACH:
            return "not reachable";
        default:
            return std::generic_category().message(number);
    }
}

bool is_port_in_use(const error& why) { return why.code == errc::network && why.number == EADDRINUSE; }

unexpected<error> bind_failure(const std::string& doing, const endpoint& at, const char* protocol,
                               int number) {
    const auto port = std::to_string(at.port);
    std::string cause = error_text(number), hint;
    if (number == EADDRINUSE) {
        cause = "the port is in use";
        hint = "Another program holds port " + port + ". Stop it or choose another port.";
    } else if (number == EACCES) {
        cause = "no permission";
        if (at.port != 0 && at.port < 1024) hint = "Ports below 1024 need a privilege. Choose a higher one.";
    } else if (number == EADDRNOTAVAIL) {
        cause = "this machine does not have that address";
    } else if (number == EAFNOSUPPORT) {
        cause = at.address.is_v6() ? "this machine has no IPv6" : "this machine has no IPv4";
    }
    return fail(errc::network, "cannot " + doing + " " + at.to_string() + " (" + protocol + "): " + cause,
                std::move(hint), number);
}

}  // namespace bt::net
