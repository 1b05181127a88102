#include "storage/disk_pool.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <latch>

#include "bench_disk.hpp"

using namespace bt::storage;
using namespace bt::storage::testing;

BOOST_AUTO_TEST_SUITE(disk_pool_rooms)

BOOST_AUTO_TEST_CASE(work_runs_elsewhere_and_its_result_on_the_loop) {
    test_loop loop;
    disk_pool pool(3, loop.poster());
    BOOST_TEST(pool.threads() == 3u);
    const auto here = std::this_thread::get_id();
    int done = 0;
    for (int i = 0; i < 100; ++i)
        pool.submit([&, here]() -> std::function<void()> {
            const bool elsewhere = std::this_thread::get_id() != here;
            return [&, here, elsewhere] {
                BOOST_TEST(elsewhere);
                BOOST_TEST((std::this_thread::get_id() == here));
                ++done;
            };
        });
    loop.run([&] { return done == 100; });
}

BOOST_AUTO_TEST_CASE(no_threads_asked_for_is_one) {
    test_loop loop;
    disk_pool pool(0, loop.poster());
    BOOST_TEST(pool.threads() == 1u);
}

BOOST_AUTO_TEST_CASE(work_may_have_nothing_to_tell) {
    test_loop loop;
    disk_pool pool(1, loop.poster());
    bool done = false;
    pool.submit([] { return std::function<void()>(); });
    pool.submit([&] { return [&] { done = true; }; });
    loop.run([&] { return done; });
}

BOOST_AUTO_TEST_CASE(jobs_not_begun_are_dropped_at_the_end) {
    test_loop loop;
    std::latch begun(1), go_on(1);
    std::atomic<int> ran{0};
    {
        disk_pool pool(1, loop.poster());
        pool.submit([&]() -> std::function<void()> {
            begun.count_down();
            go_on.wait();
            ++ran;
            for (int i = 0; i < 5; ++i)
                pool.submit([&]() -> std::function<void()> {
                    ++ran;
                    return {};
                });
            return {};
        });
        begun.wait();
        for (int i = 0; i < 5; ++i)
            pool.submit([&]() -> std::function<void()> {
                ++ran;
                return {};
            });
        std::thread ender([&] { go_on.count_down(); });
        ender.join();
    }
    BOOST_TEST(ran >= 1);  // the one that had begun was waited for; nothing runs now
    const int after = ran;
    loop.drain();
    BOOST_TEST(ran == after);
}

BOOST_AUTO_TEST_SUITE_END()
