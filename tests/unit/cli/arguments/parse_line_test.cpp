#include "cli/arguments/parse_line.hpp"

#include <boost/test/unit_test.hpp>
#include <map>

#include "cli/arguments/help.hpp"

using namespace bt::cli;
using namespace std::chrono_literals;

namespace {

using variables = std::map<std::string, std::string>;

parsed_line parse(std::vector<std::string> words, const variables& set = {}) {
    return parse_line("node", std::move(words), [&](const char* name) -> const char* {
        auto it = set.find(name);
        return it == set.end() ? nullptr : it->second.c_str();
    });
}
template <class Command>
Command command(std::vector<std::string> words, const variables& set = {}) {
    auto line = parse(std::move(words), set);
    if (auto* why = std::get_if<usage_error>(&line)) BOOST_FAIL(why->reason);
    return std::get<Command>(std::get<command_line>(line).command);
}
general_options general(std::vector<std::string> words, const variables& set = {}) {
    return std::get<command_line>(parse(std::move(words), set)).general;
}
std::string refusal(std::vector<std::string> words, const variables& set = {}) {
    auto line = parse(std::move(words), set);
    auto* why = std::get_if<usage_error>(&line);
    return why == nullptr ? "accepted" : why->reason;
}

}  // namespace

BOOST_AUTO_TEST_CASE(options_may_stand_before_and_behind_the_command_and_its_arguments) {
    BOOST_TEST(general({"--json", "get", "x"}).json);
    BOOST_TEST(general({"get", "x", "--json", "-vv"}).json);
    BOOST_TEST(general({"get", "x", "--json", "-vv"}).verbose == 2);
    auto o = command<get_options>({"get", "a", "-o", "dir", "b", "--sequential", "c"});
    BOOST_TEST((o.targets == std::vector<std::string>{"a", "b", "c"}));
    BOOST_TEST(o.get.folder == "dir");
    BOOST_TEST(o.get.sequential);
}

BOOST_AUTO_TEST_CASE(two_dashes_end_the_options) {
    auto o = command<get_options>({"get", "-o", "dir", "--", "-o", "--json", "--"});
    BOOST_TEST((o.targets == std::vector<std::string>{"-o", "--json", "--"}));
    BOOST_TEST((command<share_options>({"share", "--", "-x"}).paths == std::vector<std::string>{"-x"}));
}

BOOST_AUTO_TEST_CASE(arguments_stay_what_they_are) {
    // Names a parser might take for lists, commands or negative numbers.
    auto o = command<share_options>({"share", "[a,b]", "share", "get", "a=b", "/?"});
    BOOST_TEST((o.paths == std::vector<std::string>{"[a,b]", "share", "get", "a=b", "/?"}));
}

BOOST_AUTO_TEST_CASE(a_list_option_takes_one_word_each_time) {
    auto o = command<share_options>({"share", "-t", "http://a/x,http://b/x", "p", "-t", "udp://c:1/x", "q"});
    BOOST_TEST(
        (o.make.trackers == bt::torrent::tracker_tiers{{"http://a/x", "http://b/x"}, {"udp://c:1/x"}}));
    BOOST_TEST((o.paths == std::vector<std::string>{"p", "q"}));
}

BOOST_AUTO_TEST_CASE(the_last_of_a_single_option_counts) {
    BOOST_TEST(command<get_options>({"get", "x", "-o", "a", "-o", "b"}).get.folder == "b");
}

