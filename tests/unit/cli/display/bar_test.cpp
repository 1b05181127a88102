#include "cli/display/bar.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace {
using namespace bt::cli;
using bt::app::piece_state;

// One letter a piece: h have, a active, . missing, f failed, x unavailable, u unwanted.
std::vector<piece_state> pieces(std::string_view letters) {
    std::vector<piece_state> states;
    for (char c : letters)
        states.push_back(c == 'h'   ? piece_state::have
                         : c == 'a' ? piece_state::active
                         : c == 'f' ? piece_state::failed
                         : c == 'x' ? piece_state::unavailable
                         : c == 'u' ? piece_state::unwanted
                                    : piece_state::missing);
    return states;
}
std::string drawn(std::string_view letters, std::size_t width, bool ascii = true) {
    std::string text;
    for (auto cell : bar_cells(pieces(letters), width)) text += glyph(cell, ascii);
    return text;
}
}  // namespace

BOOST_AUTO_TEST_CASE(each_state_of_a_cell_has_its_sign) {
    BOOST_TEST(drawn("hhhh", 1) == "#");
    BOOST_TEST(drawn("hhh.", 1) == "=");
    BOOST_TEST(drawn("hh..", 1) == "-");
    BOOST_TEST(drawn("h...", 1) == ".");
    BOOST_TEST(drawn("a...", 1) == ".");
    BOOST_TEST(drawn("....", 1) == " ");
    BOOST_TEST(drawn("xxxx", 1) == "x");
    BOOST_TEST(drawn("hhf.", 1) == "!");
    BOOST_TEST(drawn("hhh.hh..h....", 1, false) == "▒");
    BOOST_TEST(drawn("h.x!", 4, false) == "█·×·");
}

BOOST_AUTO_TEST_CASE(thirds_are_exact) {
    BOOST_TEST(drawn("hh.", 1) == "-");  // exactly two thirds is not more than two thirds
    BOOST_TEST(drawn("h..", 1) == ".");
    BOOST_TEST(drawn("hhhhh..", 1) == "=");
}

BOOST_AUTO_TEST_CASE(a_cell_with_a_block_on_its_way_is_busy_and_shows_it) {
    BOOST_TEST((bar_cells(pieces("a..."), 1)[0] == bar_cell::some_busy));
    BOOST_TEST((bar_cells(pieces("ha.."), 1)[0] == bar_cell::some_busy));
    BOOST_TEST((bar_cells(pieces("h..."), 1)[0] == bar_cell::some));
}

BOOST_AUTO_TEST_CASE(only_a_cell_without_any_reachable_piece_is_marked_so) {
    BOOST_TEST(drawn("xx.x", 1) == " ");
    BOOST_TEST(drawn("hxxx", 1) == ".");
    BOOST_TEST(drawn("uxux", 1) == "x");
}

BOOST_AUTO_TEST_CASE(unwanted_pieces_do_not_count) {
    BOOST_TEST(drawn("huhu", 1) == "#");
    BOOST_TEST(drawn("uuuu", 1) == " ");
}

BOOST_AUTO_TEST_CASE(every_piece_lies_in_some_cell) {
    for (std::size_t n = 1; n < 40; ++n)
        for (std::size_t width = 1; width < 40; ++width)
            for (std::size_t bad = 0; bad < n; ++bad) {
                std::string letters(n, 'h');
                letters[bad] = 'f';
                BOOST_REQUIRE(drawn(letters, width).find('!') != std::string::npos);
            }
}

BOOST_AUTO_TEST_CASE(fewer_pieces_than_cells_are_stretched) {
    BOOST_TEST(drawn("h.", 6) == "###   ");
    BOOST_TEST(drawn("h", 3) == "###");
    BOOST_TEST(drawn("", 4) == "####");
    BOOST_TEST(drawn("h", 0).empty());
}

BOOST_AUTO_TEST_CASE(a_plain_bar_fills_from_the_left) {
    auto text = [](std::uint64_t done, std::uint64_t total) {
        std::string out;
        for (auto cell : plain_bar(done, total, 4)) out += glyph(cell, true);
        return out;
    };
    BOOST_TEST(text(0, 100) == "    ");
    BOOST_TEST(text(99, 100) == "### ");
    BOOST_TEST(text(100, 100) == "####");
    BOOST_TEST(text(7, 0) == "####");
}
