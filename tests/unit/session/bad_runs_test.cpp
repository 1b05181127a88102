// Which files bad pieces lie in.
#include "session/bad_runs.hpp"

#include <boost/test/unit_test.hpp>

#include "torrent/create.hpp"

using namespace bt;

namespace {

constexpr std::uint64_t piece_bytes = 16'384;

/// Files "1", "2" and so on, of these sizes.
torrent::info info_of(const std::vector<std::uint64_t>& sizes) {
    torrent::info_plan plan;
    plan.name = "t";
    plan.multi_file = true;
    plan.piece_bytes = piece_bytes;
    std::uint64_t total = 0;
    for (const auto size : sizes) {
        plan.files.push_back({{std::to_string(plan.files.size() + 1)}, size, false});
        total += size;
    }
    return *torrent::parse_info(
        torrent::encode_info(plan, bytes(20 * ((total + piece_bytes - 1) / piece_bytes))));
}

std::string runs(const torrent::info& info, const std::vector<std::uint32_t>& pieces) {
    torrent::piece_set bad(info.shape.piece_count());
    for (const auto piece : pieces) bad.insert(piece_index(piece));
    std::string text;
    for (const auto& run : session::bad_runs(info, bad))
        text += (text.empty() ? "" : "; ") + session::bad_run_text(run);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_file_that_lies_in_a_bad_piece_is_named) {
    const auto info = info_of({piece_bytes + 1, piece_bytes - 2, 0, 1, piece_bytes, 2 * piece_bytes});
    BOOST_TEST(runs(info, {0}) == "0 in t/1");
    BOOST_TEST(runs(info, {1}) == "1 in t/1, t/2, t/4");
    BOOST_TEST(runs(info, {0, 2, 3}) == "0 in t/1; 2-3 in t/5, t/6");
    BOOST_TEST(runs(info, {1, 4}) == "1 in t/1, t/2, t/4; 4 in t/6");
    BOOST_TEST(runs(info, {}) == "");
}

BOOST_AUTO_TEST_CASE(of_very_many_files_the_first_are_named_and_the_others_counted) {
    const auto info = info_of(std::vector<std::uint64_t>(100, 1));
    const auto text = runs(info, {0});
    BOOST_TEST(text.starts_with("0 in t/1, t/2, "));
    BOOST_TEST(text.ends_with(" and 80 more"));
}
