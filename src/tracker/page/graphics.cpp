#include "tracker/page/graphics.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tracker/page/text.hpp"

namespace bt::tracker {
namespace {

constexpr int bar_width = 1000;  // units of a drawing that is stretched to its column
constexpr int margin = 5;        // so that no tick is cut in half
constexpr std::uint32_t most_seeds = 10;
constexpr int seed_distance = 14;
constexpr std::size_t history_steps = 96;

std::string at(double part, int width = bar_width) {
    return std::to_string(std::lround(std::clamp(part, 0.0, 1.0) * width));
}

html block(std::string_view kind, std::string_view x, std::string_view width) {
    return el("rect", {{"class", kind}, {"x", x}, {"width", width}, {"height", "10"}});
}

/// A line from top to bottom; the style sheet makes it as thick on a wide bar as on a narrow one.
std::string tick(long x) { return "M" + std::to_string(x) + " 0v10"; }

/// The parts of those downloading, smallest first. Those whose size is unknown are not among them.
std::vector<double> parts_of(const torrent_row& torrent) {
    std::vector<double> parts;
    for (const auto left : torrent.left)
        if (const auto part = done_part(left, torrent.size)) parts.push_back(*part);
    std::sort(parts.begin(), parts.end());
    return parts;
}

/// What the ticks say, for those who do not see them, and for all where it matters.
struct swarm_words {
    std::string all, warning;
};

swarm_words words_for(const torrent_row& torrent, const std::vector<double>& parts) {
    swarm_words words;
    words.all = grouped(torrent.seeders) + " complete, " + grouped(torrent.leechers) + " downloading";
    if (!parts.empty()) {
        words.all += ", " + percent_text(parts.front());
        if (parts.size() > 1) words.all += " to " + percent_text(parts.back());
    } else if (!torrent.left.empty()) {
        const auto [least, most] = std::minmax_element(torrent.left.begin(), torrent.left.end());
        words.all += ", " + size_text(*least);
        if (*least != *most) words.all += " to " + size_text(*most);
        words.all += " left";
    }
    if (torrent.seeders > 0) return words;
    double together = 0;
    for (const auto part : parts) together += part;
    const bool all_known = parts.size() == torrent.leechers;
    if (torrent.leechers == 0)
        words.warning = "nobody is here";
    else if (all_known && together < 1)  // even if no two of them had the same piece
        words.warning = "nobody has all of it";
    else
        words.warning = "no complete copy";
    return words;
}

}  // namespace

html swarm_bar(const torrent_row& torrent, bool in_words) {
    const auto parts = parts_of(torrent);
    const auto words = words_for(torrent, parts);
    html drawing;
    if (torrent.seeders > 0)
        drawing += block("whole", "0", at(1));
    else if (!parts.empty())
        drawing += block("most", "0", at(parts.back()));
    std::string ticks, seeds;
    for (const auto part : parts) ticks += tick(margin + std::lround(part * (bar_width - 2 * margin)));
    // those that have all of it stand at the right end, one beside the other
    for (std::uint32_t i = 0; i < std::min(torrent.seeders, most_seeds); ++i)
        seeds += tick(bar_width - margin - static_cast<long>(i) * seed_distance);
    if (!ticks.empty()) drawing += el("path", {{"class", "tick"}, {"d", ticks}});
    if (!seeds.empty()) drawing += el("path", {{"class", "seeds"}, {"d", seeds}});
    auto bar = el("svg",
                  {{"class", "bar"},
                   {"viewBox", "0 0 " + at(1) + " 10"},
                   {"preserveAspectRatio", "none"},
                   {"role", "img"},
                   {"aria-label", words.all}},
                  el("title", words.all), block("track", "0", at(1)), drawing);
    if (!words.warning.empty()) bar += el("span", {{"class", "warning"}}, words.warning);
    if (in_words)
        bar += el("span", {{"class", "note"}}, words.all);
    else if (parts.empty() && !torrent.left.empty())
        bar += el("span", {{"class", "note"}},
                  size_text(*std::min_element(torrent.left.begin(), torrent.left.end())) +
                      (torrent.left.size() > 1 ? " left for the furthest" : " left"));
    return bar;
}

html progress_bar(double part, bool complete) {
    return el("svg",
              {{"class", "bar"},
               {"viewBox", "0 0 " + at(1) + " 10"},
               {"preserveAspectRatio", "none"},
               {"aria-hidden", "true"}},
              block("track", "0", at(1)), block(complete ? "seed" : "done", "0", at(part)));
}

html measure_bar(double value, double largest) {
    return el("svg",
              {{"class", "bar"},
               {"viewBox", "0 0 " + at(1) + " 10"},
               {"preserveAspectRatio", "none"},
               {"aria-hidden", "true"}},
              block("track", "0", at(1)), block("measure", "0", at(largest > 0 ? value / largest : 0)));
}

html history_strip(std::span<const history_step> steps) {
    if (steps.size() > history_steps) steps = steps.last(history_steps);
    unsigned most = 0, most_seeders = 0, most_leechers = 0;
    for (const auto& step : steps) {
        most = std::max(most, unsigned{step.seeders} + step.leechers);
        most_seeders = std::max(most_seeders, unsigned{step.seeders});
        most_leechers = std::max(most_leechers, unsigned{step.leechers});
    }
    if (most == 0) return el("p", {{"class", "empty"}}, "No peer in the last 24 hours.");

    constexpr int height = 100, step_width = 10;
    html bars;
    auto column = history_steps - steps.size();  // now is at the right
    for (const auto& step : steps) {
        const auto x = std::to_string(column++ * step_width + 1);
        int base = height;
        const auto stack = [&](std::string_view kind, unsigned count) {
            if (count == 0) return;
            const int tall = std::max(2, static_cast<int>(count * height / most));
            base = std::max(0, base - tall);
            bars += el("rect", {{"class", kind},
                                {"x", x},
                                {"y", std::to_string(base)},
                                {"width", std::to_string(step_width - 2)},
                                {"height", std::to_string(tall)}});
        };
        stack("seed", step.seeders);
        stack("leech", step.leechers);
    }
    const auto words = "The last 24 hours: at most " + grouped(most_seeders) + " complete and " +
                       grouped(most_leechers) + " downloading at a time";
    auto drawing = el("svg",
                      {{"class", "strip"},
                       {"viewBox", "0 0 " + std::to_string(history_steps * step_width) + " 100"},
                       {"preserveAspectRatio", "none"},
                       {"role", "img"},
                       {"aria-label", words}},
                      el("title", words), bars);
    return el("figure", {{"class", "history"}}, el("div", {{"class", "top-value"}}, counted(most, "peer")),
              drawing,
              el("div", {{"class", "hours"}}, el("span", "24 h ago"), el("span", "12 h"), el("span", "now")),
              el("figcaption", el("span", {{"class", "key seed"}}, "complete"), " ",
                 el("span", {{"class", "key leech"}}, "downloading")));
}

}  // namespace bt::tracker
