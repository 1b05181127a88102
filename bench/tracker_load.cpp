// tracker_load MODE HOST PORT SECONDS [--connections N] [--in-flight N] [--torrents N] [--hashes FILE]
// [--seed N] [--peers N] [--once 1]
//
// Announces to a tracker on one thread, as cheaply as it can: raw sockets, an epoll, requests prepared once
// and patched in place. Each announce is by a new peer, or with --peers by one of so many in each torrent,
// who come again and again as the same: id, key and port are their own. MODE: http-new (a connection for each
// announce), http-keep, udp. Prints one line of JSON: answers per second, errors, latency in microseconds.
// --hashes writes the torrents announced, one in hexadecimal a line, and ends: for trackers with a list of
// what they serve.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

struct settings {
    std::string mode, host;
    std::uint16_t port = 0;
    double seconds = 0;
    std::size_t connections = 128, in_flight = 8, torrents = 10'000;
    std::size_t peers = 0;  // of each torrent; 0: always new ones
    bool once = false;
    std::uint64_t seed = 1;
    std::string hashes;
};

/// splitmix64: enough for ids that must only differ.
struct random_numbers {
    std::uint64_t state;
    std::uint64_t operator()() {
        std::uint64_t z = (state += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
};

/// Who announces where.
struct visitor {
    std::size_t torrent;
    std::uint64_t id;
    std::uint32_t key;
    std::uint16_t port;
};

class visitors {
  public:
    explicit visitors(const settings& how) : how_(how), random_{how.seed} {}
    visitor next() {
        ++count_;
        if (how_.peers == 0) {
            const auto torrent = random_() % how_.torrents, id = random_();
            return {torrent, id, static_cast<std::uint32_t>(id >> 32),
                    static_cast<std::uint16_t>(1024 + random_() % 60'000)};
        }
        // what a visitor is follows from his number
        const auto all = how_.torrents * how_.peers;
        const auto number = how_.once ? (count_ - 1) % all : random_() % all;
        const auto id = random_numbers{number}();
        // the ports of a torrent's peers differ: they share one address
        return {number % how_.torrents, id, static_cast<std::uint32_t>(id >> 32),
                static_cast<std::uint16_t>(1024 + number / how_.torrents % 60'000)};
    }
    bool all_came() const { return how_.once && count_ >= how_.torrents * how_.peers; }

  private:
    const settings& how_;
    random_numbers random_;
    std::uint64_t count_ = 0;
};

using hash = std::array<unsigned char, 20>;

std::vector<hash> torrents_of(const settings& how) {
    random_numbers random{1};  // the same in every run: a tracker's list is made before
    std::vector<hash> all(how.torrents);
    for (auto& one : all)
        for (auto& byte : one) byte = static_cast<unsigned char>(random());
    return all;
}

struct latencies {
    // 0.5 % apart from 1 us on: memory that does not grow with the run
    static constexpr double step = 1.005;
    std::array<std::uint64_t, 4096> counts{};
    std::uint64_t total = 0;
    double worst = 0;

    static std::size_t bucket(double microseconds) {
        static const double scale = 1 / std::log(step);
        if (microseconds <= 1) return 0;
        return std::min<std::size_t>(4095, static_cast<std::size_t>(std::log(microseconds) * scale));
    }
    void add(clock_type::time_point since) {
        const double us = std::chrono::duration<double, std::micro>(clock_type::now() - since).count();
        ++counts[bucket(us)];
        ++total;
        worst = std::max(worst, us);
    }
    double quantile(double q) const {
        auto left = static_cast<std::uint64_t>(q * static_cast<double>(total));
        for (std::size_t i = 0; i < counts.size(); ++i) {
            if (left < counts[i]) return std::min(worst, std::pow(step, static_cast<double>(i + 1)));
            left -= counts[i];
        }
        return worst;
    }
};

struct outcome {
    latencies times;
    std::uint64_t errors = 0;
    std::string first_error;
    void fail(const std::string& why) {
        if (errors++ == 0) first_error = why;
    }
};

[[noreturn]] void give_up(const std::string& what) {
    std::fprintf(stderr, "tracker_load: %s\n", what.c_str());
    std::exit(2);
}

sockaddr_in address_of(const settings& how) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(how.port);
    if (inet_pton(AF_INET, how.host.c_str(), &at.sin_addr) != 1) give_up("not an IPv4 address: " + how.host);
    return at;
}

void put_hex(char* to, std::uint64_t value, int digits) {
    for (int i = digits - 1; i >= 0; --i, value >>= 4) to[i] = "0123456789abcdef"[value & 15];
}

/// One announce by GET, patched in place.
class announce {
  public:
    announce(const settings& how, const std::vector<hash>& torrents) : how_(how) {
        for (const auto& one : torrents) {
            std::string text;
            for (const auto byte : one) {
                char escape[3] = {'%'};
                put_hex(escape + 1, byte, 2);
                text.append(escape, 3);
            }
            escaped_.push_back(text);
        }
        text_ = "GET /announce?info_hash=" + std::string(60, '0') + "&peer_id=-TL0001-000000000000&port=";
        id_ = text_.size() - 18;
        port_ = text_.size();
        text_ += "00000&uploaded=0&downloaded=0&left=1000000&compact=1&numwant=50&event=started&key=";
        key_ = text_.size();
        text_ += "00000000 HTTP/1.1\r\nHost: " + how.host + ":" + std::to_string(how.port) +
                 "\r\nUser-Agent: load\r\n" +
                 (how.mode == "http-keep" ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
    }
    std::string_view next(visitors& who_comes) {
        const auto who = who_comes.next();
        std::memcpy(text_.data() + 24, escaped_[who.torrent].data(), 60);
        put_hex(text_.data() + id_, who.id, 12);
        put_hex(text_.data() + key_, who.key, 8);
        std::uint32_t port = who.port;
        for (int i = 4; i >= 0; --i, port /= 10)
            text_[port_ + static_cast<std::size_t>(i)] = static_cast<char>('0' + port % 10);
        return text_;
    }

  private:
    const settings& how_;
    std::vector<std::string> escaped_;
    std::string text_;
    std::size_t id_ = 0, port_ = 0, key_ = 0;
};

struct client {
    int descriptor = -1;
    bool watched = false;
    clock_type::time_point since;
    std::string heard;
};

/// The answer's status is 200, its body complete and a tracker's. 1: yes, 0: not yet, -1: no.
int judge(std::string_view heard) {
    const auto end = heard.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    if (heard.substr(8, 5) != " 200 " && heard.substr(8, 4) != " 200") return -1;
    auto at = heard.find("Content-Length: ");
    if (at > end) return -1;
    const auto length = std::strtoul(heard.data() + at + 16, nullptr, 10);
    if (heard.size() < end + 4 + length) return 0;
    return heard.substr(end + 4, 1) == "d" && heard.substr(end + 4).find("failure") == std::string_view::npos
               ? 1
               : -1;
}

class http_run {
  public:
    http_run(const settings& how, const std::vector<hash>& torrents)
        : how_(how),
          at_(address_of(how)),
          announce_(how_, torrents),
          visitors_(how_),
          clients_(how.connections) {}

    outcome run() {
        const auto end = clock_type::now() + std::chrono::duration_cast<clock_type::duration>(
                                                 std::chrono::duration<double>(how_.seconds));
        for (auto& one : clients_) start(one);
        std::array<epoll_event, 256> events;
        while (clock_type::now() < end && !stop_) {
            const int count = epoll_wait(epoll_, events.data(), 256, 100);
            for (int i = 0; i < count; ++i)
                hear(*static_cast<client*>(events[static_cast<std::size_t>(i)].data.ptr));
        }
        return std::move(outcome_);
    }

  private:
    void fail(client& one, const std::string& why) {
        outcome_.fail(why);
        if (outcome_.errors > 1'000'000) stop_ = true;
        close(one.descriptor);
        one.descriptor = -1;
        start(one);
    }
    void start(client& one) {
        if (stop_) return;
        one.since = clock_type::now();
        one.heard.clear();
        if (one.descriptor < 0) {
            one.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (one.descriptor < 0) give_up(std::strerror(errno));
            // on loopback a connection is there when the call returns: waiting for it costs nothing
            if (connect(one.descriptor, reinterpret_cast<const sockaddr*>(&at_), sizeof at_) != 0) {
                outcome_.fail(std::string("connect: ") + std::strerror(errno));
                close(one.descriptor);
                give_up(outcome_.first_error);
            }
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.ptr = &one;
            epoll_ctl(epoll_, EPOLL_CTL_ADD, one.descriptor, &event);
        }
        const auto request = announce_.next(visitors_);
        if (send(one.descriptor, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT) !=
            static_cast<ssize_t>(request.size()))
            return fail(one, std::string("send: ") + std::strerror(errno));
    }
    void hear(client& one) {
        char memory[16384];
        const auto got = recv(one.descriptor, memory, sizeof memory, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0)
            return fail(one,
                        got == 0 ? "closed without an answer" : std::string("recv: ") + std::strerror(errno));
        std::string_view heard(memory, static_cast<std::size_t>(got));
        if (!one.heard.empty()) heard = one.heard.append(heard);
        const int verdict = judge(heard);
        if (verdict == 0 && one.heard.empty()) one.heard = heard;
        if (verdict == 0) return;
        if (verdict < 0) return fail(one, "answer: " + std::string(heard.substr(0, 300)));
        outcome_.times.add(one.since);
        if (how_.mode == "http-new") {
            close(one.descriptor);
            one.descriptor = -1;
        }
        start(one);
    }

    settings how_;
    sockaddr_in at_;
    announce announce_;
    visitors visitors_;
    std::vector<client> clients_;
    int epoll_ = epoll_create1(EPOLL_CLOEXEC);
    outcome outcome_;
    bool stop_ = false;
};

/// BEP 15. One connected socket, so many announces under way; what is not answered in a second is lost.
class udp_run {
  public:
    udp_run(const settings& how, const std::vector<hash>& torrents)
        : how_(how), torrents_(torrents), visitors_(how_), slots_(how.in_flight) {
        const auto at = address_of(how);
        descriptor_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        const int bytes = 4 << 20;
        setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
        const timeval patience{0, 100'000};
        setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
            give_up(std::strerror(errno));
    }

    outcome run() {
        connect_to_tracker();
        const auto end = clock_type::now() + std::chrono::duration_cast<clock_type::duration>(
                                                 std::chrono::duration<double>(how_.seconds));
        std::vector<std::size_t> free(slots_.size());
        for (std::size_t i = 0; i < free.size(); ++i) free[i] = i;
        while (clock_type::now() < end && !visitors_.all_came()) {
            ask(free);
            free.clear();
            hear(free);
        }
        return std::move(outcome_);
    }

  private:
    static constexpr std::size_t batch = 64;
    struct slot {
        clock_type::time_point since;
        std::uint32_t turn = 0;
        bool waiting = false;
    };
    template <class T>
    static void put(unsigned char* to, T value) {
        for (int i = static_cast<int>(sizeof(T)) - 1; i >= 0; --i, value = static_cast<T>(value >> 7 >> 1))
            to[i] = static_cast<unsigned char>(value);
    }
    void connect_to_tracker() {
        for (int attempt = 0; attempt < 20; ++attempt) {
            unsigned char request[16], answer[64];
            put(request, std::uint64_t{0x41727101980});
            put(request + 8, std::uint32_t{0});
            put(request + 12, std::uint32_t{77});
            send(descriptor_, request, sizeof request, 0);
            if (recv(descriptor_, answer, sizeof answer, 0) < 16 || answer[3] != 0) continue;
            std::memcpy(connection_, answer + 8, 8);
            return;
        }
        give_up("no answer to connect");
    }
    void ask(const std::vector<std::size_t>& free) {
        const auto now = clock_type::now();
        for (std::size_t begin = 0; begin < free.size(); begin += batch) {
            const auto count = std::min(batch, free.size() - begin);
            for (std::size_t i = 0; i < count; ++i) {
                const auto which = free[begin + i];
                auto& one = slots_[which];
                one = {now, one.turn + 1, true};
                auto* to = requests_[i].data();
                std::memcpy(to, connection_, 8);
                put(to + 8, std::uint32_t{1});
                // the transaction names slot and turn: a late answer to an earlier question is not taken for
                // one
                put(to + 12, static_cast<std::uint32_t>(which << 16 | (one.turn & 0xffff)));
                const auto who = visitors_.next();
                std::memcpy(to + 16, torrents_[who.torrent].data(), 20);
                std::memset(to + 36, 0, 62);
                std::memcpy(to + 36, "-TL0001-", 8);
                std::memcpy(to + 44, &who.id, 8);
                put(to + 64, std::uint64_t{1'000'000});
                put(to + 80, std::uint32_t{2});
                put(to + 88, who.key);
                put(to + 92, std::uint32_t{50});
                put(to + 96, who.port);
                slices_[i] = {to, 98};
                messages_[i] = {};
                messages_[i].msg_hdr.msg_iov = &slices_[i];
                messages_[i].msg_hdr.msg_iovlen = 1;
            }
            for (std::size_t at = 0; at < count;) {
                const int sent =
                    sendmmsg(descriptor_, messages_.data() + at, static_cast<unsigned>(count - at), 0);
                if (sent <= 0 && errno != EAGAIN && errno != EINTR)
                    outcome_.fail(std::string("send: ") + std::strerror(errno));
                at += sent > 0 ? static_cast<std::size_t>(sent) : 1;
            }
        }
    }
    void hear(std::vector<std::size_t>& free) {
        for (std::size_t i = 0; i < batch; ++i) {
            slices_[i] = {answers_[i].data(), answers_[i].size()};
            messages_[i] = {};
            messages_[i].msg_hdr.msg_iov = &slices_[i];
            messages_[i].msg_hdr.msg_iovlen = 1;
        }
        const int got = recvmmsg(descriptor_, messages_.data(), batch, MSG_WAITFORONE, nullptr);
        for (int i = 0; i < got; ++i) {
            const auto* answer = answers_[static_cast<std::size_t>(i)].data();
            const auto size = messages_[static_cast<std::size_t>(i)].msg_len;
            const auto which = static_cast<std::size_t>(answer[4] << 8 | answer[5]);
            const auto turn = static_cast<std::uint32_t>(answer[6] << 8 | answer[7]);
            if (size < 8 || which >= slots_.size() || !slots_[which].waiting ||
                (slots_[which].turn & 0xffff) != turn)
                continue;
            slots_[which].waiting = false;
            free.push_back(which);
            if (size < 20 || answer[3] != 1)
                outcome_.fail("answer: " + std::string(reinterpret_cast<const char*>(answer) + 8, size - 8));
            else
                outcome_.times.add(slots_[which].since);
        }
        if (got > 0 && ++turns_ % 1024 != 0) return;
        const auto now = clock_type::now();
        for (std::size_t i = 0; i < slots_.size(); ++i) {
            if (!slots_[i].waiting || now - slots_[i].since < std::chrono::seconds(1)) continue;
            outcome_.fail("no answer within 1 s");
            slots_[i].waiting = false;
            free.push_back(i);
        }
    }

    settings how_;
    const std::vector<hash>& torrents_;
    visitors visitors_;
    std::vector<slot> slots_;
    int descriptor_ = -1;
    unsigned char connection_[8]{};
    std::uint64_t turns_ = 0;
    std::array<std::array<unsigned char, 98>, batch> requests_;
    std::array<std::array<unsigned char, 2048>, batch> answers_;
    std::array<iovec, batch> slices_{};
    std::array<mmsghdr, batch> messages_{};
    outcome outcome_;
};

settings read_arguments(int count, char** words) {
    if (count < 5) give_up("MODE HOST PORT SECONDS expected, see the top of tracker_load.cpp");
    settings how;
    how.mode = words[1];
    how.host = words[2];
    how.port = static_cast<std::uint16_t>(std::atoi(words[3]));
    how.seconds = std::atof(words[4]);
    for (int i = 5; i + 1 < count; i += 2) {
        const std::string_view name = words[i];
        const auto number = std::strtoull(words[i + 1], nullptr, 10);
        if (name == "--connections")
            how.connections = number;
        else if (name == "--in-flight")
            how.in_flight = number;
        else if (name == "--torrents")
            how.torrents = number;
        else if (name == "--seed")
            how.seed = number;
        else if (name == "--peers")
            how.peers = number;
        else if (name == "--once")
            how.once = number != 0;
        else if (name == "--hashes")
            how.hashes = words[i + 1];
        else
            give_up("unknown option " + std::string(name));
    }
    return how;
}

std::string json_text(std::string_view text) {
    std::string out;
    for (const char c : text) out += c >= ' ' && c < 127 && c != '"' && c != '\\' ? c : '.';
    return out;
}

}  // namespace

int main(int count, char** words) {
    const auto how = read_arguments(count, words);
    const auto torrents = torrents_of(how);
    if (!how.hashes.empty()) {
        auto* file = std::fopen(how.hashes.c_str(), "w");
        if (file == nullptr) give_up(how.hashes + ": " + std::strerror(errno));
        for (const auto& one : torrents) {
            for (const auto byte : one) std::fprintf(file, "%02x", byte);
            std::fputc('\n', file);
        }
        return std::fclose(file) == 0 ? 0 : 2;
    }
    const auto began = clock_type::now();
    const auto result = how.mode == "udp" ? udp_run(how, torrents).run() : http_run(how, torrents).run();
    const double took = std::chrono::duration<double>(clock_type::now() - began).count();
    const auto& times = result.times;
    std::printf(
        "{\"mode\": \"%s\", \"answers_per_second\": %.0f, \"errors\": %llu, \"first_error\": \"%s\", "
        "\"p50\": %.0f, "
        "\"p90\": %.0f, \"p99\": %.0f, \"p99.9\": %.0f, \"max\": %.0f}\n",
        how.mode.c_str(), static_cast<double>(times.total) / took,
        static_cast<unsigned long long>(result.errors), json_text(result.first_error).c_str(),
        times.quantile(0.5), times.quantile(0.9), times.quantile(0.99), times.quantile(0.999), times.worst);
    return 0;
}
