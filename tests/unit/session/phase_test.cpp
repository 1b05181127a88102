#include "session/phase.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace bt::session;

/// docs/architecture.md has the same table in words: a row is where a torrent is, a column where it may go.
BOOST_AUTO_TEST_CASE(a_torrent_goes_from_one_phase_to_another_as_the_table_says) {
    const std::vector<phase> all = {in::finding{},   in::checking{}, in::downloading{},
                                    in::finishing{}, in::seeding{},  in::over{}};
    const std::vector<std::string> table = {
        // finding, checking, downloading, finishing, seeding, over
        ".x..xx",  // finding
        "..x.xx",  // checking
        ".x.x.x",  // downloading
        ".xx.xx",  // finishing
        ".x...x",  // seeding
        "......",  // over
    };
    for (std::size_t from = 0; from < all.size(); ++from) {
        std::string row;
        for (const auto& to : all) row += may_follow(all[from], to) ? 'x' : '.';
        BOOST_TEST(row == table[from], "from phase " << from << ": " << row);
    }
}
