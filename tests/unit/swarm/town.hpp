// The words the tests of the composition are written in: a town is one torrent's swarm, its disk and its
// clock; a guest is a peer on the other end of one of its connections, played by hand. What is said both ways
// is kept as lines of text (unit/wire/conversation.hpp), and the torrent is the one used there: ten pieces of
// two blocks, the last of one.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/overloaded.hpp"
#include "swarm/torrent_swarm.hpp"
#include "unit/swarm/vocabulary.hpp"
#include "unit/wire/conversation.hpp"

namespace bt::swarm::test {

using wire::test::all_pieces;
using wire::test::id_of;
using wire::test::no_pieces;
using wire::test::only;
using wire::test::ten_pieces;
using lines = std::vector<std::string>;

inline endpoint at(std::string_view address) { return *endpoint::parse(address); }
/// On the town's link, 10.0.0.0/24.
inline endpoint neighbour(unsigned number) { return {ip_address::v4(10, 0, 0, std::uint8_t(number)), 4000}; }
inline endpoint stranger(unsigned number) { return {ip_address::v4(8, 8, std::uint8_t(number), 1), 4000}; }

inline std::size_t count_of(const lines& all, std::string_view begins) {
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const std::string& line) { return line.starts_with(begins); }));
}
inline bool has_line(const lines& all, std::string_view begins) { return count_of(all, begins) > 0; }

struct guest {
    connection_id id;
    wire::peer peer;
    torrent::piece_set has;
    wire::extension_offer offers{true, true, false};
    bool knows_torrent = true;
    bool gives = true;                    ///< unchokes at once, and answers what it is asked
    std::set<std::uint32_t> lies{};       ///< pieces whose blocks it sends wrong
    bool refuses = false;                 ///< unchokes, and rejects what it is asked
    bool mute = false;                    ///< says nothing but its handshake
    std::size_t reads = ~std::size_t{0};  ///< bytes that its socket takes in a step
    std::size_t unread = 0;
    duration held_back{};  ///< for how long it did not read what there was
    bool left = false;
    lines hears{};  ///< as events
    bytes stream{};

    /// The messages that the town sent it.
    lines messages() const { return wire::test::messages_of(stream, true); }
    std::uint64_t got = 0;  ///< payload
};

class town {
  public:
    struct plan {
        swarm_settings settings{};
        bool is_private = false;
        bool begun = true;
        char name = 't';
    };

