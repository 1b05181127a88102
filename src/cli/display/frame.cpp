#include "cli/display/frame.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "cli/display/format.hpp"
#include "cli/display/linger_text.hpp"

namespace bt::cli {

namespace {

constexpr std::size_t widest_bar = 64;

role role_of(bar_cell cell) {
    switch (cell) {
        case bar_cell::none:
            return role::dim;
        case bar_cell::some_busy:
            return role::busy;
        case bar_cell::some:
        case bar_cell::half:
        case bar_cell::most:
        case bar_cell::all:
            return role::good;
        case bar_cell::unavailable:
        case bar_cell::failed:
            return role::bad;
    }
    return role::plain;
}

std::size_t bar_width(const look& look, std::size_t around, std::size_t widest = widest_bar) {
    const std::size_t room = look.columns > around + 4 ? look.columns - around : 4;
    return std::min(room, widest);
}

// Those that move data first; a thousand idle peers tell nothing.
std::vector<const app::peer_status*> busiest(const app::torrent_status& status) {
    std::vector<const app::peer_status*> peers;
    for (const auto& peer : status.peers) peers.push_back(&peer);
    std::stable_sort(peers.begin(), peers.end(),
                     [](auto* a, auto* b) { return a->rate_down + a->rate_up > b->rate_down + b->rate_up; });
    return peers;
}

std::string percent_text(double progress) {
    return fmt::format("{:3}%",
                       percent(static_cast<std::uint64_t>(std::clamp(progress, 0.0, 1.0) * 10000), 10000));
}

constexpr std::size_t address_width = 20;

styled_line receiver_line(const app::peer_status& peer, const look& look) {
    styled_line line;
    line.add("  " + fit_middle(peer.address.to_string(), address_width, look.ascii));
    line.to(23).add(fit_text(printable(peer.client, 64), 16, look.ascii)).to(40);
    const auto width = bar_width(look, 40 + 24, 20);
    const auto part = static_cast<std::uint64_t>(std::clamp(peer.progress, 0.0, 1.0) * 1e6);
    line.add("[").bar(plain_bar(part, 1'000'000, width), look.ascii).add("]  ");
    return line.add(percent_text(peer.progress)).add(pad_left(rate_text(peer.rate_up), 13));
}

styled_line source_line(const app::peer_status& peer, const look& look) {
    styled_line line;
    line.add("  " + fit_middle(peer.address.to_string(), address_width, look.ascii));
    line.to(23).add(fit_text(printable(peer.client, 64), 16, look.ascii)).to(40);
    line.add(pad_right(peer_flags(peer), 7)).add(percent_text(peer.progress));
    return line.add(pad_left(rate_text(peer.rate_down), 12)).add(pad_left(rate_text(peer.rate_up), 13));
}

template <class MakeLine>
void add_peers(frame& lines, const app::torrent_status& status, std::size_t most, const look& look,
               MakeLine&& make) {
    const auto peers = busiest(status);
    const std::size_t shown = peers.size() <= most ? peers.size() : most > 0 ? most - 1 : 0;
    for (std::size_t i = 0; i < shown; ++i) lines.push_back(make(*peers[i], look));
    if (shown < peers.size() && most > 0)
        lines.push_back(styled_line().add(fmt::format("  +{} more", peers.size() - shown), role::dim));
}

// Rows for peers once the fixed lines of all torrents are there.
std::size_t peer_rows(const look& look, std::size_t fixed) {
    return look.rows > fixed + 2 ? std::min<std::size_t>(look.rows - fixed - 2, 6) : 0;
}

std::string dht_text(const app::torrent_status& s) {
    return s.dht_nodes ? fmt::format(", DHT {}", counted(*s.dht_nodes, "node")) : "";
}

styled_line traffic_line(const pictured& p, const look& look) {
    const auto& s = *p.status;
    styled_line line;
    line.add("  ");
    if (s.state == app::torrent_state::paused)
        line.add("paused", role::busy);
    else
        line.add("Up " + rate_text(s.rate_up));
    line.add(fmt::format("   {} sent   {}, {} complete", size_text(s.uploaded),
                         counted(s.peers.size(), "peer"), s.peers_completed));
    if (p.what->sharing) line.add(dht_text(s));
    const std::string time = duration_text(p.elapsed);
    const std::size_t column =
        std::min<std::size_t>(look.columns - std::min(look.columns, time.size() + 1), 70);
    return line.to(std::max(column, line.width() + 2)).add(time, role::dim);
}

/// What the key does then is to let them go on.
bool all_paused(const std::vector<pictured>& torrents) {
    return std::all_of(torrents.begin(), torrents.end(), [](const pictured& p) {
        return p.what->over || p.status->state == app::torrent_state::paused;
    });
}

/// Why it does not go on, or gives only a part.
styled_line reason_line(std::string_view before, const app::torrent_status& s, const look& look) {
    const auto text = fmt::format("  {}{}", before, printable(s.reason, 4'096));
    return styled_line().add(fit_text(text, look.columns - 1, look.ascii), role::bad);
}

std::string shown_name(const item& what, const look& look) {
    return fit_text(what.name, look.columns - 1, look.ascii);
}

void add_finding(frame& lines, const pictured& p, const look& look) {
    const auto& s = *p.status;
    auto where =
        fmt::format("{} on this network, {}{}", s.lan_nodes, counted(s.trackers, "tracker"), dht_text(s));
    if (!s.dht_nodes || !s.peers.empty()) where += fmt::format(", {}", counted(s.peers.size(), "peer"));
    if (s.peers_half_open > 0) where += fmt::format(", trying {}", s.peers_half_open);
    constexpr std::size_t around = 20,
                          least = 8;  // the rest of the line, and what a name needs to be known by
    const auto room = look.columns - std::min(look.columns, where.size() + around);
    styled_line line;
    line.add("Finding", role::busy);
    line.add(fmt::format("  {}  {}", fit_text(p.what->name, std::max(room, least), look.ascii), where));
    line.to(std::max<std::size_t>(line.width() + 2, 70)).add(duration_text(p.elapsed), role::dim);
    lines.push_back(std::move(line));
    if (!s.reason.empty()) lines.push_back(reason_line("", s, look));
    if (!s.tracker_message.empty())
        lines.push_back(styled_line().add("  tracker: " + printable(s.tracker_message, 200), role::bad));
}

/// Paused or queued before it was known what it is: there is nothing to draw yet.
bool waits_for_metadata(const app::torrent_status& s) {
    return s.piece_count == 0 &&
           (s.state == app::torrent_state::paused || s.state == app::torrent_state::queued);
}

/// The longest of these that fits: what a person waits for goes last.
std::string moving_text(const pictured& p, const look& look) {
    const auto& s = *p.status;
    const auto lan =
        std::count_if(s.peers.begin(), s.peers.end(), [](const auto& peer) { return peer.near; });
    const auto part = part_text(s.have, s.size), down = rate_text(s.rate_down);
    const auto rates = fmt::format("{}   {} down   {} up   {}", part, down, rate_text(s.rate_up), p.left);
    const auto peers = fmt::format("{}   {}", rates, counted(s.peers.size(), "peer"));
    for (const auto& text : {lan > 0 ? fmt::format("{} ({} LAN)", peers, lan) : peers, peers, rates,
                             fmt::format("{}  {}  {}", part, down, p.left)})
        if (text_width(text) + 2 < look.columns) return text;
    return fmt::format("{}  {}", down, p.left);
}

styled_line numbers_line(const pictured& p, const look& look) {
    const auto& s = *p.status;
    styled_line line;
    line.add("  ");
    const char* instead =
        s.state == app::torrent_state::checking
            ? s.copies_old ? "copying what is right of the old one" : "checking what is there"
        : s.state == app::torrent_state::paused || s.state == app::torrent_state::queued
            ? to_string(s.state).data()
            : nullptr;
    if (instead == nullptr) {
        line.add(moving_text(p, look));
        return line;
    }
    line.add(part_text(s.have, s.size)).add(fmt::format("   {}", instead), role::busy);
    return line.add(fmt::format("   {}", counted(s.peers.size(), "peer")));
}

void add_download(frame& lines, const pictured& p, const look& look) {
    const auto& s = *p.status;
    const auto width = bar_width(look, 2 + 2 + 6 + 1);
    styled_line bar;
    bar.add("  [").bar(bar_cells(s.pieces, width), look.ascii).add("]  ");
    lines.push_back(std::move(bar.add(fmt::format("{}%", percent(s.have, s.size)))));

    lines.push_back(numbers_line(p, look));
    if (!s.reason.empty()) lines.push_back(reason_line("stalled: ", s, look));
}

}  // namespace

styled_line& styled_line::add(std::string text, role as) {
    width_ += text_width(text);
    if (!runs_.empty() && runs_.back().second == as)
        runs_.back().first += text;
    else
        runs_.emplace_back(std::move(text), as);
    return *this;
}

styled_line& styled_line::bar(const std::vector<bar_cell>& cells, bool ascii) {
    for (bar_cell cell : cells) add(std::string(glyph(cell, ascii)), role_of(cell));
    return *this;
}

styled_line& styled_line::to(std::size_t column) {
    return add(std::string(column > width_ ? column - width_ : 1, ' '));
}

std::string styled_line::render(const look& look) const {
    // The last column stays free: some terminals wrap as soon as it is written.
    std::size_t room = look.columns > 1 ? look.columns - 1 : 1;
    std::string out;
    for (const auto& [text, as] : runs_) {
        const std::size_t wide = text_width(text);
        out += painted(wide <= room ? text : fit_text(text, room, look.ascii), as, look.color);
        if (wide >= room) break;
        room -= wide;
    }
    return out;
}

styled_line hashing_frame(std::string_view name, std::uint64_t done, std::uint64_t total, duration elapsed,
                          const look& look) {
    const double time = std::max(seconds(elapsed), 0.001);
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(done) / time);
    styled_line line;
    const std::string shown = fit_text(name, std::max<std::size_t>(look.columns / 3, 8), look.ascii);
    line.add(fmt::format("Hashing {}  [", shown));
    const auto width = bar_width(look, line.width() + 28, 32);
    line.bar(plain_bar(done, total, width), look.ascii);
    line.add(fmt::format("] {:3}%  {}", percent(done, total), rate_text(rate)));
    if (rate > 0)
        line.add("  " + duration_text(std::chrono::seconds((total - std::min(done, total)) / rate)));
    return line;
}

frame share_frame(const std::vector<pictured>& torrents, const look& look) {
    frame lines;
    const std::size_t rows = peer_rows(look, torrents.size() * (torrents.size() > 1 ? 2 : 1) + 1);
    for (const auto& p : torrents) {
        if (torrents.size() > 1) lines.push_back(styled_line().add(shown_name(*p.what, look)));
        lines.push_back(traffic_line(p, look));
        if (!p.status->reason.empty()) lines.push_back(reason_line("", *p.status, look));
        if (torrents.size() == 1) add_peers(lines, *p.status, rows, look, receiver_line);
    }
    lines.push_back(styled_line().add("Ctrl-C stops sharing.", role::dim));
    return lines;
}

frame get_frame(const std::vector<pictured>& torrents, bool keys, const look& look) {
    frame lines;
    const std::size_t rows = peer_rows(look, torrents.size() * 3 + 1);
    for (const auto& p : torrents) {
        if (p.what->complete) {
            lines.push_back(styled_line().add(shown_name(*p.what, look)).add("  complete", role::good));
            lines.push_back(traffic_line(p, look));
            if (torrents.size() == 1) {
                add_peers(lines, *p.status, rows, look, receiver_line);
                lines.push_back(
                    styled_line().add("Still " + why_it_still_runs(p.what->seed) + ".", role::dim));
            }
            continue;
        }
        if (waits_for_metadata(*p.status)) {
            lines.push_back(styled_line()
                                .add(shown_name(*p.what, look))
                                .add(fmt::format("  {}", to_string(p.status->state)), role::busy));
            continue;
        }
        if (p.status->state == app::torrent_state::finding) {
            add_finding(lines, p, look);
            continue;
        }
        lines.push_back(styled_line().add(shown_name(*p.what, look)));
        add_download(lines, p, look);
        if (torrents.size() == 1) add_peers(lines, *p.status, rows, look, source_line);
    }
    if (keys)
        lines.push_back(styled_line().add(
            fmt::format("p {}   q stop   + - speed limit   ? help", all_paused(torrents) ? "go on" : "pause"),
            role::dim));
    return lines;
}

void fit_rows(frame& lines, const look& look) {
    const std::size_t most = look.rows > 2 ? look.rows - 1 : 1;
    if (lines.size() <= most) return;
    const std::size_t hidden = lines.size() - most + 1;
    lines.resize(most - 1);
    lines.push_back(styled_line().add(fmt::format("+{} more lines", hidden), role::dim));
}

std::string peer_flags(const app::peer_status& peer) {
    std::string flags;
    if (peer.we_want) flags += peer.we_are_choked ? 'd' : 'D';
    if (peer.they_want) flags += peer.they_are_choked ? 'u' : 'U';
    if (peer.optimistic) flags += 'O';
    if (!peer.we_want && !peer.we_are_choked) flags += 'K';
    if (!peer.they_want && !peer.they_are_choked) flags += '?';
    if (peer.incoming) flags += 'I';
    if (peer.near) flags += 'L';
    return flags;
}

}  // namespace bt::cli
