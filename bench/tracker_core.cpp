// How many announces a second the tracker's core answers, without any socket, and what a million peers cost.
// New peers come for the first time, known ones announce again.
//   bench/tracker_core            10,000 torrents with 1,000,000 peers, then 100 with 5,000
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "tracker/server/server.hpp"

using namespace bt;
using namespace bt::tracker;

namespace {

constexpr std::size_t rounds = 1'000'000, block = 10'000;

struct scene {
    std::size_t torrents, peers;
};
constexpr scene large{10'000, 1'000'000}, small{100, 5'000};

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

one_peer peer_number(const scene& in, std::size_t n) {
    rng random(n);
    one_peer one;
    one.from = {ip_address::v4(11, static_cast<std::uint8_t>(n >> 16), static_cast<std::uint8_t>(n >> 8),
                               static_cast<std::uint8_t>(n)),
                static_cast<std::uint16_t>(1024 + n % 60'000)};
    rng(n % in.torrents + 1).fill(one.hash.bytes);
    random.fill(one.id.bytes);
    const std::string_view client = "-BN0100-";
    std::copy(client.begin(), client.end(), one.id.bytes.begin());
    one.seeder = n / in.torrents % 3 == 0;
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

/// A server and the questions it is asked, made before the clock starts.
class desk {
  public:
    desk() : it_({}, rng(1)) {
        it_.set_networks({{{to_, 24}, false}});
        question_.method = "GET";
        question_.to = to_;
    }
    void prepare(const scene& in, std::size_t first, std::size_t step, std::size_t count) {
        peers_.clear(), targets_.clear(), datagrams_.clear();
        for (std::size_t i = 0; i < count; ++i) {
            const auto one = peer_number(in, (first + i * step) % in.peers);
            bytes connect;
            byte_writer(connect).number<std::uint64_t>(0x41727101980).number<std::uint64_t>(1);
            it_.udp(now_, one.from, to_, connect, answer_);
            const auto connection =
                byte_reader(byte_view(answer_).subspan(8)).number<std::uint64_t>().value_or(0);
            peers_.push_back(one.from);
            targets_.push_back(target_of(one));
            datagrams_.push_back(datagram_of(one, connection));
        }
    }
    /// Seconds for that many announces, each of the prepared ones in turn.
    double http(std::size_t count) {
        const auto start = seconds_now();
        for (std::size_t i = 0, at = 0; i < count; ++i, at = at + 1 == peers_.size() ? 0 : at + 1) {
            question_.from = peers_[at];
            question_.target = targets_[at];
            sent += it_.http(now_, question_).body.size();
        }
        return seconds_now() - start;
    }
    double udp(std::size_t count) {
        const auto start = seconds_now();
        for (std::size_t i = 0, at = 0; i < count; ++i, at = at + 1 == peers_.size() ? 0 : at + 1)
            sent += it_.udp(now_, peers_[at], to_, datagrams_[at], answer_);
        return seconds_now() - start;
    }
    void fill(const scene& in) {
        const auto before = resident_bytes();
        double by_http = 0, by_udp = 0;
        for (std::size_t at = 0; at < in.peers; at += block) {
            prepare(in, at, 1, std::min(block, in.peers - at));
            (at / block % 2 == 0 ? by_udp : by_http) +=
                at / block % 2 == 0 ? udp(peers_.size()) : http(peers_.size());
        }
        const auto held = resident_bytes() - before;
        if (in.peers >= 2 * block) {
            report("new peers, UDP", in.peers / 2, by_udp);
            report("new peers, HTTP", in.peers / 2, by_http);
        }
        std::printf("%zu peers in %zu torrents: %.1f MiB resident, %.0f bytes a peer\n",
                    it_.totals(now_).peers, it_.totals(now_).torrents, static_cast<double>(held) / 1048576.0,
                    static_cast<double>(held) / static_cast<double>(in.peers));
    }
    void again(const scene& in) {
        // a step that is prime to the number of torrents: all of them, and some of their peers
        prepare(in, 0, 49, std::min<std::size_t>(in.peers, 100'000));
        report("known peers, UDP", rounds, udp(rounds));
        report("known peers, HTTP", rounds, http(rounds));
    }
    void pages() {
        question_.target = "/";
        question_.host = "198.51.100.1";
        question_.from = {ip_address::v4(127, 0, 0, 1), 1};
        question_.to = question_.from.address;
        const auto start = seconds_now();
        for (int i = 0; i < 100; ++i) sent += it_.http(now_, question_).body.size();
        report("front pages", 100, seconds_now() - start);
    }
    void ticks() {
        double longest = 0;
        for (int i = 0; i < 200; ++i) {
            now_ += 250ms;
            const auto start = seconds_now();
            it_.tick(now_);
            longest = std::max(longest, seconds_now() - start);
        }
        std::printf("longest tick %.2f ms\n", longest * 1000);
    }

    std::size_t sent = 0;

  private:
    time_point now_{1h};
    ip_address to_ = ip_address::v4(198, 51, 100, 1);
    server it_;
    http_question question_;
    std::array<std::uint8_t, limits::tracker_datagram_bytes> answer_;
    std::vector<endpoint> peers_;
    std::vector<std::string> targets_;
    std::vector<bytes> datagrams_;
};

}  // namespace

int main() {
    std::size_t sent = 0;
    for (const auto& in : {large, small}) {
        desk one;
        one.fill(in);
        one.again(in);
        if (in.peers == large.peers) one.pages();
        one.ticks();
        sent += one.sent;
    }
    std::printf("%zu bytes sent\n", sent);
    return 0;
}
