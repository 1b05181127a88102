#include "cli/arguments/shell_words.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt::cli;
using words = std::vector<std::string>;

BOOST_AUTO_TEST_CASE(a_line_is_cut_at_blanks_outside_quotes) {
    BOOST_TEST((*shell_words(" get  a\tb\r") == words{"get", "a", "b"}));
    BOOST_TEST((*shell_words("get 'a b' \"c 'd\" e\\ f") == words{"get", "a b", "c 'd", "e f"}));
    BOOST_TEST((*shell_words("a'b c'd '' \"\"") == words{"ab cd", "", ""}));
    BOOST_TEST((*shell_words("'\\' \"\\\"\" \\\\") == words{"\\", "\"", "\\"}));
    BOOST_TEST((*shell_words("get a#b # c") == words{"get", "a#b"}));
    BOOST_TEST(shell_words("").value().empty());
    BOOST_TEST(shell_words("  # only a remark").value().empty());
}

BOOST_AUTO_TEST_CASE(a_quote_that_is_not_closed_is_wrong) {
    BOOST_TEST(!shell_words("get 'a"));
    BOOST_TEST(!shell_words("get \"a\\\""));
}

BOOST_AUTO_TEST_CASE(a_quoted_word_comes_out_as_it_was) {
    for (const std::string word : {"a", "two words", "it's", "\"x\"", "back\\slash", "#1"})
        BOOST_TEST((*shell_words(shell_quoted(word)) == words{word}));
}
