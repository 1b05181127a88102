#include "cli/exit_code.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt::cli;
using bt::errc;

BOOST_AUTO_TEST_CASE(each_kind_of_error_has_its_documented_number) {
    const std::pair<errc, int> table[] = {{errc::failure, 1},    {errc::usage, 2},   {errc::not_found, 3},
                                          {errc::bad_data, 5},   {errc::storage, 6}, {errc::network, 7},
                                          {errc::unfinished, 8}, {errc::no_node, 4}};
    for (auto [code, number] : table) BOOST_TEST(static_cast<int>(exit_code_of(code)) == number);
}

BOOST_AUTO_TEST_CASE(of_several_results_the_worst_remains) {
    using enum exit_code;
    BOOST_TEST((worse(done, unfinished) == unfinished));
    BOOST_TEST((worse(storage, unfinished) == storage));
    BOOST_TEST((worse(unfinished, not_found) == not_found));
    BOOST_TEST((worse(bad_data, storage) == storage));
    BOOST_TEST((worse(no_node, not_found) == no_node));
    BOOST_TEST((worse(done, done) == done));
}
