#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>

#include "../../net/run_until.hpp"
#include "../temp_folder.hpp"
#include "app/control/control_client.hpp"
#include "app/control/control_place.hpp"
#include "app/control/control_server.hpp"
#include "base/limits.hpp"

using namespace bt;
using namespace bt::app;
namespace fs = std::filesystem;

namespace {

/// What a process that was killed leaves: a socket nobody listens at.
void leave_socket(const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    BOOST_REQUIRE(path.size() < sizeof at.sun_path);
    std::copy(path.begin(), path.end(), at.sun_path);
    BOOST_REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    ::close(fd);
}

struct fixture {
    testing::temp_folder outer;
    std::string folder = outer.path() + "/btnode";
    net::loop loop;
    std::optional<control_server> server;

    fixture() {
        server.emplace(loop);
        server->add("echo", [](const json& params) -> result<json> { return params; });
        server->add("refuse",
                    [](const json&) -> result<json> { return fail(errc::not_found, "nobody", "ask on"); });
        server->add("misuse", [](const json&) -> result<json> { return fail(errc::usage, "not so"); });
    }
    std::string own_socket() const { return folder + "/" + std::to_string(::getpid()) + ".sock"; }
    std::string ask(const std::string& method, json params) {
        control_client client(loop, own_socket());
        std::string heard;
        client.call(method, std::move(params), [&](const result<json>& answer) {
            heard = answer ? answer->dump()
                           : std::to_string(static_cast<int>(answer.error().code)) + " " +
                                 answer.error().message +
                                 (answer.error().hint.empty() ? "" : "; " + answer.error().hint);
            loop.stop();
        });
        BOOST_TEST(net::run_until(loop, [&] { return !heard.empty(); }));
        return heard;
    }
    /// Status and body of what somebody who writes his requests by hand gets.
    std::string post(std::string body, std::string type = "application/json", std::string path = "/rpc") {
        net::http_client client(loop);
        net::http_request request;
        request.url = "http://localhost" + path;
        request.unix_socket = own_socket();
        request.post_type = std::move(type);
        request.post_body = std::move(body);
        std::string heard;
        client.fetch(std::move(request), [&](const net::http_result& answer) {
            heard = answer ? std::to_string(answer->status) + " " + std::string(as_text(answer->body))
                           : answer.error().message;
            loop.stop();
        });
        BOOST_TEST(net::run_until(loop, [&] { return !heard.empty(); }));
        return heard;
    }
};

mode_t mode_of(const std::string& path) {
    struct stat facts {};
    BOOST_REQUIRE(::lstat(path.c_str(), &facts) == 0);
    return facts.st_mode & 0777;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_call_has_its_answer_or_its_error, fixture) {
    BOOST_REQUIRE(server->listen(folder));
    BOOST_TEST(ask("echo", {{"a", 1}}) == R"({"a":1})");
    BOOST_TEST(ask("refuse", json::object{}) ==
               std::to_string(static_cast<int>(errc::not_found)) + " nobody; ask on");
    BOOST_TEST(ask("misuse", json::object{}) == std::to_string(static_cast<int>(errc::usage)) + " not so");
    BOOST_TEST(ask("nothing", json::object{}) ==
               std::to_string(static_cast<int>(errc::failure)) + " no method 'nothing'");
    server.reset();
    const auto ended =
        std::to_string(static_cast<int>(errc::no_node)) + " the running node has ended meanwhile";
    BOOST_TEST(ask("echo", json::object{}) == ended);
    leave_socket(own_socket());  // it was killed
    BOOST_TEST(ask("echo", json::object{}) == ended);
}

BOOST_FIXTURE_TEST_CASE(what_is_no_call_is_refused_as_json_rpc_says, fixture) {
    BOOST_REQUIRE(server->listen(folder));
    const auto code = [&](const std::string& body) {
        const auto heard = post(body);
        const auto answer = json::parse(heard.substr(4));
        BOOST_REQUIRE_MESSAGE(answer && answer->find("error") != nullptr, heard);
        BOOST_TEST(heard.starts_with("200 "));
        return *answer->find("error")->find("code")->integer();
    };
    BOOST_TEST(code("{") == -32700);
    BOOST_TEST(code("[]") == -32600);
    BOOST_TEST(code(R"({"id":1,"method":"echo"})") == -32600);
    BOOST_TEST(code(R"({"jsonrpc":"2.0","id":1})") == -32600);
    BOOST_TEST(code(R"({"jsonrpc":"2.0","id":{},"method":"echo"})") == -32600);
    BOOST_TEST(code(R"({"jsonrpc":"2.0","id":1,"method":"other"})") == -32601);
    BOOST_TEST(code(R"({"jsonrpc":"2.0","id":1,"method":"echo","params":[1]})") == -32602);
    BOOST_TEST(post(R"({"jsonrpc":"2.0","id":"x","method":"echo"})") ==
               R"(200 {"jsonrpc":"2.0","result":{},"id":"x"})");
    BOOST_TEST(post(R"({"jsonrpc":"2.0","method":"echo"})") == "204 ");
    BOOST_TEST(post("", "").starts_with("405"));
    BOOST_TEST(post("{}", "application/json", "/").starts_with("404"));
    BOOST_TEST(post(std::string(limits::control_body_bytes + 1, ' ')).starts_with("413"));
}

BOOST_FIXTURE_TEST_CASE(only_its_owner_may_come_in_and_nothing_is_left_at_the_end, fixture) {
    BOOST_REQUIRE(server->listen(folder));
    BOOST_TEST(mode_of(folder) == 0700u);
    BOOST_TEST(mode_of(own_socket()) == 0600u);
    BOOST_TEST(control_sockets({folder}) == std::vector<std::string>{own_socket()},
               boost::test_tools::per_element());
    server.reset();
    BOOST_TEST(!fs::exists(own_socket()));
}

BOOST_FIXTURE_TEST_CASE(a_folder_that_others_could_have_a_hand_in_is_not_used, fixture) {
    const auto refused = [&] { return !server->listen(folder) && control_sockets({folder}).empty(); };
    fs::create_directory(folder);
    for (const auto open : {fs::perms::group_exec, fs::perms::others_write, fs::perms::others_read}) {
        fs::permissions(folder, fs::perms::owner_all | open);
        BOOST_TEST(refused());
    }
    fs::remove(folder);
    fs::create_directory(outer.path() + "/elsewhere");
    fs::permissions(outer.path() + "/elsewhere", fs::perms::owner_all);
    fs::create_directory_symlink(outer.path() + "/elsewhere", folder);
    BOOST_TEST(refused());
    fs::remove(folder);
    testing::put_file(folder, "");
    BOOST_TEST(refused());
    fs::remove(folder);
    if (::geteuid() == 0) {
        fs::create_directory(folder);
        fs::permissions(folder, fs::perms::owner_all);
        BOOST_REQUIRE(::chown(folder.c_str(), 65534, 65534) == 0);
        BOOST_TEST(refused());
        fs::remove(folder);
    }
    BOOST_TEST(!server->listen(outer.path() + "/" + std::string(120, 'x')));
    BOOST_TEST(server->listen(folder).has_value());
}

BOOST_FIXTURE_TEST_CASE(sockets_of_processes_that_are_gone_are_removed_and_the_newest_comes_first, fixture) {
    BOOST_REQUIRE(claim_control_folder(folder));
    leave_socket(folder + "/2147483647.sock");  // beyond every process number there is
    leave_socket(folder + "/1.sock");           // runs, and may listen in a moment
    testing::put_file(folder + "/3.sock", "no socket");
    testing::put_file(folder + "/letter.sock", "");
    BOOST_REQUIRE(server->listen(folder));
    BOOST_TEST(control_sockets({folder}) == (std::vector<std::string>{own_socket(), folder + "/1.sock"}),
               boost::test_tools::per_element());
    BOOST_TEST(!fs::exists(folder + "/2147483647.sock"));
    BOOST_TEST(fs::exists(folder + "/3.sock"));
}

BOOST_FIXTURE_TEST_CASE(an_own_socket_left_by_an_earlier_process_gives_way_and_one_in_use_does_not, fixture) {
    BOOST_REQUIRE(claim_control_folder(folder));
    leave_socket(own_socket());
    BOOST_TEST(server->listen(folder).has_value());
    control_server second(loop);
    BOOST_TEST(!second.listen(folder));
    BOOST_TEST(fs::exists(own_socket()));
}

BOOST_AUTO_TEST_CASE(a_node_that_was_started_without_a_login_is_seen_by_one) {
    testing::temp_folder outer;
    const char* set = std::getenv("XDG_RUNTIME_DIR");
    const std::optional<std::string> before = set ? std::optional<std::string>(set) : std::nullopt;
    ::unsetenv("XDG_RUNTIME_DIR");
    const auto without = control_folders();
    ::setenv("XDG_RUNTIME_DIR", outer.path().c_str(), 1);
    const auto elsewhere = control_folders();
    if (before)
        ::setenv("XDG_RUNTIME_DIR", before->c_str(), 1);
    else
        ::unsetenv("XDG_RUNTIME_DIR");
    BOOST_REQUIRE(without.size() == 2u);
    BOOST_TEST(without[0].find("/btnode-") != std::string::npos);
    BOOST_TEST(without[1].ends_with("/btnode"));
    BOOST_TEST(elsewhere == std::vector<std::string>{outer.path() + "/btnode"},
               boost::test_tools::per_element());
}