BOOST_AUTO_TEST_CASE(values_have_their_units) {
    auto o =
        command<get_options>({"get", "x", "--timeout", "2m", "--down-limit", "1.5M", "--up-limit=500k/s",
                              "--seed", "ratio:1.5", "--peer", "192.0.2.1:5", "--peers", "7", "-p", "0"});
    BOOST_TEST((o.get.timeout == bt::duration(2min)));
    BOOST_TEST(o.session.down_limit == 1'500'000u);
    BOOST_TEST(o.session.up_limit == 500'000u);
    BOOST_TEST((o.get.seed.what == bt::app::seed_rule::kind::ratio));
    BOOST_TEST(o.get.seed.ratio == 1.5);
    BOOST_TEST(o.get.peers.size() == 1u);
    BOOST_TEST(o.session.peers == 7u);
    BOOST_TEST(command<share_options>({"share", "x", "--piece-size", "256k"}).make.piece_bytes == 262'144u);
}

BOOST_AUTO_TEST_CASE(dash_is_standard_output) {
    BOOST_TEST(command<get_options>({"get", "-o", "-", "x"}).get.to_stdout);
    BOOST_TEST(command<create_options>({"create", "x", "-o-"}).output == "-");
}

BOOST_AUTO_TEST_CASE(families_are_both_on_or_one_is_asked_for) {
    BOOST_TEST(command<get_options>({"get", "x"}).session.ipv4);
    BOOST_TEST(command<get_options>({"get", "x"}).session.ipv6);
    BOOST_TEST(!command<get_options>({"get", "x", "-6"}).session.ipv4);
    BOOST_TEST(!command<get_options>({"get", "x", "-4"}).session.ipv6);
    BOOST_TEST(refusal({"get", "x", "-4", "-6"}) == "--ipv4 and --ipv6 exclude each other");
}

BOOST_AUTO_TEST_CASE(the_environment_answers_for_options_that_are_not_given) {
    const variables set = {{"BTNODE_DOWN_LIMIT", "1M"},
                           {"BTNODE_NO_LAN", "1"},
                           {"BTNODE_JSON", "no"},
                           {"BTNODE_TRACKER", "http://a/x http://b/x"},
                           {"BTNODE_VERBOSE", "2"}};
    auto o = command<get_options>({"get", "x"}, set);
    BOOST_TEST(o.session.down_limit == 1'000'000u);
    BOOST_TEST(!o.session.lan);
    BOOST_TEST(o.get.trackers.size() == 2u);
    BOOST_TEST(!general({"get", "x"}, set).json);
    BOOST_TEST(general({"get", "x"}, set).verbose == 2);
    BOOST_TEST(command<get_options>({"get", "x", "--down-limit", "5"}, set).session.down_limit == 5u);
    BOOST_TEST(refusal({"get", "x"}, {{"BTNODE_PORT", "many"}}) ==
               "bad value for BTNODE_PORT: 'many'; it takes a number from 0 to 65535");
    BOOST_TEST(refusal({"get", "x"}, {{"BTNODE_NO_LAN", "maybe"}}) ==
               "bad value for BTNODE_NO_LAN: 'maybe'; it takes yes or no");
    // another command's option
    BOOST_TEST(refusal({"get", "x"}, {{"BTNODE_PIECE_SIZE", "nonsense"}}) == "accepted");
}

BOOST_AUTO_TEST_CASE(a_slip_is_named_and_the_nearest_word_offered) {
    BOOST_TEST(refusal({"get", "x", "--outptu", "y"}) ==
               "unknown option '--outptu'; did you mean '--output'?");
    BOOST_TEST(refusal({"get", "x", "--jsno"}) == "unknown option '--jsno'; did you mean '--json'?");
    BOOST_TEST(refusal({"get", "x", "-X"}) == "unknown option '-X'");
    BOOST_TEST(refusal({"get", "x", "-qX"}) == "unknown option '-X'");
    BOOST_TEST(refusal({"get", "x", "--qr"}) == "unknown option '--qr'");
    BOOST_TEST(refusal({"get", "x", "--no-upnp=1"}).starts_with("unknown option '--no-upnp'"));
    BOOST_TEST(refusal({"sahre", "x"}) == "unknown command 'sahre'; did you mean 'share'?");
    BOOST_TEST(refusal({"gossip"}) == "unknown command 'gossip'");
    BOOST_TEST(refusal({"show", "a", "b"}) == "unexpected argument 'b'");
}

BOOST_AUTO_TEST_CASE(missing_words_are_asked_for) {
    BOOST_TEST(refusal({"get"}) == "get what? No TARGET given");
    BOOST_TEST(refusal({"share"}) == "share what? No PATH given");
    BOOST_TEST(refusal({"get", "x", "-o"}) == "option --output needs a value");
    BOOST_TEST(refusal({"get", "x", "--port"}) == "option --port needs a value");
    BOOST_TEST(refusal({"get", "--output=", "x"}) == "option --output needs a value");
    BOOST_TEST(refusal({"--json"}) == "no command given");
}

BOOST_AUTO_TEST_CASE(nonsense_values_are_refused_with_what_would_make_sense) {
    BOOST_TEST(refusal({"get", "x", "-p", "70000"}) ==
               "bad value for --port: '70000'; it takes a number from 0 to 65535");
    for (std::vector<std::string> words : std::vector<std::vector<std::string>>{{"--timeout", "soon"},
                                                                                {"--seed", "maybe"},
                                                                                {"--peer", "host"},
                                                                                {"--peer", "192.0.2.1:0"},
                                                                                {"--bind", "eth0"},
                                                                                {"--color", "blue"},
                                                                                {"--progress", "much"},
                                                                                {"-t", "ftp://x"},
                                                                                {"--peers", "0"}}) {
        words.insert(words.begin(), {"get", "x"});
        BOOST_TEST(refusal(words).starts_with("bad value for "), words[2]);
    }
    for (auto* size : {"0", "15k", "100000", "128Mi", "-1"})
        BOOST_TEST(refusal({"share", "x", "--piece-size", size}).starts_with("bad value for "), size);
    BOOST_TEST(refusal({"share", "x", "--until", "0"}).starts_with("bad value for "));
}

BOOST_AUTO_TEST_CASE(a_list_of_files_that_cannot_be_one_is_refused_on_the_line) {
    for (std::string command : {"get", "set"})
        for (std::string option : {"--select", "--first", "--last"}) {
            for (std::string wrong : {"5-2", "1,5-2", "*.srt,3-", "-3", "1--2", ",", ",,"})
                BOOST_TEST(refusal({command, "x", option, wrong}).starts_with("bad value for " + option),
                           command + " " + option + " " + wrong);
            for (std::string right : {"1", "1,3-5", "7-7", "*", "*.srt", "2,", "a-b", "999999"})
                BOOST_TEST(refusal({command, "x", option, right}) == "accepted",
                           command + " " + option + " " + right);
        }
    BOOST_TEST(refusal({"get", "x", "--select", "1,5-2"}) ==
               "bad value for --select: not a file number or range: '5-2'");
    BOOST_TEST(refusal({"get", "x"}, {{"BTNODE_SELECT", "5-2"}}) ==
               "bad value for BTNODE_SELECT: not a file number or range: '5-2'");
}

BOOST_AUTO_TEST_CASE(an_empty_list_of_files_is_not_all_of_them) {
    // what a script says whose variable is not set
    for (std::string command : {"get", "set"})
        BOOST_TEST(refusal({command, "x", "--select", ""}) ==
                   "bad value for --select: ''; it takes file numbers or globs such as 1,3-5 or '*.srt', and "
                   "'*' for all");
    for (std::string option : {"--first", "--last"}) {
        BOOST_TEST(refusal({"get", "x", option, ""}) ==
                   "bad value for " + option +
                       ": ''; it takes file numbers or globs such as 1,3-5 or '*.srt'");
        BOOST_TEST(refusal({"set", "x", option, ""}) == "accepted");  // none
    }
}

BOOST_AUTO_TEST_CASE(what_excludes_each_other_is_said) {
    BOOST_TEST(refusal({"get", "-o", "-", "a", "b"}) == "--output - takes one TARGET");
    BOOST_TEST(refusal({"get", "-o", "-", "--json", "a"}) != "accepted");
    BOOST_TEST(refusal({"show", "--hash", "--magnet", "a"}) != "accepted");
    BOOST_TEST(refusal({"share", "a", "b", "--save", "f"}) != "accepted");
    BOOST_TEST(refusal({"share", "a", "b", "--save", "f", "--name", "n"}) == "accepted");
}

BOOST_AUTO_TEST_CASE(help_is_given_wherever_it_is_asked_for) {
    for (std::vector<std::string> words : std::vector<std::vector<std::string>>{
             {"get", "--help"}, {"--help", "get"}, {"get", "x", "-h", "-p", "nonsense"}}) {
        auto line = parse(words);
        BOOST_REQUIRE(std::holds_alternative<just_text>(line));
        BOOST_TEST(std::get<just_text>(line).text.find("Usage: node get [OPTIONS] TARGET...") !=
                   std::string::npos);
    }
    BOOST_TEST(std::get<just_text>(parse({"-V"})).text == version_text());
    BOOST_TEST(std::holds_alternative<no_command>(parse({})));
}

BOOST_AUTO_TEST_CASE(a_refusal_points_to_the_right_help) {
    BOOST_TEST(std::get<usage_error>(parse({"get", "--x"})).try_this == "node get --help");
    BOOST_TEST(std::get<usage_error>(parse({"nonsense"})).try_this == "node --help");
    BOOST_TEST(std::get<usage_error>(parse({"get", "--x", "--json"})).json);
    BOOST_TEST(!std::get<usage_error>(parse({"get", "--x", "--", "--json"})).json);
}

BOOST_AUTO_TEST_CASE(every_option_has_a_long_name_and_no_two_share_one) {
    for (const auto& spec : commands()) {
        std::map<std::string, int> seen;
        auto look = [&](const option_group& group) {
            for (const auto& option : group.options) {
                BOOST_TEST(++seen["--" + std::string(long_name(option))] == 1, long_name(option));
                if (!short_name(option).empty())
                    BOOST_TEST(++seen["-" + std::string(short_name(option))] == 1, short_name(option));
            }
        };
        look(general_option_group());
        for (const auto& group : spec.groups) look(group);
    }
}

BOOST_AUTO_TEST_CASE(help_fits_eighty_columns) {
    std::string all = general_help("node");
    for (const auto& spec : commands()) all += command_help("node", spec);
    for (std::size_t begin = 0; begin < all.size();) {
        const std::size_t end = all.find('\n', begin);
        BOOST_TEST(end - begin <= 80, all.substr(begin, end - begin));
        begin = end + 1;
    }
}

BOOST_AUTO_TEST_CASE(help_is_given_as_people_ask_for_it) {
    BOOST_TEST(std::get<just_text>(parse({"help"})).text == general_help("node"));
    BOOST_TEST(std::get<just_text>(parse({"help", "tracker"})).text ==
               std::get<just_text>(parse({"tracker", "--help"})).text);
}

BOOST_AUTO_TEST_CASE(a_second_name_of_a_command_is_the_command) {
    BOOST_TEST(
        (command<get_options>({"request", "lesson.iso"}).targets == std::vector<std::string>{"lesson.iso"}));
    BOOST_TEST(command<discover_options>({"ls", "x"}).name == "x");
    BOOST_TEST((command<who_options>({"who", "--timeout", "5s"}).timeout == 5s));
    BOOST_TEST(refusal({"whoo"}) == "unknown command 'whoo'; did you mean 'who'?");
}

BOOST_AUTO_TEST_CASE(a_tracker_takes_the_usual_port_or_the_next_free_one_unless_told) {
    BOOST_TEST(!command<tracker_options>({"tracker"}).service.port);
    BOOST_TEST(*command<tracker_options>({"tracker", "-p", "7000"}).service.port == 7000);
    BOOST_TEST(*command<tracker_options>({"tracker"}, {{"BTNODE_PORT", "7001"}}).service.port == 7001);
}

BOOST_AUTO_TEST_CASE(a_tracker_is_open_or_has_one_list) {
    using bt::tracker::access_mode;
    BOOST_TEST((command<tracker_options>({"tracker"}).service.access == access_mode::open));
    const auto allow = command<tracker_options>({"tracker", "--allow", "good"}).service;
    BOOST_TEST((allow.access == access_mode::allow_list && allow.list == "good"));
    const auto deny = command<tracker_options>({"tracker", "--deny", "bad"}).service;
    BOOST_TEST((deny.access == access_mode::deny_list && deny.list == "bad"));
    BOOST_TEST(refusal({"tracker", "--open", "--deny", "x"}) ==
               "--open, --allow and --deny exclude each other");
}

BOOST_AUTO_TEST_CASE(where_a_tracker_remembers) {
    BOOST_TEST(!command<tracker_options>({"tracker"}).service.state);
    BOOST_TEST(*command<tracker_options>({"tracker", "--state", "x"}).service.state == "x");
    BOOST_TEST(command<tracker_options>({"tracker", "--state", "none"}).service.state->empty());
}

BOOST_AUTO_TEST_CASE(the_dht_is_used_unless_told_otherwise) {
    using words = std::vector<std::string>;
    BOOST_TEST(command<get_options>({"get", "x"}).session.use_dht);
    BOOST_TEST(command<get_options>({"get", "x", "--no-lan"}).session.use_dht);
    BOOST_TEST(command<get_options>({"get", "x"}).session.dht.internet);
    BOOST_TEST(!command<share_options>({"share", "x", "--no-dht"}).session.use_dht);
    BOOST_TEST(!command<show_options>({"show", "x", "--no-internet"}).session.dht.internet);
    const auto named = command<get_options>(
        {"get", "x", "--dht-bootstrap", "a.example.org:1", "--dht-bootstrap", "[2001:db8::1]:2"});
    BOOST_TEST((named.session.dht.bootstrap == words{"a.example.org:1", "[2001:db8::1]:2"}));
    BOOST_TEST(
        (command<get_options>({"get", "x"}, {{"BTNODE_DHT_BOOTSTRAP", "a:1 b:2"}}).session.dht.bootstrap ==
         words{"a:1", "b:2"}));
    // a variable that holds for many commands does not forbid one to go without
    BOOST_TEST(
        !command<get_options>({"get", "x", "--no-dht"}, {{"BTNODE_DHT_BOOTSTRAP", "a:1"}}).session.use_dht);
    BOOST_TEST(refusal({"get", "x", "--no-dht", "--dht-bootstrap", "a:1"}) ==
               "--no-dht and --dht-bootstrap exclude each other");
    for (const char* wrong :
         {"a", "a:", ":1", "a:0", "a:65536", "a b:1", "2001:db8::1:2", "[a]:1", "[::1", "http://a:1"})
        BOOST_TEST(
            refusal({"get", "x", "--dht-bootstrap", wrong}).starts_with("bad value for --dht-bootstrap"),
            wrong);
}

BOOST_AUTO_TEST_CASE(an_action_of_dht_comes_with_what_it_is_about) {
    const std::string hash = "9f3c0d5a71e84b22c6a0f1d43b7798e0aa5d10e1";
    const auto peers = command<dht_command_options>({"dht", "peers", hash});
    BOOST_TEST((peers.action == dht_action::peers));
    BOOST_TEST(peers.hash.bytes[0] == 0x9f);
    BOOST_TEST((peers.timeout == 30s));
    BOOST_TEST(peers.node.read_only);
    BOOST_TEST(!peers.node.here);
    for (const std::string& same : {"magnet:" + hash, "magnet:?xt=urn:btih:" + hash})
        BOOST_TEST((command<dht_command_options>({"dht", "peers", same}).hash == peers.hash));
    const auto announce = command<dht_command_options>({"dht", "announce", hash, "-p", "99"});
    BOOST_TEST(announce.port == 99);
    BOOST_TEST(!announce.node.read_only);
    const auto ping = command<dht_command_options>({"dht", "ping", "[fe80::1]:6881", "--timeout", "1s"});
    BOOST_TEST(ping.host == "fe80::1");
    BOOST_TEST(ping.port == 6881);
    BOOST_TEST((ping.timeout == 1s));
    const auto stats = command<dht_command_options>({"dht", "stats"});
    BOOST_TEST((stats.action == dht_action::stats));
    BOOST_TEST((stats.node.settling == 5s));
}

BOOST_AUTO_TEST_CASE(what_a_running_node_was_not_told_is_asked_with_a_node_of_its_own) {
    const auto here = [](std::vector<std::string> words, const variables& set = {}) {
        words.insert(words.begin(), {"dht", "stats"});
        return command<dht_command_options>(std::move(words), set).node.here;
    };
    BOOST_TEST(!here({}));
    BOOST_TEST(!here({"--timeout", "1s"}));
    BOOST_TEST(!here({}, {{"BTNODE_NO_INTERNET", "1"}}));
    BOOST_TEST(here({"--here"}));
    for (const auto& words : std::vector<std::vector<std::string>>{{"-4"},
                                                                   {"-6"},
                                                                   {"--no-lan"},
                                                                   {"--no-internet"},
                                                                   {"--bind", "127.0.0.1"},
                                                                   {"--network", "x"},
                                                                   {"--lan-port", "1"},
                                                                   {"--dht-bootstrap", "a:1"}})
        BOOST_TEST(here(words), words.front());
}

BOOST_AUTO_TEST_CASE(what_a_download_fetches_first_and_how_many_run_at_a_time) {
    const auto o = command<get_options>(
        {"get", "x", "--select", "1-3", "--first", "2", "--last", "*.txt", "--at-once", "4", "--limit-lan"});
    BOOST_TEST(o.get.files.select == "1-3");
    BOOST_TEST(o.get.files.first == "2");
    BOOST_TEST(o.get.files.last == "*.txt");
    BOOST_TEST(o.session.at_once == 4u);
    BOOST_TEST(o.session.limit_lan);
    BOOST_TEST(command<get_options>({"get", "x"}).session.at_once == 0u);
    BOOST_TEST(!command<get_options>({"get", "x"}).session.limit_lan);
    BOOST_TEST(command<share_options>({"share", "x", "--super-seed"}).session.super_seed);
    BOOST_TEST(refusal({"get", "x", "--at-once", "0"}) ==
               "bad value for --at-once: '0'; it takes a number from 1 to 65535");
}

BOOST_AUTO_TEST_CASE(torrents_that_run_are_named_after_what_is_done_to_them) {
    using words = std::vector<std::string>;
    BOOST_TEST(command<status_options>({"status"}).torrents.empty());
    BOOST_TEST((command<status_options>({"status", "a", "b"}).torrents == words{"a", "b"}));
    const auto resume = command<torrents_options>({"resume", "all", "--now"});
    BOOST_TEST((resume.action == torrent_action::resume));
    BOOST_TEST(resume.now);
    BOOST_TEST((command<torrents_options>({"pause", "x"}).action == torrent_action::pause));
    BOOST_TEST(!command<remove_options>({"remove", "x"}).deletes);
    BOOST_TEST(command<remove_options>({"remove", "--delete", "--yes", "x"}).yes);
    BOOST_TEST((command<torrents_options>({"reannounce", "x"}).action == torrent_action::reannounce));
    BOOST_TEST(refusal({"remove"}) == "remove what? No TORRENT given");
}

BOOST_AUTO_TEST_CASE(only_what_is_on_the_line_is_set) {
    const auto o = command<set_options>({"set", "x", "--up-limit", "2M", "--first", ""},
                                        {{"BTNODE_DOWN_LIMIT", "1M"}, {"BTNODE_SELECT", "1"}});
    BOOST_TEST(o.torrent == "x");
    BOOST_TEST(o.up_limit.value() == 2'000'000u);
    BOOST_TEST(o.first.value() == "");
    BOOST_TEST(!o.down_limit);
    BOOST_TEST(!o.select);
    BOOST_TEST(!o.last);
    BOOST_TEST(refusal({"set", "x"}, {{"BTNODE_DOWN_LIMIT", "1M"}}) ==
               "set what? --down-limit, --up-limit, --select, --first, --last, --seed, --label or --rename");
}
