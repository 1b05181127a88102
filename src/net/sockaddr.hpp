// Between our endpoints and the kernel's socket addresses. Private to this room.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <optional>
#include <string>

#include "base/endpoint.hpp"
#include "base/result.hpp"

namespace bt::net {

struct socket_address {
    sockaddr_storage storage{};
    socklen_t length = sizeof(sockaddr_storage);

    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

socket_address to_socket_address(const endpoint& from);
/// Nothing for a family that is not IP.
std::optional<endpoint> to_endpoint(const sockaddr* from);

int family_of(const ip_address& address);
bool set_option(int descriptor, int level, int name, int value);
/// Gives a socket that is not connected yet its local address; errno says why it could not.
bool bind_source(int descriptor, const ip_address& from);
/// The port a socket is bound to.
std::uint16_t bound_port(int descriptor);
/// Closes it even where that is interrupted.
void close_descriptor(int descriptor);

/// What an errno value means, for people.
std::string error_text(int number);
/// A socket that does not block, bound to `at`, v6 for v6 only; `prepare` sets its options before. `doing`
/// and `protocol` are for the error.
result<int> open_bound(const endpoint& at, int type, const std::string& doing, const char* protocol,
                       const std::function<bool(int descriptor)>& prepare);
/// One of TCP that listens.
result<int> open_listener(const endpoint& at);
/// The same at a Unix socket, to which only its owner may connect.
result<int> open_local_listener(const std::string& path);

/// "cannot listen on 0.0.0.0:6881 (TCP): the port is in use", with a hint where there is one.
unexpected<error> bind_failure(const std::string& doing, const endpoint& at, const char* protocol,
                               int number);

}  // namespace bt::net
