#include "app/sockets/listen_addresses.hpp"

#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "base/text.hpp"

using namespace bt;

namespace {

/// The ports asked for in both families, and what comes of it. Each answers with the port it has, or with a
/// trouble.
std::string outcome(const std::string& v4, const std::string& v6) {
    std::string asked;
    const auto got = app::listen_at(
        *app::listen_addresses(true, true, ""), 0, [&](const endpoint& at) -> result<std::uint16_t> {
            asked += std::to_string(at.port) + " ";
            const auto& answer = at.address.is_v4() ? v4 : v6;
            if (const auto port = parse_number(answer)) return static_cast<std::uint16_t>(*port);
            return fail(errc::network, answer, {}, answer.ends_with("in use") ? EADDRINUSE : 0);
        });
    return asked + (got ? "has " + std::to_string(*got) : got.error().message);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(listen_addresses)

BOOST_AUTO_TEST_CASE(both_families_have_one_port) { BOOST_TEST(outcome("7", "7") == "0 7 has 7"); }

BOOST_AUTO_TEST_CASE(a_machine_without_one_of_the_families_is_no_error) {
    BOOST_TEST(outcome("no IPv4", "7") == "0 0 has 7");
    BOOST_TEST(outcome("7", "no IPv6") == "0 7 has 7");
    BOOST_TEST(outcome("no IPv4", "no IPv6") == "0 0 no IPv4");
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_in_one_of_them_is) {
    const std::string one = "A: the port is in use", other = "B: the port is in use";
    BOOST_TEST(outcome("7", other) == "0 7 " + other);
    BOOST_TEST(outcome(one, "7") == "0 0 " + one);
    BOOST_TEST(outcome("no IPv4", other) == "0 0 " + other);
    BOOST_TEST(outcome(one, "no IPv6") == "0 0 " + one);
    BOOST_TEST(outcome(one, other) == "0 0 " + one);
}

BOOST_AUTO_TEST_CASE(no_family_at_all_is_an_error) {
    const auto got = app::listen_at({}, 0, [](const endpoint&) -> result<std::uint16_t> { return 1; });
    BOOST_REQUIRE(!got);
    BOOST_TEST(got.error().message == "no address family to listen on");
}

BOOST_AUTO_TEST_SUITE_END()
