// dht_load KIND HOST PORT SECONDS [--in-flight N] [--seed N]
//
// Asks a node of the DHT over a real socket on one thread, as cheaply as it can: questions are made before
// the clock starts and patched in place. KIND: mixed (40 % find_node, 40 % get_peers, 10 % ping, 10 %
// announce_peer), or one of these. Before that it is a hundred nodes for a moment, so that the table has
// some, and announces peers, so that there are some to tell. Prints one line of JSON: answers per second,
// bytes of one, what was lost, latency in microseconds.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "dht/krpc.hpp"

using namespace bt;
namespace krpc = bt::dht::krpc;

namespace {

using clock_type = std::chrono::steady_clock;
constexpr std::size_t batch = 64, prepared = 20'000, torrents = 100, residents = 100, peers_each = 100;
constexpr std::string_view tid_place = "0000";  // of a prepared question

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "dht_load: %s\n", why.c_str());
    std::exit(2);
}

struct settings {
    std::string kind, host;
    std::uint16_t port = 0;
    double seconds = 0;
    std::size_t in_flight = 256;
    std::uint64_t seed = 1;
};

int open_socket(const settings& how) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(how.port);
    if (inet_pton(AF_INET, how.host.c_str(), &at.sin_addr) != 1) give_up("no IPv4 address: " + how.host);
    const int made = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const int bytes = 4 << 20;
    setsockopt(made, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    const timeval patience{0, 100'000};
    setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (made < 0 || connect(made, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
        give_up(std::strerror(errno));
    return made;
}

template <class Id>
Id random_id(rng& random) {
    Id id;
    random.fill(id.bytes);
    return id;
}

void send_whole(int to, const bytes& datagram) {
    if (send(to, datagram.data(), datagram.size(), 0) < 0)
        give_up(std::string("send: ") + std::strerror(errno));
}

/// Nodes that say something, and answer what they are asked for a second.
void settle(const settings& how, rng& random) {
    struct resident {
        int socket;
        node_id id;
    };
    std::vector<resident> all(residents);
    std::vector<pollfd> watched;
    for (auto& one : all) {
        one = {open_socket(how), random_id<node_id>(random)};
        krpc::query_form hello;
        hello.tid = "hi";
        hello.id = one.id;
        send_whole(one.socket, krpc::write_query(hello));
        watched.push_back({one.socket, POLLIN, 0});
    }
    const auto end = clock_type::now() + std::chrono::seconds(2);
    while (clock_type::now() < end) {
        poll(watched.data(), watched.size(), 100);
        for (std::size_t i = 0; i < all.size(); ++i) {
            bytes memory(2048);
            const auto got = recv(all[i].socket, memory.data(), memory.size(), MSG_DONTWAIT);
            if (got <= 0) continue;
            memory.resize(static_cast<std::size_t>(got));
            const auto message = krpc::parse(memory);
            const auto* asked = message ? std::get_if<krpc::query>(&*message) : nullptr;
            if (!asked) continue;
            krpc::answer_form form;
            form.tid = asked->tid;
            form.id = all[i].id;
            form.asker = {ip_address::v4(127, 0, 0, 1), how.port};
            send_whole(all[i].socket, krpc::write_answer(form));
        }
    }
    for (const auto& one : all) close(one.socket);
}

class load {
  public:
    explicit load(const settings& how)
        : how_(how), random_(how.seed), socket_(open_socket(how)), slots_(how.in_flight) {
        if (how.in_flight == 0 || how.in_flight > 65'536) give_up("1 to 65,536 in flight");
        settle(how, random_);
        for (std::size_t i = 0; i < torrents; ++i) announce_to(random_id<node_id>(random_));
        for (std::size_t i = 0; i < prepared; ++i) questions_.push_back(question(kind_of(i)));
    }

    void run() {
        std::vector<std::size_t> free(slots_.size());
        for (std::size_t i = 0; i < free.size(); ++i) free[i] = i;
        const auto began = clock_type::now();
        const auto end = began + std::chrono::duration_cast<clock_type::duration>(
                                     std::chrono::duration<double>(how_.seconds));
        while (clock_type::now() < end) {
            ask(free);
            free.clear();
            hear(free);
        }
        report(std::chrono::duration<double>(clock_type::now() - began).count());
    }

  private:
    struct slot {
        clock_type::time_point since;
        std::uint16_t turn = 0;
        bool waiting = false;
    };

    krpc::query_form form(krpc::method what, const node_id& target) {
        krpc::query_form made;
        made.tid = tid_place;
        made.what = what;
        made.id = random_id<node_id>(random_);
        made.target = target;
        made.read_only = true;  // it is not to be asked back
        return made;
    }
    krpc::method kind_of(std::size_t i) const {
        if (how_.kind == "find_node") return krpc::method::find_node;
        if (how_.kind == "get_peers") return krpc::method::get_peers;
        if (how_.kind == "ping") return krpc::method::ping;
        if (how_.kind == "announce_peer") return krpc::method::announce_peer;
        if (how_.kind != "mixed") give_up("no kind " + how_.kind);
        const auto part = i % 10;
        return part < 4   ? krpc::method::find_node
               : part < 8 ? krpc::method::get_peers
               : part < 9 ? krpc::method::ping
                          : krpc::method::announce_peer;
    }
    bytes question(krpc::method what) {
        const auto at = random_.below(torrents);
        auto made = form(what, what == krpc::method::find_node ? random_id<node_id>(random_) : hashes_[at]);
        made.token = tokens_[at];
        made.port = static_cast<std::uint16_t>(1024 + random_.below(peers_each));
        return krpc::write_query(made);
    }
    /// Asks for its token, then fills it.
    void announce_to(const node_id& hash) {
        send_whole(socket_, krpc::write_query(form(krpc::method::get_peers, hash)));
        bytes memory(2048);
        const auto got = recv(socket_, memory.data(), memory.size(), 0);
        if (got <= 0) give_up("no answer to get_peers");
        memory.resize(static_cast<std::size_t>(got));
        const auto message = krpc::parse(memory);
        const auto* told = message ? std::get_if<krpc::answer>(&*message) : nullptr;
        if (!told || told->token.empty()) give_up("no token");
        hashes_.push_back(hash);
        tokens_.emplace_back(told->token);
        for (std::size_t i = 0; i < peers_each; ++i) {
            auto made = form(krpc::method::announce_peer, hash);
            made.token = tokens_.back();
            made.port = static_cast<std::uint16_t>(1024 + i);
            send_whole(socket_, krpc::write_query(made));
            bytes answer(2048);
            if (recv(socket_, answer.data(), answer.size(), 0) <= 0) give_up("no answer to announce_peer");
        }
    }

    void ask(const std::vector<std::size_t>& free) {
        const auto now = clock_type::now();
        for (std::size_t begin = 0; begin < free.size(); begin += batch) {
            const auto count = std::min(batch, free.size() - begin);
            for (std::size_t i = 0; i < count; ++i) {
                const auto which = free[begin + i];
                auto& one = slots_[which];
                one = {now, static_cast<std::uint16_t>(one.turn + 1), true};
                auto& datagram = questions_[next_];
                next_ = next_ + 1 == questions_.size() ? 0 : next_ + 1;
                auto* tid = datagram.data() + tid_of(as_text(datagram));
                // the transaction names slot and turn: a late answer to an earlier question is not taken for
                // one
                tid[0] = static_cast<std::uint8_t>(which >> 8), tid[1] = static_cast<std::uint8_t>(which);
                tid[2] = static_cast<std::uint8_t>(one.turn >> 8),
                tid[3] = static_cast<std::uint8_t>(one.turn);
                point(i, datagram.data(), datagram.size());
            }
            for (std::size_t at = 0; at < count;) {
                const int sent =
                    sendmmsg(socket_, messages_.data() + at, static_cast<unsigned>(count - at), 0);
                if (sent <= 0 && errno != EAGAIN && errno != EINTR)
                    give_up(std::string("send: ") + std::strerror(errno));
                at += sent > 0 ? static_cast<std::size_t>(sent) : 0;
            }
        }
    }
    void hear(std::vector<std::size_t>& free) {
        for (std::size_t i = 0; i < batch; ++i) point(i, memory_[i].data(), memory_[i].size());
        const int got = recvmmsg(socket_, messages_.data(), batch, MSG_WAITFORONE, nullptr);
        for (int i = 0; i < got; ++i) {
            const auto size = messages_[static_cast<std::size_t>(i)].msg_len;
            const auto answer = as_text(memory_[static_cast<std::size_t>(i)]).substr(0, size);
            const auto at = tid_of(answer);
            if (at == std::string_view::npos || at + 4 > size) continue;
            const auto number = [&](std::size_t byte) {
                return static_cast<std::uint8_t>(answer[at + byte]);
            };
            const std::size_t which = number(0) << 8 | number(1);
            if (which >= slots_.size() || !slots_[which].waiting ||
                slots_[which].turn != (number(2) << 8 | number(3)))
                continue;
            slots_[which].waiting = false;
            free.push_back(which);
            bytes_ += size;
            errors_ += answer.ends_with("1:y1:ee");
            took_.push_back(
                std::chrono::duration<float, std::micro>(clock_type::now() - slots_[which].since).count());
        }
        if (got > 0 && ++turns_ % 1024 != 0) return;
        const auto now = clock_type::now();
        for (std::size_t i = 0; i < slots_.size(); ++i) {
            if (!slots_[i].waiting || now - slots_[i].since < std::chrono::seconds(1)) continue;
            ++lost_;
            slots_[i].waiting = false;
            free.push_back(i);
        }
    }
    void point(std::size_t i, std::uint8_t* to, std::size_t size) {
        slices_[i] = {to, size};
        messages_[i] = {};
        messages_[i].msg_hdr.msg_iov = &slices_[i];
        messages_[i].msg_hdr.msg_iovlen = 1;
    }
    static std::size_t tid_of(std::string_view datagram) {
        const auto key = datagram.rfind("1:t4:");  // behind all that may hold anything
        return key == std::string_view::npos ? key : key + 5;
    }
    void report(double took) {
        std::sort(took_.begin(), took_.end());
        const auto quantile = [&](double q) {
            return took_.empty()
                       ? 0.0
                       : static_cast<double>(
                             took_[static_cast<std::size_t>(q * static_cast<double>(took_.size() - 1))]);
        };
        const auto count = static_cast<double>(took_.size());
        std::printf(
            "{\"kind\": \"%s\", \"answers_per_second\": %.0f, \"answer_bytes\": %.0f, \"refused\": %zu, "
            "\"lost\": %zu, "
            "\"p50\": %.0f, \"p99\": %.0f, \"max\": %.0f}\n",
            how_.kind.c_str(), count / took, count > 0 ? static_cast<double>(bytes_) / count : 0.0, errors_,
            lost_, quantile(0.5), quantile(0.99), quantile(1));
    }

    settings how_;
    rng random_;
    int socket_;
    std::vector<slot> slots_;
    std::vector<node_id> hashes_;
    std::vector<std::string> tokens_;
    std::vector<bytes> questions_;
    std::size_t next_ = 0, bytes_ = 0, errors_ = 0, lost_ = 0, turns_ = 0;
    std::vector<float> took_;
    std::array<std::array<std::uint8_t, 2048>, batch> memory_;
    std::array<iovec, batch> slices_{};
    std::array<mmsghdr, batch> messages_{};
};

}  // namespace

int main(int count, char** words) {
    if (count < 5) give_up("KIND HOST PORT SECONDS expected, see the top of dht_load.cpp");
    settings how{words[1], words[2], static_cast<std::uint16_t>(std::atoi(words[3])), std::atof(words[4])};
    for (int i = 5; i + 1 < count; i += 2) {
        const std::string_view name = words[i];
        const auto number = std::strtoull(words[i + 1], nullptr, 10);
        if (name == "--in-flight")
            how.in_flight = number;
        else if (name == "--seed")
            how.seed = number;
        else
            give_up("unknown option " + std::string(name));
    }
    load(how).run();
    return 0;
}
