// One iterative lookup: towards the nodes nearest to a target, a few questions at a time, each answer naming
// nearer ones (Kademlia; BEP 5). Pure: which node to ask next comes out, what was answered goes in.
//
// It ends by convergence: when the 8 nearest that can be had have answered and no nearer one is left to ask.
// In the world no two candidates share a subnet, a node that answers with another id than it was named with
// is dropped, and among the 8 at most half may have ids that do not fit their address (BEP 42) as long as
// there are others.
//
// A liar can name nodes that are nearer than any honest one and do not exist. So a namer is believed as
// long as what it names answers: after a few silent ones the rest of them waits behind all others.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "dht/address_rules.hpp"
#include "dht/contact.hpp"

namespace bt::dht {

struct lookup_plan {
    node_id target;
    realm where = realm::world;
    std::size_t wanted = 8;
    /// Questions on their way at once that are not slow; the local realm has no reason to spare them.
    std::size_t alpha = 3;
    /// Our own id, never a candidate.
    std::optional<node_id> own = std::nullopt;
};

class lookup {
  public:
    explicit lookup(const lookup_plan& plan) : plan_(plan) {}

    /// A node that another or our table named. Of the right family and realm and plausible: the caller's
    /// part.
    void add(const contact& node, unsigned hop = 0);
    /// An address that may be a node, its id unknown: asked before all others.
    void add(const endpoint& bootstrap);

    struct question {
        endpoint to;
        std::optional<node_id> expected;
    };
    /// The node to ask now; it counts as asked. Nothing while enough are on their way, or at the end.
    std::optional<question> next();

    /// `named`: the nodes of its answer, at most the first 16 of which count. `token` as it stands in it.
    void answered(const endpoint& from, const node_id& id, std::span<const contact> named,
                  std::string_view token);
    void slow(const endpoint& to);
    void failed(const endpoint& to);

    /// No node is left to ask, or the nearest have answered; what is still on its way does not matter.
    bool is_over() const;

    struct holder {
        contact node;
        std::string token;  ///< empty: it takes no announce
    };
    /// The nearest that answered, by the rule above, at most `wanted`.
    std::vector<holder> nearest() const;
    const node_id& target() const { return plan_.target; }
    unsigned hops() const;  ///< the longest chain of answers that led to one of the nearest
    std::size_t asked() const { return asked_; }
    std::size_t answers() const { return answers_; }
    /// What is counted is there; candidates are in order, of different endpoints, and believed as their
    /// namers are.
    bool is_sound() const;

  private:
    enum class stage : std::uint8_t { fresh, asked, slow, answered, failed };
    using namer = std::uint8_t;  // a place in namers_; an answer makes a namer, and few are asked
    static constexpr namer nobody = 255;
    struct candidate {
        contact node;
        std::string token;
        std::array<namer, 3> named_by{nobody, nobody, nobody};
        stage at = stage::fresh;
        bool id_known = true, secure = true;
        unsigned hop = 0;
    };
    /// What became of the nodes it named.
    struct record {
        std::uint16_t silent = 0, alive = 0;
        bool is_doubtful() const;
    };
    /// How far a candidate may stand from the target and still come among the nearest: places in candidates_.
    struct reach {
        bool enough = false;  ///< as many as wanted have answered
        std::size_t secure = 0, insecure = 0;
    };

    using place = std::vector<candidate>::iterator;
    place find(const endpoint& at);
    void add(const contact& node, unsigned hop, namer by);
    bool make_way(const contact& node);
    void insert(candidate&& made);
    void trim();
    void settle(candidate& which, stage at);
    void believe(const candidate& which, bool answers, int by);
    bool same_place(const contact& a, const contact& b) const;
    bool is_doubtful(const candidate& which) const;
    reach within() const;
    bool matters(std::size_t at, const reach& now) const;
    const candidate* best_fresh() const;
    std::size_t hoped_for() const;
    std::vector<std::size_t> chosen() const;

    lookup_plan plan_;
    std::vector<candidate> candidates_;  // those of unknown id, then nearest first; bounded
    std::vector<record> namers_;
    std::size_t asked_ = 0, answers_ = 0;
    std::size_t on_their_way_ = 0, slow_ = 0;
};

/// The rule for the nearest in the world: `secure` in the order of distance, nearest first. Gives the places
/// of those taken: at most `wanted`, at most half of them insecure unless there are not enough others.
std::vector<std::size_t> choose_nearest(std::span<const bool> secure, std::size_t wanted);

}  // namespace bt::dht
