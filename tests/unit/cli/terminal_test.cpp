#include "cli/terminal.hpp"

#include <boost/test/unit_test.hpp>
#include <map>

using namespace bt::cli;

namespace {
bool colored(when wish, bool is_terminal, std::map<std::string, std::string> variables) {
    return use_color(wish, is_terminal, [&](const char* name) -> const char* {
        auto it = variables.find(name);
        return it == variables.end() ? nullptr : it->second.c_str();
    });
}
}  // namespace

BOOST_AUTO_TEST_CASE(the_option_rules_over_every_variable) {
    BOOST_TEST(!colored(when::never, true, {{"CLICOLOR_FORCE", "1"}, {"TERM", "xterm"}}));
    BOOST_TEST(colored(when::always, false, {{"NO_COLOR", "1"}}));
}

BOOST_AUTO_TEST_CASE(no_color_comes_before_force_and_force_before_the_terminal) {
    BOOST_TEST(
        !colored(when::automatic, true, {{"NO_COLOR", "1"}, {"CLICOLOR_FORCE", "1"}, {"TERM", "xterm"}}));
    BOOST_TEST(colored(when::automatic, false, {{"NO_COLOR", ""}, {"CLICOLOR_FORCE", "1"}}));
    BOOST_TEST(!colored(when::automatic, false, {{"CLICOLOR_FORCE", "0"}, {"TERM", "xterm"}}));
}

BOOST_AUTO_TEST_CASE(otherwise_a_terminal_that_can_has_colour) {
    BOOST_TEST(colored(when::automatic, true, {{"TERM", "xterm"}}));
    BOOST_TEST(!colored(when::automatic, false, {{"TERM", "xterm"}}));
    BOOST_TEST(!colored(when::automatic, true, {{"TERM", "dumb"}}));
    BOOST_TEST(!colored(when::automatic, true, {}));
}

BOOST_AUTO_TEST_CASE(ascii_where_blocks_are_missing_or_wide) {
    const charset_facts good{.utf8 = true, .narrow_blocks = true, .linux_console = false};
    BOOST_TEST(!use_ascii(false, good));
    BOOST_TEST(use_ascii(true, good));
    BOOST_TEST(use_ascii(false, {.utf8 = false, .narrow_blocks = true, .linux_console = false}));
    BOOST_TEST(use_ascii(false, {.utf8 = true, .narrow_blocks = false, .linux_console = false}));
    BOOST_TEST(use_ascii(false, {.utf8 = true, .narrow_blocks = true, .linux_console = true}));
}

BOOST_AUTO_TEST_CASE(paint_is_left_out_without_colour) {
    BOOST_TEST(painted("x", role::bad, false) == "x");
    BOOST_TEST(painted("x", role::bad, true) == "\x1b[31mx\x1b[0m");
    BOOST_TEST(painted("x", role::plain, true) == "x");
}
