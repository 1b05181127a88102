// Who gets through to the control port, and what the others are told.
#include "app/daemon/rpc_gate.hpp"

#include <boost/test/unit_test.hpp>

#include "base/base64.hpp"

using namespace bt;
using namespace bt::app;

namespace {

const std::string id(48, 'x');

struct asked {
    rpc_gate gate;
    rpc_gate::request what{
        "POST", "/transmission/rpc", "localhost:9091", {}, id, *ip_address::parse("127.0.0.1"), true};
    std::string authorization{};
    time_point now{};

    explicit asked(const std::string& login = {}) : gate({login, id, {"tower", "tower.local"}}) {}
    /// 0: it gets through.
    int status() {
        what.authorization = authorization;
        const auto refused = gate.refuses(now, what);
        if (refused) headers = refused->headers;
        return refused ? refused->status : 0;
    }
    void password(const std::string& login) { authorization = "Basic " + to_base64(as_bytes(login)); }
    std::string headers{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(rpc_gates)

BOOST_AUTO_TEST_CASE(with_the_session_id_a_post_gets_through) {
    asked it;
    BOOST_TEST(it.status() == 0);
    it.what.target = "/transmission/rpc/";
    BOOST_TEST(it.status() == 0);
}

BOOST_AUTO_TEST_CASE(without_it_every_method_is_told_the_id) {
    for (const auto* method : {"GET", "POST", "HEAD", "PUT", "DELETE"})
        for (const auto& given : {std::string(), std::string("y"), std::string(48, 'y'), id + "x"}) {
            asked it;
            it.what.method = method;
            it.what.session_id = given;
            BOOST_TEST(it.status() == 409);
            BOOST_TEST(it.headers ==
                       "X-Transmission-Session-Id: " + id + "\r\nX-Transmission-Rpc-Version: 6.0.1\r\n");
        }
}

BOOST_AUTO_TEST_CASE(the_rest_of_the_order) {
    asked it;
    it.what.method = "GET";
    BOOST_TEST(it.status() == 405);
    it.what.method = "OPTIONS";
    BOOST_TEST(it.status() == 405);
    it.what.method = "POST";
    for (const auto* page : {"/", "/transmission", "/transmission/web"}) {
        it.what.target = page;
        BOOST_TEST(it.status() == 301);
    }
    it.what.target = "/transmission/other";
    BOOST_TEST(it.status() == 404);
    it.what.session_id = {};
    it.what.target = "/transmission/web/";
    BOOST_TEST(it.status() == 405);  // the page is only read
    it.what.method = "GET";
    BOOST_TEST(it.status() == 0);
}

BOOST_AUTO_TEST_CASE(a_name_that_is_not_ours_leads_nowhere) {
    for (const auto* host : {"", "evil.example", "evil.example:9091", "localhost.evil", "127.0.0.1.evil",
                             "tower.evil", "[::1].evil", "localhost:evil", "[::1", "user@localhost",
                             "localhost.", ":9091", "localhost:123456"}) {
        asked it;
        it.what.host = host;
        BOOST_TEST(it.status() == 421, host);
    }
    for (const auto* host : {"localhost", "LOCALHOST:9091", "127.0.0.1:9091", "[::1]:9091", "192.168.1.7",
                             "tower", "Tower.local:1"}) {
        asked it;
        it.what.host = host;
        BOOST_TEST(it.status() == 0, host);
    }
}

BOOST_AUTO_TEST_CASE(another_user_of_the_machine_needs_a_password) {
    asked it;
    it.what.is_own_user = false;
    BOOST_TEST(it.status() == 403);
    asked with("u:secret");
    with.what.is_own_user = false;
    with.password("u:secret");
    BOOST_TEST(with.status() == 0);
}

BOOST_AUTO_TEST_CASE(with_a_password_it_is_asked_for_first_and_names_do_not_count) {
    asked it("u:secret");
    it.what.host = "evil.example";
    BOOST_TEST(it.status() == 401);
    BOOST_TEST(it.headers.starts_with("WWW-Authenticate: Basic"));
    for (const auto* wrong : {"u:secre", "u:secretx", ":", "u:", "", "x:secret"}) {
        it.password(wrong);
        BOOST_TEST(it.status() == 401, wrong);
    }
    it.authorization = "Bearer u:secret";
    BOOST_TEST(it.status() == 401);
    it.password("u:secret");
    BOOST_TEST(it.status() == 0);
}

BOOST_AUTO_TEST_CASE(ten_wrong_passwords_end_the_trying_for_a_minute) {
    asked it("u:secret");
    it.what.is_own_user = false;
    for (int i = 0; i < 20; ++i) BOOST_TEST(it.status() == 401);  // none is no wrong one
    it.password("u:wrong");
    for (int i = 0; i < 10; ++i) BOOST_TEST(it.status() == 401);
    it.password("u:secret");
    BOOST_TEST(it.status() == 429);
    auto other = it.what.from;
    it.what.from = *ip_address::parse("192.0.2.1");
    BOOST_TEST(it.status() == 0);
    it.what.from = other;
    it.now += 59s;
    BOOST_TEST(it.status() == 429);
    it.now += 2s;
    BOOST_TEST(it.status() == 0);
}

BOOST_AUTO_TEST_CASE(another_user_who_guesses_does_not_keep_the_own_one_out) {
    asked it("u:secret");
    it.what.is_own_user = false;
    it.password("u:wrong");
    for (int i = 0; i < 10; ++i) BOOST_TEST(it.status() == 401);
    it.password("u:secret");
    BOOST_TEST(it.status() == 429);
    it.what.is_own_user = true;  // from the same address
    BOOST_TEST(it.status() == 0);
    it.password("u:wrong");
    BOOST_TEST(it.status() == 401);  // and still needs the password
}

BOOST_AUTO_TEST_CASE(addresses_of_one_network_are_one_host) {
    asked it("u:secret");
    it.what.is_own_user = false;
    it.password("u:wrong");
    for (int i = 0; i < 10; ++i) {
        it.what.from = *ip_address::parse("2001:db8::" + std::to_string(i + 1));
        BOOST_TEST(it.status() == 401);
    }
    it.what.from = *ip_address::parse("2001:db8::99");
    BOOST_TEST(it.status() == 429);
}

BOOST_AUTO_TEST_SUITE_END()
