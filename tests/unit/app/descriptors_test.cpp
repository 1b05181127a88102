#include "app/descriptors.hpp"

#include <boost/test/unit_test.hpp>

using bt::app::descriptor_plan;

BOOST_AUTO_TEST_SUITE(descriptors_plan)

BOOST_AUTO_TEST_CASE(downloads_leave_64_to_files_and_peers) {
    const descriptor_plan plan(1'024, 30);
    std::size_t most = 0;
    while (plan.allows_downloads(most + 1)) ++most;
    BOOST_TEST(most == 385u);
    BOOST_TEST(plan.files(most) + plan.peers(most) >= 64u);
    BOOST_TEST(plan.files(most + 1) + plan.peers(most + 1) < 64u);
}

BOOST_AUTO_TEST_CASE(what_is_held_at_the_most_stays_below_the_limit) {
    for (const std::size_t limit : {64u, 100u, 256u, 1'024u, 4'096u, 1'048'576u}) {
        const descriptor_plan plan(limit, 34);
        for (std::size_t downloads = 0; downloads < 500 && plan.allows_downloads(downloads); ++downloads)
            BOOST_TEST(34 + descriptor_plan::page_connections(limit) + 2 * downloads + plan.files(downloads) +
                           plan.peers(downloads) <
                       limit);
    }
}

BOOST_AUTO_TEST_CASE(with_few_descriptors_there_is_room_for_some_downloads_and_peers) {
    const descriptor_plan plan(64, 34);
    BOOST_TEST(plan.allows_downloads(5));
    BOOST_TEST(!plan.allows_downloads(6));
    BOOST_TEST(plan.files(5) == 4u);
    BOOST_TEST(plan.peers(5) == 6u);
}

BOOST_AUTO_TEST_CASE(with_very_many_the_files_held_are_bounded_all_the_same) {
    const descriptor_plan plan(1'048'576, 34);
    BOOST_TEST(plan.files(0) == 512u);
    BOOST_TEST(plan.peers(2'000) > 1'000'000u);
}

BOOST_AUTO_TEST_CASE(nothing_is_promised_when_all_is_in_use) {
    const descriptor_plan plan(64, 70);
    BOOST_TEST(plan.peers(0) == 0u);
    BOOST_TEST(plan.files(0) == 4u);
}

BOOST_AUTO_TEST_SUITE_END()