    explicit town(const torrent::piece_set& have) : town(have, plan{}) {}
    town(const torrent::piece_set& have, const plan& as)
        : name(as.name),
          swarm(wire::test::some_torrent(), wire::test::node(as.name), as.settings, around_, down, up,
                rng(7)) {
        around_.set_networks({{ip_address::v4(10, 0, 0, 1), 24}});
        swarm.set_metadata(now, ten_pieces(), shared_bytes(bytes(20'000)), as.is_private);
        if (as.begun) begin(have);
    }
    void begin(const torrent::piece_set& have) {
        swarm.begin(now, have, std::vector<priority>(10, priority::normal), false);
        settle();
    }

    // --- guests
    /// It connects to us.
    guest& comes(char who, const endpoint& from, const torrent::piece_set& has, bool gives = true,
                 wire::features offers = wire::test::everything) {
        const connection_id id{++last_};
        auto& it = add(
            {id, wire::peer::outgoing(now, wire::test::node(who), wire::test::some_torrent()), has}, gives);
        auto ours = wire::peer::incoming(now, wire::test::node(name));
        it.mute = !offers.fast;  // BEP 3 alone: what it has not it need not tell
        wire::test::bytes_of(it.peer);
        ours.receive(now, wire::encode(wire::handshake{offers, wire::test::some_torrent(), id_of(who)}));
        while (ours.poll()) continue;
        swarm.adopt(now, id, from, std::move(ours));
        settle();
        return it;
    }
    /// We connect to it: it is known from now on, and answers when it is called.
    void lives(char who, const endpoint& address, const torrent::piece_set& has, bool lies = false,
               bool gives = true) {
        residents_.emplace(address, resident{who, has, lies, gives});
    }
    void moves_out(const endpoint& address) { residents_.erase(address); }
    /// We are told of it.
    void hears_of(const endpoint& address, peer_source by = peer_source::tracker) {
        swarm.add_peer(now, address, by);
        settle();
    }
    /// The one that answered.
    guest* resident_at(const endpoint& address) {
        const auto found = answered_.find(address);
        return found == answered_.end() ? nullptr : found->second;
    }
    void says(guest& from, const wire::message& m) { says_bytes(from, wire::test::encoded(m)); }
    void says_bytes(guest& from, byte_view raw) {
        swarm.received(now, from.id, raw);
        settle();
    }
    void leaves(guest& g) {
        g.left = true;
        swarm.disconnected(now, g.id);
        settle();
    }
    void unchokes(guest& g) { sets_choking(g, false); }
    void chokes(guest& g) { sets_choking(g, true); }
    /// It gives what it is asked, now and from now on.
    void gives(guest& g) {
        g.gives = true;
        unchokes(g);
    }
    void asks(guest& g, const std::vector<block_range>& ranges) {
        for (const auto& range : ranges) g.peer.request(now, range);
        settle();
    }

    /// Which addresses are of one machine.
    class machines& machines() {
        return around_.machines();
    }

    // --- time
    void run(duration length, duration step = 50ms) {
        const auto until = now + length;
        while (now < until) {
            now = std::min(until, now + step);
            const bool due = swarm.next_deadline() <= now;
            if (due) swarm.tick(now);
            for (auto& each : guests_) {
                if (each->unread > 0) each->held_back += step;
                read(*each);
            }
            settle();
            if (due) BOOST_REQUIRE((swarm.next_deadline() > now));  // else the loop spins
            if (every_step) every_step();
        }
    }
    /// All that follows at once.
    void settle() {
        for (bool busy = true; busy;) {
            busy = false;
            while (auto what = swarm.poll()) {
                carry_out(*what);
                busy = true;
            }
            if (!jobs_.empty()) {
                auto job = std::move(jobs_.front());
                jobs_.pop_front();
                job();
                busy = true;
                continue;
            }
            for (auto& each : guests_) busy = play(*each) || busy;
        }
        if (settled_++ % 64 == 0) BOOST_REQUIRE(swarm.is_sound());  // it takes time for each piece
    }

    time_point now = wire::test::start_time;
    char name;
    lines said;                          ///< outputs that are told, not done
    std::vector<endpoint> calls;         ///< connections begun
    std::set<std::uint32_t> unreadable;  ///< pieces the disk does not give
    std::set<std::uint32_t> damaged;     ///< pieces that are wrong on disk
    std::size_t reads = 0;
    std::size_t completed = 0;  ///< peers that are told to be complete
    bool kernel_tells = false;  ///< whether it is the peer that does not read
    bool disk_waits = false;    ///< reports of writes are held back in `reports`
    std::vector<std::function<void()>> reports;
    std::function<void()> every_step;
    shared_limit down, up;

  private:
    struct resident {
        char who;
        torrent::piece_set has;
        bool lies, gives;
    };
    vicinity around_;

  public:
    torrent_swarm swarm;

  private:
    void sets_choking(guest& g, bool on) {
        g.peer.set_choking(now, on);
        settle();
    }

    guest& add(guest g, bool gives) {
        g.gives = gives;
        guests_.push_back(std::make_unique<guest>(std::move(g)));
        by_id_[guests_.back()->id] = guests_.back().get();
        return *guests_.back();
    }

    void carry_out(swarm_output& what) {
        std::visit(overloaded{[&](out::connect& o) { call(o.address); }, [&](out::send& o) { send(o); },
                              [&](out::close& o) {
                                  if (const auto found = by_id_.find(o.id); found != by_id_.end())
                                      found->second->left = true;
                              },
                              [&](out::write& o) { write(o.piece, std::move(o.data)); },
                              [&](out::read& o) {
                                  jobs_.push_back([this, o] {
                                      ++reads;
                                      const bool lost = std::any_of(
                                          o.ranges.begin(), o.ranges.end(), [&](const auto& range) {
                                              return unreadable.contains(range.piece.value());
                                          });
                                      swarm.blocks_read(now, o.id, o.ranges,
                                                        lost ? buffer() : wire::test::framed(o.ranges));
                                  });
                              },
                              [&](out::check_metadata&) { said.push_back("metadata"); },
                              [&](out::piece_verified& o) { tell("verified", o.piece); },
                              [&](out::piece_failed& o) { tell("failed", o.piece); },
                              [&](out::piece_damaged& o) { tell("damaged", o.piece); },
                              [&](out::look_at& o) {
                                  tell("look at", o.piece);
                                  jobs_.push_back([this, piece = o.piece] {
                                      swarm.looked_at(now, piece, !damaged.contains(piece.value()));
                                  });
                              },
                              [](out::peer_joined&) {}, [&](out::peer_completed&) { ++completed; },
                              [&](out::peer_banned& o) {
                                  said.push_back("banned " + o.address.address.to_string());
                              },
                              [&](out::no_handshake& o) {
                                  said.push_back("no handshake " + o.address.address.to_string());
                              },
                              [](out::dht_node&) {},
                              [&](out::our_address& o) {
                                  said.push_back("we are " + o.ours.to_string() + " to " + o.by.to_string());
                              },
                              [&](out::complete&) { said.push_back("complete"); }},
                   what);
    }
    void tell(const char* what, piece_index piece) {
        said.push_back(std::string(what) + " " + std::to_string(piece.value()));
    }

    void call(const endpoint& address) {
        const connection_id id{++last_};
        calls.push_back(address);
        swarm.connecting(id, address);
        const auto found = residents_.find(address);
        if (found == residents_.end()) return;
        jobs_.push_back([this, id, address, who = found->second] {
            auto& it = add({id, wire::peer::incoming(now, wire::test::node(who.who)), who.has}, who.gives);
            if (who.lies) it.lies = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
            answered_[address] = &it;
            swarm.connected(now, id);
        });
    }

    void send(const out::send& o) {
        const auto found = by_id_.find(o.id);
        const auto size = o.data.size();
        if (found != by_id_.end() && !found->second->left) {
            const byte_view raw(o.data.storage.data() + o.data.begin, size);
            auto& g = *found->second;
            g.stream.insert(g.stream.end(), raw.begin(), raw.end());
            g.peer.receive(now, raw);
            listen(g);
        }
        if (found != by_id_.end() && found->second->reads < size) {
            found->second->unread += size;
            return;
        }
        jobs_.push_back([this, id = o.id, size] { took(id, size); });
    }
    void took(connection_id id, std::size_t size) {
        const auto found = by_id_.find(id);
        const bool tells = kernel_tells && found != by_id_.end();
        swarm.sent(now, id, size, tells ? std::optional(found->second->held_back) : std::nullopt);
    }
    void read(guest& g) {
        const auto count = g.left ? 0 : std::min(g.reads, g.unread);
        if (count == 0) return;
        g.unread -= count;
        jobs_.push_back([this, id = g.id, count] { took(id, count); });
    }

    void listen(guest& g) {
        namespace ev = wire::event;
        while (auto event = g.peer.poll()) {
            if (const auto* b = std::get_if<ev::block>(&*event)) g.got += b->data.size();
            g.hears.push_back(wire::test::text(*event));
            if (std::holds_alternative<ev::knock>(*event)) g.peer.accept(now);
            if (std::holds_alternative<ev::opened>(*event)) {
                g.peer.offer(now, g.offers);
                if (g.knows_torrent)
                    g.peer.start(now, ten_pieces(), g.has, 20'000);
                else
                    g.peer.start_without_metadata(now);
                if (g.gives) g.peer.set_choking(now, false);
            }
        }
    }

    /// What the guest does by itself.
    bool play(guest& g) {
        if (g.left || g.mute) return false;
        bool busy = false;
        if (g.gives && g.peer.is_open()) {
            const auto ranges = g.peer.take_requests(4 * limits::block_bytes);
            for (const auto& range : ranges) {
                if (g.refuses) {
                    g.peer.reject(now, range);
                    continue;
                }
                auto frames = wire::test::framed({range});
                if (g.lies.contains(range.piece.value())) frames.data()[frames.size() - 1] ^= 1;
                g.peer.send_blocks(now, std::move(frames), {range});
            }
        }
        const auto words = wire::test::bytes_of(g.peer);
        if (!words.empty()) {
            swarm.received(now, g.id, words);
            busy = true;
        }
        return busy;
    }

    void write(piece_index piece, buffer data) {
        bytes truth;
        for (std::uint32_t i = 0; i < ten_pieces().block_count(piece); ++i) {
            const auto& block = wire::test::content(ten_pieces().block(piece, block_index(i)));
            truth.insert(truth.end(), block.begin(), block.end());
        }
        const bool right = std::equal(truth.begin(), truth.end(), data.view().begin(), data.view().end());
        auto report = [this, piece, right, kept = std::make_shared<buffer>(std::move(data))] {
            swarm.written(now, piece, right ? write_result::ok : write_result::hash_mismatch,
                          std::move(*kept));
        };
        if (disk_waits)
            reports.push_back(std::move(report));
        else
            jobs_.push_back(std::move(report));
    }

    std::uint64_t last_ = 0, settled_ = 0;
    std::deque<std::function<void()>> jobs_;
    std::vector<std::unique_ptr<guest>> guests_;
    std::map<connection_id, guest*> by_id_;
    std::map<endpoint, resident> residents_;
    std::map<endpoint, guest*> answered_;
};

/// Its pieces as a picture, '#' had.
inline std::string had(const town& t) { return picture(t.swarm.pieces()->have()); }

}  // namespace bt::swarm::test
