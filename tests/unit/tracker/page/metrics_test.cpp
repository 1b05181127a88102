#include <boost/test/unit_test.hpp>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "base/version.hpp"
#include "made_up_overview.hpp"
#include "tracker/page/numbers.hpp"
#include "tracker/page/pages.hpp"

using namespace bt;
using namespace bt::tracker;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}
/// The value of a sample, as written; "" if there is none of that name and labels.
std::string sample(const std::string& text, const std::string& name) {
    for (const auto& line : lines_of(text))
        if (line.starts_with(name + " ")) return line.substr(name.size() + 1);
    return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tracker_metrics)

BOOST_AUTO_TEST_CASE(every_sample_stands_behind_the_help_and_type_of_its_family) {
    const auto text = metrics_text(test::small_overview(), true);
    BOOST_TEST(text.ends_with("\n"));
    std::string family;
    std::set<std::string> families, samples;
    const auto lines = lines_of(text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].starts_with("# HELP ")) {
            family = lines[i].substr(7, lines[i].find(' ', 7) - 7);
            BOOST_TEST(families.insert(family).second, family << " comes twice");
            BOOST_REQUIRE(i + 1 < lines.size());
            BOOST_TEST(lines[i + 1].starts_with("# TYPE " + family + " "));
            ++i;
            continue;
        }
        BOOST_TEST(lines[i].starts_with(family), lines[i]);
        BOOST_TEST(lines[i].starts_with("btnode_"));
        BOOST_TEST(samples.insert(lines[i].substr(0, lines[i].rfind(' '))).second,
                   lines[i] << " comes twice");
    }
    for (const auto name : {"btnode_build_info", "btnode_tracker_torrents", "btnode_tracker_peers",
                            "btnode_tracker_requests_total", "btnode_tracker_request_duration_seconds",
                            "btnode_tracker_bytes_total", "btnode_tracker_completed_total"})
        BOOST_TEST(families.contains(name), name);
}

BOOST_AUTO_TEST_CASE(numbers_are_those_of_the_tracker) {
    overview all;
    auto& totals = all.totals;
    totals.torrents = 7, totals.peers_v4 = 10, totals.seeders_v4 = 4, totals.peers_v6 = 3,
    totals.seeders_v6 = 3;
    totals.answered = {{{11, 12, 0}, {13, 14, 15}}}, totals.refused = {{{1, 2, 0}, {3, 4, 5}}};
    totals.bytes_in = 1000, totals.bytes_out = 2000, totals.completed = 9;
    const auto text = metrics_text(all, false);
    const std::pair<const char*, const char*> rows[] = {
        {"btnode_tracker_torrents", "7"},
        {"btnode_tracker_peers{family=\"ipv4\",role=\"seeder\"}", "4"},
        {"btnode_tracker_peers{family=\"ipv4\",role=\"leecher\"}", "6"},
        {"btnode_tracker_peers{family=\"ipv6\",role=\"seeder\"}", "3"},
        {"btnode_tracker_peers{family=\"ipv6\",role=\"leecher\"}", "0"},
        {"btnode_tracker_requests_total{transport=\"http\",type=\"announce\",result=\"ok\"}", "11"},
        {"btnode_tracker_requests_total{transport=\"http\",type=\"announce\",result=\"error\"}", "1"},
        {"btnode_tracker_requests_total{transport=\"udp\",type=\"connect\",result=\"ok\"}", "15"},
        {"btnode_tracker_requests_total{transport=\"udp\",type=\"scrape\",result=\"error\"}", "4"},
        {"btnode_tracker_bytes_total{direction=\"in\"}", "1000"},
        {"btnode_tracker_bytes_total{direction=\"out\"}", "2000"},
        {"btnode_tracker_completed_total", "9"},
    };
    for (const auto& [name, value] : rows) BOOST_TEST(sample(text, name) == value, name);
    BOOST_TEST(sample(text, "btnode_build_info{version=\"" + std::string(program_version) + "\"}") == "1");
}

BOOST_AUTO_TEST_CASE(buckets_of_the_histogram_add_up) {
    overview all;
    all.totals.durations = {1, 2, 3, 0, 0, 0, 0, 4, 5};
    all.totals.duration_sum = 1.25;
    const auto text = metrics_text(all, false), name = std::string("btnode_tracker_request_duration_seconds");
    BOOST_TEST(sample(text, name + "_bucket{le=\"1e-05\"}") == "1");
    BOOST_TEST(sample(text, name + "_bucket{le=\"3e-05\"}") == "3");
    BOOST_TEST(sample(text, name + "_bucket{le=\"0.0001\"}") == "6");
    BOOST_TEST(sample(text, name + "_bucket{le=\"0.01\"}") == "6");
    BOOST_TEST(sample(text, name + "_bucket{le=\"0.1\"}") == "10");
    BOOST_TEST(sample(text, name + "_bucket{le=\"+Inf\"}") == "15");
    BOOST_TEST(sample(text, name + "_sum") == "1.25");
    BOOST_TEST(sample(text, name + "_count") == "15");
}

BOOST_AUTO_TEST_CASE(no_label_holds_a_stranger_s_choice_unless_asked_for) {
    const auto all = test::small_overview({"evil\"\n", "evil\"\n", "evil\"\n", "evil\"\n"});
    const auto plain = metrics_text(all, false), each = metrics_text(all, true);
    BOOST_TEST(plain.find("info_hash") == plain.npos);
    for (const auto& text : {plain, each}) {
        BOOST_TEST(text.find("evil") == text.npos);
        BOOST_TEST(text.find("192.168") == text.npos);
    }
    const auto hash = to_hex(all.torrents.front().hash.span());
    BOOST_TEST(plain.find(hash) == plain.npos);
    BOOST_TEST(sample(each, "btnode_tracker_torrent_peers{info_hash=\"" + hash + "\",role=\"seeder\"}") ==
               "1");
    BOOST_TEST(sample(each, "btnode_tracker_torrent_peers{info_hash=\"" + hash + "\",role=\"leecher\"}") ==
               "2");
}

BOOST_AUTO_TEST_CASE(quantiles_lie_on_a_line_between_the_bounds) {
    tracker_totals totals;
    BOOST_TEST(durations_counted(totals) == 0u);
    totals.durations = {0, 100};  // all between 10 and 30 µs
    BOOST_TEST(duration_quantile(totals, 0.5).seconds == 0.00002, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(duration_quantile(totals, 0.99).seconds == 0.0000298, boost::test_tools::tolerance(1e-9));
    totals.durations = {};
    totals.durations.back() = 1;
    BOOST_TEST(duration_quantile(totals, 0.5).seconds == 0.1);
    BOOST_TEST(duration_quantile(totals, 0.5).more);
    totals.durations = {};
    totals.durations[7] = 1;
    BOOST_TEST(!duration_quantile(totals, 0.99).more);
}

BOOST_AUTO_TEST_SUITE_END()
