#include "cli/arguments/config_file.hpp"

#include <boost/test/unit_test.hpp>
#include <map>

#include "cli/arguments/parse_line.hpp"

using namespace bt;
using namespace bt::cli;

namespace {

using variables = std::map<std::string, std::string>;

struct machine {
    variables set, files;

    parsed_line parse(std::vector<std::string> words) const {
        const auto env = [this](const char* name) -> const char* {
            auto it = set.find(name);
            return it == set.end() ? nullptr : it->second.c_str();
        };
        return parse_line("node", std::move(words), env,
                          [this](const std::string& path) -> result<std::string> {
                              auto it = files.find(path);
                              if (it == files.end())
                                  return fail(errc::not_found, "cannot read " + path + ": it is not there");
                              return it->second;
                          });
    }
    template <class Command>
    Command command(std::vector<std::string> words) const {
        auto line = parse(std::move(words));
        if (auto* why = std::get_if<usage_error>(&line)) BOOST_FAIL(why->reason);
        return std::get<Command>(std::get<command_line>(line).command);
    }
    std::string refusal(std::vector<std::string> words) const {
        auto line = parse(std::move(words));
        auto* why = std::get_if<usage_error>(&line);
        return why == nullptr ? "accepted" : why->reason;
    }
};

/// One file, and what is said of it.
std::string refused(const std::string& text, std::vector<std::string> words = {"status"}) {
    const machine m{{{"BTNODE_CONFIG", "/f"}}, {{"/f", text}}};
    return m.refusal(std::move(words));
}

const char* const both = "up-limit = \"50k\"  # all\n[get]\nup-limit = '10k'\nsequential = true\n";

}  // namespace

