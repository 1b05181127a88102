// How many announces a second the tracker's core answers, without any socket, and what a million peers cost.
//   bench/tracker_core            10,000 torrents with 1,000,000 peers
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "tracker/server.hpp"

using namespace bt;
using namespace bt::tracker;

namespace {

constexpr std::size_t torrents = 10'000, peers = 1'000'000, rounds = 1'000'000;

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::size_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::size_t size = 0, resident = 0;
    statm >> size >> resident;
    return resident * 4096;
}

struct one_peer {
    endpoint from;
    info_hash hash;
    peer_id id;
    bool seeder;
};

one_peer peer_number(std::size_t n) {
    rng random(n);
    one_peer one;
    one.from = {ip_address::v4(11, static_cast<std::uint8_t>(n >> 16), static_cast<std::uint8_t>(n >> 8),
                               static_cast<std::uint8_t>(n)),
                static_cast<std::uint16_t>(1024 + n % 60'000)};
    rng(n % torrents + 1).fill(one.hash.bytes);
    random.fill(one.id.bytes);
    const std::string_view client = "-BN0100-";
    std::copy(client.begin(), client.end(), one.id.bytes.begin());
    one.seeder = n / torrents % 3 == 0;
    return one;
}

std::string target_of(const one_peer& one) {
    return "/announce?info_hash=" + percent_encode(one.hash.span()) +
           "&peer_id=" + percent_encode(one.id.span()) + "&port=" + std::to_string(one.from.port) +
           "&uploaded=0&downloaded=0&left=" + (one.seeder ? "0" : "1000") +
           "&compact=1&numwant=50&key=1234abcd";
}

bytes datagram_of(const one_peer& one, std::uint64_t connection) {
    bytes out;
    byte_writer(out).number(connection).number<std::uint32_t>(1).number<std::uint32_t>(1);
    byte_writer(out).raw(one.hash.span()).raw(one.id.span()).number<std::uint64_t>(0);
    byte_writer(out).number<std::uint64_t>(one.seeder ? 0 : 1000).number<std::uint64_t>(0);
    byte_writer(out).number<std::uint32_t>(0).number<std::uint32_t>(0).number<std::uint32_t>(0x1234abcd);
    byte_writer(out).number<std::uint32_t>(50).number(one.from.port);
    return out;
}

void report(const char* what, std::size_t count, double took) {
    std::printf("%-32s %10.0f a second, %.2f us each\n", what, static_cast<double>(count) / took,
                took * 1e6 / static_cast<double>(count));
}

}  // namespace

int main() {
    time_point now{1h};
    const auto to = ip_address::v4(198, 51, 100, 1);
    const auto before = resident_bytes();
    server it({}, rng(1));
    it.set_networks({{to, 24, false}});
    http_question question;
    question.method = "GET";
    question.to = to;

    std::vector<std::uint64_t> connections(20'000);
    std::array<std::uint8_t, limits::tracker_datagram_bytes> answer;
    {
        double took = 0;
        for (std::size_t at = 0; at < peers;) {
            std::vector<std::pair<endpoint, std::string>> some;
            for (std::size_t i = 0; i < 10'000; ++i, ++at) {
                const auto one = peer_number(at);
                some.emplace_back(one.from, target_of(one));
            }
            const auto start = seconds_now();
            for (const auto& [from, target] : some) {
                question.from = from;
                question.target = target;
                it.http(now, question);
            }
            took += seconds_now() - start;
        }
        report("HTTP announces of new peers", peers, took);
    }
    const auto held = resident_bytes() - before;
    std::printf("%zu peers in %zu torrents: %.1f MiB resident, %.0f bytes a peer\n", it.totals(now).peers,
                it.totals(now).torrents, static_cast<double>(held) / 1048576.0,
                static_cast<double>(held) / static_cast<double>(peers));

    std::vector<std::pair<endpoint, std::string>> targets;
    std::vector<std::pair<endpoint, bytes>> datagrams;
    for (std::size_t i = 0; i < 20'000; ++i) {
        const auto one = peer_number(i * 49 % peers);
        targets.emplace_back(one.from, target_of(one));
        bytes connect;
        byte_writer(connect).number<std::uint64_t>(0x41727101980).number<std::uint64_t>(1);
        it.udp(now, one.from, to, connect, answer);
        const auto connection = byte_reader(byte_view(answer).subspan(8)).number<std::uint64_t>().value_or(0);
        datagrams.emplace_back(one.from, datagram_of(one, connection));
    }
    std::size_t sent = 0;
    auto start = seconds_now();
    for (std::size_t i = 0; i < rounds; ++i) {
        question.from = targets[i % targets.size()].first;
        question.target = targets[i % targets.size()].second;
        sent += it.http(now, question).body.size();
    }
    report("HTTP announces", rounds, seconds_now() - start);
    start = seconds_now();
    for (std::size_t i = 0; i < rounds; ++i) {
        const auto& [from, datagram] = datagrams[i % datagrams.size()];
        sent += it.udp(now, from, to, datagram, answer);
    }
    report("UDP announces", rounds, seconds_now() - start);
    start = seconds_now();
    question.target = "/";
    question.host = "198.51.100.1";
    question.from = {ip_address::v4(127, 0, 0, 1), 1};
    question.to = question.from.address;
    for (int i = 0; i < 100; ++i) sent += it.http(now, question).body.size();
    report("front pages", 100, seconds_now() - start);
    double longest = 0;
    for (int i = 0; i < 200; ++i) {
        now += 250ms;
        start = seconds_now();
        it.tick(now);
        longest = std::max(longest, seconds_now() - start);
    }
    std::printf("longest tick %.2f ms; %zu bytes sent\n", longest * 1000, sent);
    return 0;
}
