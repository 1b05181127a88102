// Which user is behind a connection over the loopback.
#include "net/peer_user.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

using namespace bt;
using namespace bt::net;

BOOST_AUTO_TEST_SUITE(peer_users)

BOOST_AUTO_TEST_CASE(a_connection_of_this_process_is_of_its_user) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0), client = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(at);
    auto* raw = reinterpret_cast<sockaddr*>(&at);
    BOOST_REQUIRE(::bind(listener, raw, size) == 0);
    BOOST_REQUIRE(::listen(listener, 1) == 0);
    BOOST_REQUIRE(::getsockname(listener, raw, &size) == 0);
    const endpoint server{*ip_address::parse("127.0.0.1"), ntohs(at.sin_port)};
    BOOST_REQUIRE(::connect(client, raw, size) == 0);
    BOOST_REQUIRE(::getsockname(client, raw, &size) == 0);
    const endpoint here{*ip_address::parse("127.0.0.1"), ntohs(at.sin_port)};
    BOOST_TEST((user_behind(here, server) == std::optional<unsigned>(::geteuid())));
    // a socket that is not there is nobody's, whoever listens at its port
    BOOST_TEST(!user_behind({here.address, server.port}, server));
    BOOST_TEST(!user_behind({*ip_address::parse("192.0.2.1"), 1234}, server));
    ::close(client);
    BOOST_TEST(!user_behind(here, server));  // closed by its process: of no user, and root's least of all
    ::close(listener);
}

BOOST_AUTO_TEST_SUITE_END()
