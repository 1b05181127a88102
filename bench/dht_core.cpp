// How many queries a second the DHT's answering side takes, without any socket, and what its memory is.
// Every query comes from another local address: what goes to the world has a budget of bytes.
//   bench/dht_core            40 % find_node, 40 % get_peers, 10 % ping, 10 % announce_peer
//   bench/dht_core full       the memory of a store that takes no more
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "dht/responder.hpp"

using namespace bt;
using namespace bt::dht;

namespace {

constexpr std::size_t rounds = 2'000'000, prepared = 100'000;
constexpr std::size_t stored_torrents = 1'000, stored_peers = 200'000, table_nodes = 200;

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::size_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::size_t size = 0, resident = 0;
    statm >> size >> resident;
    return resident * 4096;
}

endpoint local_number(std::size_t n) {
    return {ip_address::v4(10, static_cast<std::uint8_t>(n >> 16), static_cast<std::uint8_t>(n >> 8),
                           static_cast<std::uint8_t>(n)),
            static_cast<std::uint16_t>(1024 + n % 60'000)};
}
endpoint world_number(std::size_t n) {
    return {ip_address::v4(static_cast<std::uint8_t>(11 + n % 80), static_cast<std::uint8_t>(n >> 16),
                           static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)),
            static_cast<std::uint16_t>(1024 + n % 60'000)};
}
template <class Id>
Id random_id(rng& random) {
    Id id;
    random.fill(id.bytes);
    return id;
}
info_hash torrent_number(std::size_t n) {
    rng random(n + 1);
    return random_id<info_hash>(random);
}

struct question {
    endpoint from;
    bytes datagram;
};

/// What answers, and the questions it is asked, made before the clock starts.
class desk {
  public:
    desk()
        : world_(random_id<node_id>(random_), realm::world, random_.child()),
          local_(world_.own(), realm::local, random_.child()),
          it_(responder_config{}, random_.child()) {}

    void fill() {
        for (std::size_t n = 0; world_.size() < table_nodes && n < 1'000'000; ++n)
            world_.answered(now_, {near(world_.own()), world_number(n)}, 30ms);
        for (std::size_t n = 0; local_.size() < table_nodes && n < 1'000'000; ++n)
            local_.answered(now_, {near(local_.own()), local_number(n)}, 1ms);
        const auto before = resident_bytes();
        for (std::size_t n = 0; n < stored_peers; ++n) {
            const auto torrent = n % stored_torrents;
            it_.store().add(now_, torrent_number(torrent), n % 4 ? world_number(n) : local_number(n));
        }
        const auto held = static_cast<double>(resident_bytes() - before);
        std::printf("%zu nodes in the tables of one family\n", world_.size() + local_.size());
        std::printf("%zu peers stored: %.1f KiB for 1,000, %.1f KiB resident\n", it_.store().peers(),
                    per_thousand(static_cast<double>(it_.store().memory())), per_thousand(held));
    }

    void prepare() {
        const known_nodes known{&world_, &local_};
        for (std::size_t n = 0; n < prepared; ++n) {
            const auto from = local_number(n * 7);
            krpc::query_form ask;
            ask.tid = "aa";
            ask.id = random_id<node_id>(random_);
            ask.target.bytes = torrent_number(random_.below(stored_torrents)).bytes;
            const auto part = n % 10;
            ask.what = part < 4   ? krpc::method::find_node
                       : part < 8 ? krpc::method::get_peers
                       : part < 9 ? krpc::method::ping
                                  : krpc::method::announce_peer;
            bytes earlier;
            if (ask.what == krpc::method::announce_peer) {
                auto first = ask;
                first.what = krpc::method::get_peers;
                const auto datagram = krpc::write_query(first);
                earlier = *answer({from, datagram}, known);
                ask.token = std::get<krpc::answer>(*krpc::parse(earlier)).token;
                ask.port = from.port;
            }
            questions_.push_back({from, krpc::write_query(ask)});
        }
    }

    void run() {
        const known_nodes known{&world_, &local_};
        std::size_t answers = 0, taken = 0, in = 0, out = 0;
        const auto start = seconds_now();
        for (std::size_t i = 0, at = 0; i < rounds; ++i, at = at + 1 == questions_.size() ? 0 : at + 1) {
            const auto made = answer(questions_[at], known);
            if (!made) continue;
            ++answers;
            taken += it_.last_announced().has_value();
            in += questions_[at].datagram.size();
            out += made->size();
        }
        const auto took = seconds_now() - start;
        std::printf("%.0f queries a second, %.2f us each\n", static_cast<double>(rounds) / took,
                    took * 1e6 / static_cast<double>(rounds));
        std::printf("%zu of %zu answered, %zu announces taken, %.2f bytes out for one in\n", answers, rounds,
                    taken, static_cast<double>(out) / static_cast<double>(in));
    }

    /// The same kinds, one after another.
    void by_kind() {
        const known_nodes known{&world_, &local_};
        static constexpr std::array<std::pair<const char*, std::size_t>, 4> kinds{
            {{"find_node", 0}, {"get_peers", 4}, {"ping", 8}, {"announce_peer", 9}}};
        for (const auto& [name, offset] : kinds) {
            const auto start = seconds_now();
            std::size_t count = 0;
            for (int again = 0; again < 20; ++again)
                for (std::size_t at = offset; at < questions_.size(); at += 10, ++count)
                    answer(questions_[at], known);
            std::printf("%-16s %.2f us\n", name, (seconds_now() - start) * 1e6 / static_cast<double>(count));
        }
    }

    /// Tables of a node that is nowhere near the limits, many of them so that their pages show.
    void table_memory() {
        constexpr std::size_t tables = 500;
        std::vector<routing_table> all;
        all.reserve(tables);
        const auto before = resident_bytes();
        for (std::size_t i = 0; i < tables; ++i) {
            all.emplace_back(random_id<node_id>(random_), realm::world, random_.child());
            for (std::size_t n = 0; all.back().size() < table_nodes && n < 100'000; ++n)
                all.back().answered(now_, {near(all.back().own()), world_number(n)}, 30ms);
        }
        std::printf("%.0f bytes for a routing table of %zu nodes\n",
                    static_cast<double>(resident_bytes() - before) / static_cast<double>(tables),
                    all.back().size());
    }

    /// As full as others can make it, announce by announce in all torrents, with the largest entries.
    void full_store() {
        peer_store store(random_.child());
        const auto before = resident_bytes();
        for (std::size_t n = 0; n < limits::dht_torrents * limits::dht_peers_per_torrent; ++n) {
            bytes raw(16, 0x2a);
            for (std::size_t i = 0; i < 4; ++i) raw[12 + i] = static_cast<std::uint8_t>(n >> 8 * i);
            const endpoint peer{*ip_address::from_bytes(raw), 6881};
            store.add(now_, torrent_number(n % limits::dht_torrents), peer);
        }
        std::printf("%zu IPv6 peers stored: %.1f MiB, %.1f MiB resident\n", store.peers(),
                    static_cast<double>(store.memory()) / 1048576.0,
                    static_cast<double>(resident_bytes() - before) / 1048576.0);
    }

  private:
    static double per_thousand(double held) { return held / 1024 * 1000 / static_cast<double>(stored_peers); }
    /// An id in a random bucket of the first 30: tables grow to 200 nodes only where many of them are filled.
    node_id near(const node_id& own) {
        auto id = random_id<node_id>(random_);
        const auto shared = random_.below(30);
        for (std::size_t bit = 0; bit <= shared; ++bit) {
            const auto mask = static_cast<std::uint8_t>(0x80u >> bit % 8);
            const auto kept = static_cast<std::uint8_t>(own.bytes[bit / 8] ^ (bit == shared ? mask : 0));
            id.bytes[bit / 8] = static_cast<std::uint8_t>((id.bytes[bit / 8] & ~mask) | (kept & mask));
        }
        return id;
    }
    std::optional<bytes> answer(const question& one, const known_nodes& known) {
        if (!it_.admits(now_, one.from, rules_)) return std::nullopt;
        const auto message = krpc::parse(one.datagram);
        if (!message) return std::nullopt;
        const auto* asked = std::get_if<krpc::query>(&*message);
        if (!asked) return std::nullopt;
        return it_.answer(now_, one.from, {}, one.datagram.size(), *asked, rules_, known, {});
    }

    rng random_{1};
    time_point now_{1h};
    address_rules rules_;
    routing_table world_, local_;
    responder it_;
    std::vector<question> questions_;
};

}  // namespace

int main(int count, char**) {
    desk one;
    if (count > 1) {  // alone, as memory given back by what ran before would not be counted
        one.full_store();
        return 0;
    }
    one.fill();
    one.prepare();
    one.run();
    one.by_kind();
    one.table_memory();
    return 0;
}
