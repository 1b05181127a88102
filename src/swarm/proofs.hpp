// Peers that say they have everything, and what proves it. Where the number of complete machines decides
// when a share ends, a peer's word is not enough. Private to this room.
//
// A peer is believed when it was given half of the torrent by us. Any other is called back by us as one that
// has nothing, which every client serves, and asked for a block of our choice: it is believed when the block
// is right. (The connection at hand will not do: two that have everything close it.) A peer that cannot be
// called, since it leaves as soon as it is complete or takes no connections, or does not answer three times,
// is believed when it was given some of the torrent and a whole copy has left us: then others may have given
// it the rest.
//
// Many clients close the connection to a seed as soon as they are complete, before they tell what came last,
// and let no seed call them. So other clients take us for no seed until they lack two pieces: of one piece,
// another for each, they are not told. (Our own tell of everything at once, and share the work among the
// seeds they see.) One that leaves then counts as one that says that it is complete.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "swarm/links.hpp"
#include "swarm/outbox.hpp"
#include "swarm/peers.hpp"
#include "swarm/upload.hpp"

namespace bt::swarm {

class proofs {
  public:
    proofs(const peer_id& self, peers& known, const upload& given, links& open, outbox& out, rng random);

    /// From now on.
    void demand() { demanded_ = true; }
    void begin(const torrent::geometry& shape) { shape_ = shape; }

    /// Which of our pieces it is told of, and whether it is told that we want nothing.
    torrent::piece_set shown_to(link& l);
    void show_rest(time_point now, link& l);

    /// It says that it has everything, or that it wants nothing more of what it took.
    void said(time_point now, const link& l);
    /// Those are called whose time has come.
    void call(time_point now);
    time_point next_deadline() const;
    /// A call came up: whether it was for a proof.
    bool came_up(const endpoint& address);
    void not_there(time_point now, const endpoint& address);

    // --- a link that is there for a proof
    examination question(const torrent::piece_set& ours);
    /// After each of its events.
    void ask(time_point now, link& l);
    void answered(connection_id id, link& l, const wire::event::block& block);
    /// What we have there.
    void compare(link& l, const buffer& frames);
    void check(time_point now, link& l);
    void over(time_point now, const link& l);
    /// These blocks go to a peer. One that is out as a question proves nothing now: who asked may pass it on.
    void given(const std::vector<torrent::block_range>& blocks);
    /// What it was given counts for its host, which may come again, or from elsewhere.
    void left(time_point now, const link& l);

  private:
    struct doubtful {
        peer_id who;
        endpoint seen_at;
        std::string client;
        bool took_part = false;
        bool calling = false;
        int tries = 0;
        time_point due{};
    };
    void doubt(time_point now, const link& l, bool took_part);
    /// Its host was given one of so many parts of the torrent, or more.
    bool has_taken_part(const link& l, std::uint64_t parts) const;
    void believe(const endpoint& at);
    void try_again(time_point now, const endpoint& at);

    bool is_kin(const link& l) const;

    const peer_id& self_;
    peers& peers_;
    const upload& upload_;
    links& links_;
    outbox& out_;
    rng random_;
    torrent::geometry shape_;
    bool demanded_ = false;
    std::map<endpoint, doubtful> doubtful_;             // by where they take connections
    std::map<ip_address, std::uint64_t> taken_before_;  // by hosts, over connections that are gone
};

}  // namespace bt::swarm
