#include "storage/job_gate.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace bt;
using namespace bt::storage;

namespace {

/// Jobs as letters; `begun` is the order they were let in.
struct gate_log {
    job_gate gate;
    std::string begun;

    job_gate::go note(char name) {
        return [this, name] { begun += name; };
    }
    void write(char name, std::uint32_t piece) { gate.enter_write(piece_index(piece), note(name)); }
    void read(char name, std::vector<std::uint32_t> pieces) {
        std::vector<piece_index> all;
        for (const auto piece : pieces) all.emplace_back(piece);
        gate.enter_read(std::move(all), note(name));
    }
    void alone(char name) { gate.enter_alone(note(name)); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(job_gate_rooms)

BOOST_FIXTURE_TEST_CASE(jobs_on_different_pieces_run_together, gate_log) {
    write('a', 1);
    write('b', 2);
    read('c', {3, 4});
    BOOST_TEST(begun == "abc");
}

BOOST_FIXTURE_TEST_CASE(a_read_waits_for_every_write_of_its_pieces, gate_log) {
    write('a', 1);
    write('b', 2);
    read('c', {1, 2});
    gate.leave_write(piece_index(1));
    BOOST_TEST(begun == "ab");
    gate.leave_write(piece_index(2));
    BOOST_TEST(begun == "abc");
}

BOOST_FIXTURE_TEST_CASE(writes_of_a_piece_follow_each_other_in_order, gate_log) {
    write('a', 1);
    write('b', 1);
    read('c', {1});
    write('d', 1);
    BOOST_TEST(begun == "a");
    gate.leave_write(piece_index(1));
    BOOST_TEST(begun == "ab");
    gate.leave_write(piece_index(1));
    BOOST_TEST(begun == "abcd");
}

BOOST_FIXTURE_TEST_CASE(a_job_alone_waits_for_the_writes_and_holds_back_later_ones, gate_log) {
    write('a', 1);
    alone('b');
    write('c', 2);
    read('d', {3});
    BOOST_TEST(begun == "ad");
    gate.leave_write(piece_index(1));
    BOOST_TEST(begun == "adb");
    alone('e');
    gate.leave_alone();
    BOOST_TEST(begun == "adbc");
    gate.leave_write(piece_index(2));
    BOOST_TEST(begun == "adbce");
    gate.leave_alone();
    write('f', 1);
    BOOST_TEST(begun == "adbcef");
}

BOOST_FIXTURE_TEST_CASE(a_closed_gate_forgets_who_waits, gate_log) {
    write('a', 1);
    write('b', 1);
    gate.close();
    gate.leave_write(piece_index(1));
    write('c', 2);
    BOOST_TEST(begun == "a");
}

BOOST_AUTO_TEST_SUITE_END()