BOOST_AUTO_TEST_CASE(a_table_goes_before_the_top_and_holds_for_its_command_alone) {
    const machine m{{{"BTNODE_CONFIG", "/f"}}, {{"/f", both}}};
    BOOST_TEST(m.command<get_options>({"get", "x"}).session.up_limit == 10'000u);
    BOOST_TEST(m.command<get_options>({"get", "x"}).get.sequential);
    BOOST_TEST(m.command<get_options>({"request", "x"}).get.sequential);
    BOOST_TEST(m.command<share_options>({"share", "x"}).session.up_limit == 50'000u);
}

BOOST_AUTO_TEST_CASE(the_line_goes_before_the_environment_and_that_before_the_file) {
    machine m{{{"BTNODE_CONFIG", "/f"}, {"BTNODE_UP_LIMIT", "20k"}}, {{"/f", both}}};
    BOOST_TEST(m.command<get_options>({"get", "x", "--up-limit", "30k"}).session.up_limit == 30'000u);
    BOOST_TEST(m.command<get_options>({"get", "x"}).session.up_limit == 20'000u);
    m.set["BTNODE_SEQUENTIAL"] = "no";
    BOOST_TEST(!m.command<get_options>({"get", "x"}).get.sequential);
}

BOOST_AUTO_TEST_CASE(the_named_file_goes_before_the_user_s_and_that_before_the_machine_s) {
    const auto limit = [](const char* rate) { return std::string("up-limit = \"") + rate + "\"\n"; };
    machine m{{{"HOME", "/home/me"}},
              {{"/etc/btnode/config.toml", limit("1k")},
               {"/home/me/.config/btnode/config.toml", limit("2k")},
               {"/xdg/btnode/config.toml", limit("3k")},
               {"/env", limit("4k")},
               {"/line", limit("5k")}}};
    const auto now = [&](std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"get", "x"});
        return m.command<get_options>(more).session.up_limit;
    };
    BOOST_TEST(now() == 2'000u);
    m.set["XDG_CONFIG_HOME"] = "/xdg";
    BOOST_TEST(now() == 3'000u);
    m.set["BTNODE_CONFIG"] = "/env";
    BOOST_TEST(now() == 4'000u);
    BOOST_TEST(now({"--config", "/line"}) == 5'000u);
    BOOST_TEST(now({"--no-config"}) == 0u);
    m.files.erase("/home/me/.config/btnode/config.toml");
    m.set = {{"HOME", "/home/me"}};
    BOOST_TEST(now() == 1'000u);
    m.files.clear();
    BOOST_TEST(now() == 0u);
    BOOST_TEST(m.refusal({"get", "x", "--config", "/none"}) == "cannot read /none: it is not there");
}

BOOST_AUTO_TEST_CASE(values_are_strings_numbers_switches_and_arrays) {
    const machine m{{{"BTNODE_CONFIG", "/f"}},
                    {{"/f",
                      "[share]\r\nname = \"a # b, c\"\nport = 5000\n  no-lan=true\n"
                      "tracker = [ \"http://a/announce\",  # first\n   'http://b/announce?x=1,2',\n]\n"
                      "comment = ''\n"}}};
    const auto o = m.command<share_options>({"share", "x"});
    BOOST_TEST(o.make.name == "a # b, c");
    BOOST_TEST(o.session.port == 5000u);
    BOOST_TEST(!o.session.lan);
    BOOST_REQUIRE(o.make.trackers.size() == 2u);
    BOOST_TEST(o.make.trackers[1][0] == "http://b/announce?x=1,2");
    BOOST_TEST(o.make.comment == "");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told_with_file_and_line_and_what_is_near) {
    BOOST_TEST(refused("\n\nup-limt = 5\n") == "/f line 3: unknown key 'up-limt'; did you mean 'up-limit'?");
    BOOST_TEST(refused("up_limit = 5\n") == "/f line 1: unknown key 'up_limit'; did you mean 'up-limit'?");
    BOOST_TEST(refused("[share]\nbogusbogus = 5\n") ==
               "/f line 2: unknown key 'bogusbogus'; keys are the long options of share");
    BOOST_TEST(refused("[share]\nsequential = true\n") == "/f line 2: unknown key 'sequential' of share");
    BOOST_TEST(refused("[deamon]\n") == "/f line 1: unknown command [deamon]; did you mean [daemon]?");
    BOOST_TEST(refused("[share\n") == "/f line 1: a table is written [COMMAND]");
    BOOST_TEST(refused("up-limit\n") == "/f line 1: wanted is KEY = VALUE");
    BOOST_TEST(refused("up-limit =\n") == "/f line 1: up-limit: a value is missing");
    BOOST_TEST(refused("up-limit = \"5\n") == "/f line 1: up-limit: a quote is not closed");
    BOOST_TEST(refused("name = two words\n") == "/f line 1: name: a text stands in quotes: \"…\" or '…'");
    BOOST_TEST(refused("port = [1, 2]\n") == "/f line 1: port: it takes one value, not an array");
    BOOST_TEST(refused("tracker = ['a'\n\n") == "/f line 1: tracker: its array is not closed by ']'");
    BOOST_TEST(refused("no-lan = 3\n") == "/f line 1: no-lan: it takes true or false");
    BOOST_TEST(refused("port = 1\nport = 2\n") == "/f line 2: port stands in line 1 already");
    BOOST_TEST(refused("name = \"a\\n\"\n") == "/f line 1: name: \"…\" takes no '\\' here; write '…'");
    BOOST_TEST(refused("config = 'x'\n").starts_with("/f line 1: unknown key 'config'"));
    BOOST_TEST(refused("port = abc\n", {"get", "x"}) ==
               "bad value for port in /f line 1: 'abc'; it takes a number from 0 to 65535");
    BOOST_TEST(refused("\n", {"status"}) == "accepted");
}

BOOST_AUTO_TEST_CASE(a_password_does_not_stand_in_the_file_and_is_not_repeated) {
    const auto said = refused("[daemon]\nrpc-auth = \"me:secret\"\n");
    BOOST_TEST(said.starts_with("/f line 2: rpc-auth: a password has no place here"));
    BOOST_TEST(said.find("secret") == said.npos);
}

BOOST_AUTO_TEST_CASE(help_and_version_come_whatever_the_file_holds) {
    const machine m{{{"BTNODE_CONFIG", "/f"}}, {{"/f", "nonsense\n"}}};
    BOOST_TEST(std::holds_alternative<just_text>(m.parse({"get", "--help"})));
    BOOST_TEST(std::holds_alternative<just_text>(m.parse({"--version"})));
}

BOOST_AUTO_TEST_CASE(config_tells_of_each_option_where_it_comes_from) {
    const machine m{{{"BTNODE_CONFIG", "/f"}, {"BTNODE_PORT", "5000"}, {"BTNODE_RPC_AUTH", "me:secret"}},
                    {{"/f", both}}};
    const auto all = m.command<config_options>({"config"});
    BOOST_TEST(all.file == "/f");
    const auto row = [](const config_options& of, std::string_view key) {
        for (const auto& each : of.rows)
            if (each.key == key) return each;
        return config_row{};
    };
    const auto get = m.command<config_options>({"config", "get"});
    BOOST_TEST(row(get, "up-limit").words.at(0) == "10k");
    BOOST_TEST(row(get, "up-limit").where == "/f line 3");
    BOOST_TEST(row(get, "port").source == "environment");
    BOOST_TEST(row(get, "port").where == "BTNODE_PORT");
    BOOST_TEST(row(get, "peers").source == "default");
    BOOST_TEST(row(get, "peers").words.at(0) == "200");
    BOOST_TEST(row(m.command<config_options>({"config", "daemon"}), "rpc-auth").words.at(0) == "(not shown)");
    BOOST_TEST(row(get, "help").key == "");
}

BOOST_AUTO_TEST_CASE(a_daemon_reads_its_line_and_the_file_again) {
    machine m{{{"BTNODE_CONFIG", "/f"}}, {{"/f", "[daemon]\nup-limit = 5\n"}}};
    auto o = m.command<daemon_options>({"daemon", "--down-limit", "7"});
    general_options general;
    daemon_options now;
    m.files["/f"] = "verbose = 1\n[daemon]\nup-limit = 6\n";
    BOOST_REQUIRE(o.again(general, now));
    BOOST_TEST(now.session.up_limit == 6u);
    BOOST_TEST(now.session.down_limit == 7u);
    BOOST_TEST(general.verbose == 1);
    m.files["/f"] = "nonsense\n";
    BOOST_TEST(!o.again(general, now));
}
