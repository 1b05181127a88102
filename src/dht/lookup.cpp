#include "dht/lookup.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "dht/distance.hpp"
#include "dht/secure_id.hpp"

namespace bt::dht {

namespace {

/// Open queries of a lookup, slow ones that may still answer included.
constexpr std::size_t open_per_alpha = 3;
/// A namer of so many silent nodes is doubted unless enough of the others answer.
constexpr unsigned doubtful_silent = 3, silent_per_alive = 2;

}  // namespace

std::vector<std::size_t> choose_nearest(std::span<const bool> secure, std::size_t wanted) {
    const auto fitting = static_cast<std::size_t>(std::count(secure.begin(), secure.end(), true));
    auto insecure_left = std::max(wanted / 2, wanted - std::min(wanted, fitting));
    std::vector<std::size_t> taken;
    taken.reserve(std::min(wanted, secure.size()));
    for (std::size_t i = 0; i < secure.size() && taken.size() < wanted; ++i) {
        if (!secure[i] && insecure_left == 0) continue;
        if (!secure[i]) --insecure_left;
        taken.push_back(i);
    }
    return taken;
}

bool lookup::record::is_doubtful() const {
    return silent >= doubtful_silent && silent > silent_per_alive * alive;
}

bool lookup::is_doubtful(const candidate& which) const {
    if (which.named_by[0] == nobody) return false;
    return std::all_of(which.named_by.begin(), which.named_by.end(),
                       [&](namer by) { return by == nobody || namers_[by].is_doubtful(); });
}

lookup::place lookup::find(const endpoint& at) {
    return std::find_if(candidates_.begin(), candidates_.end(),
                        [&](const candidate& c) { return c.node.at == at; });
}

// --- candidates come

void lookup::add(const contact& node, unsigned hop) { add(node, hop, nobody); }

void lookup::add(const endpoint& bootstrap) {
    if (find(bootstrap) != candidates_.end()) return;
    candidate made;
    made.node.at = bootstrap;
    made.id_known = false;
    insert(std::move(made));
    trim();
}

void lookup::add(const contact& node, unsigned hop, namer by) {
    if (node.id == plan_.own) return;
    const auto known = find(node.at);
    if (by != nobody && known != candidates_.end() && known->id_known && known->node.id == node.id) {
        const bool again =
            std::find(known->named_by.begin(), known->named_by.end(), by) != known->named_by.end();
        const auto free = std::find(known->named_by.begin(), known->named_by.end(), nobody);
        if (again || free == known->named_by.end()) return;
        *free = by;
        if (known->at == stage::answered) ++namers_[by].alive;
        if (known->at == stage::slow || known->at == stage::failed) ++namers_[by].silent;
        return;
    }
    if (!make_way(node)) return;
    candidate made;
    made.node = node;
    made.named_by[0] = by;
    made.secure = plan_.where == realm::local || is_secure(node.id, node.at.address);
    made.hop = hop;
    insert(std::move(made));
    trim();
}

/// Two that cannot both be among the nearest: one id, or in the world one subnet.
bool lookup::same_place(const contact& a, const contact& b) const {
    return a.id == b.id ||
           (plan_.where == realm::world && subnet_of(a.at.address) == subnet_of(b.at.address));
}

/// False if a candidate stands in the way. The first that is named stays, but not where nothing speaks for
/// it: a liar could keep any node away by naming another in its place.
bool lookup::make_way(const contact& node) {
    std::vector<std::size_t> yielding;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        const auto& c = candidates_[i];
        const bool same_endpoint = c.node.at == node.at;
        if (!same_endpoint && (!c.id_known || !same_place(c.node, node))) continue;
        if (c.at == stage::fresh && is_doubtful(c))
            yielding.push_back(i);
        else if (same_endpoint || (c.at != stage::failed && c.at != stage::slow))
            return false;
    }
    for (auto i = yielding.rbegin(); i != yielding.rend(); ++i)
        candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(*i));
    return true;
}

void lookup::insert(candidate&& made) {
    const auto before = [&](const candidate& a, const candidate& b) {
        if (a.id_known != b.id_known) return !a.id_known;
        return a.id_known && closer(plan_.target, a.node.id, b.node.id);
    };
    candidates_.insert(std::upper_bound(candidates_.begin(), candidates_.end(), made, before),
                       std::move(made));
}

/// The farthest fresh one goes, a doubtful one before all. One that was asked stays, so that none is asked
/// twice and no lookup asks more than there are places.
void lookup::trim() {
    if (candidates_.size() <= limits::dht_candidates) return;
    auto farthest = candidates_.rend(), doubtful = candidates_.rend();
    for (auto c = candidates_.rbegin(); c != candidates_.rend(); ++c) {
        if (c->at != stage::fresh) continue;
        if (farthest == candidates_.rend()) farthest = c;
        if (doubtful == candidates_.rend() && is_doubtful(*c)) doubtful = c;
    }
    const auto gone = doubtful != candidates_.rend() ? doubtful : farthest;
    BT_ASSERT(gone != candidates_.rend());  // the newest is fresh
    candidates_.erase(std::next(gone).base());
}

// --- which node to ask

/// The places in candidates_ of the nearest that answered.
std::vector<std::size_t> lookup::chosen() const {
    std::vector<std::size_t> answered;
    std::array<bool, limits::dht_candidates> secure;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        if (candidates_[i].at != stage::answered) continue;
        secure[answered.size()] = candidates_[i].secure;
        answered.push_back(i);
    }
    auto taken = choose_nearest(std::span(secure).first(answered.size()), plan_.wanted);
    BT_ASSERT(taken.size() <= plan_.wanted);
    for (auto& which : taken) which = answered[which];
    return taken;
}

lookup::reach lookup::within() const {
    const auto everything = candidates_.size();
    const auto taken = chosen();
    if (taken.size() < plan_.wanted || taken.empty()) return {false, everything, everything};
    std::size_t insecure = 0, last_insecure = 0;
    for (const auto at : taken) {
        if (candidates_[at].secure) continue;
        ++insecure;
        last_insecure = at;
    }
    const auto half = plan_.wanted / 2;
    // One more that fits its address takes the place of one that does not, however far it is, while those
    // are more than half; once they are half, another of them must be nearer than the last of them.
    return {true, insecure > half ? everything : taken.back(),
            insecure < half ? taken.back() : last_insecure};
}

bool lookup::matters(std::size_t at, const reach& now) const {
    return at < (candidates_[at].secure ? now.secure : now.insecure);
}

const lookup::candidate* lookup::best_fresh() const {
    const auto now = within();
    const candidate* doubted = nullptr;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        const auto& c = candidates_[i];
        if (c.at != stage::fresh || !matters(i, now)) continue;
        if (!is_doubtful(c)) return &c;
        if (doubted == nullptr) doubted = &c;
    }
    return now.enough ? nullptr : doubted;
}

/// The slow ones that are worth waiting for. What a liar made up would hold the others up for seconds.
std::size_t lookup::hoped_for() const {
    if (slow_ == 0) return 0;
    return static_cast<std::size_t>(
        std::count_if(candidates_.begin(), candidates_.end(),
                      [&](const candidate& c) { return c.at == stage::slow && !is_doubtful(c); }));
}

std::optional<lookup::question> lookup::next() {
    if (on_their_way_ >= plan_.alpha || on_their_way_ + hoped_for() >= open_per_alpha * plan_.alpha)
        return std::nullopt;
    const auto* best = best_fresh();
    if (best == nullptr) return std::nullopt;
    BT_ASSERT(best->at == stage::fresh);
    auto& asked = candidates_[static_cast<std::size_t>(best - candidates_.data())];
    asked.at = stage::asked;
    ++on_their_way_;
    ++asked_;
    return question{asked.node.at, asked.id_known ? std::optional(asked.node.id) : std::nullopt};
}

// --- what became of it

/// Tells those that named it. `by`: 1, or -1 to take it back.
void lookup::believe(const candidate& which, bool answers, int by) {
    for (const auto named_by : which.named_by) {
        if (named_by == nobody) continue;
        BT_ASSERT(named_by < namers_.size());
        auto& count = answers ? namers_[named_by].alive : namers_[named_by].silent;
        BT_ASSERT(by > 0 || count > 0);
        count = static_cast<std::uint16_t>(count + by);
    }
}

/// Moves a candidate from asked to its final stage.
void lookup::settle(candidate& which, stage at) {
    BT_ASSERT(which.at == stage::asked || (which.at == stage::slow && at != stage::slow));
    BT_ASSERT(which.at == stage::asked ? on_their_way_ > 0 : slow_ > 0);
    if (which.at == stage::slow) {
        --slow_;
        believe(which, false, -1);
    } else {
        --on_their_way_;
    }
    if (at == stage::slow) ++slow_;
    believe(which, at == stage::answered, 1);
    which.at = at;
}

void lookup::answered(const endpoint& from, const node_id& id, std::span<const contact> named,
                      std::string_view token) {
    const auto found = find(from);
    if (found == candidates_.end() || (found->at != stage::asked && found->at != stage::slow)) return;
    const bool is_taken = std::any_of(candidates_.begin(), candidates_.end(), [&](const candidate& c) {
        return c.at == stage::answered && same_place(c.node, {id, from});
    });
    if ((found->id_known && found->node.id != id) || id == plan_.own || is_taken)
        return settle(*found, stage::failed);
    settle(*found, stage::answered);
    ++answers_;

    auto self = std::move(*found);
    candidates_.erase(found);
    self.node.id = id;
    self.id_known = true;
    self.secure = plan_.where == realm::local || is_secure(id, from.address);
    if (token.size() <= limits::dht_token_bytes) self.token = token;
    std::erase_if(candidates_, [&](const candidate& c) {
        return c.at == stage::fresh && c.id_known && same_place(c.node, self.node);
    });
    const auto hop = self.hop + 1;
    insert(std::move(self));

    BT_ASSERT(namers_.size() < nobody);
    const auto by = static_cast<namer>(namers_.size());
    namers_.emplace_back();
    for (const auto& node : named.first(std::min(named.size(), limits::dht_named_nodes)))
        if (node.id != id && node.at != from) add(node, hop, by);
}

void lookup::slow(const endpoint& to) {
    const auto found = find(to);
    if (found != candidates_.end() && found->at == stage::asked) settle(*found, stage::slow);
}

void lookup::failed(const endpoint& to) {
    const auto found = find(to);
    if (found != candidates_.end() && (found->at == stage::asked || found->at == stage::slow))
        settle(*found, stage::failed);
}

// --- the end

bool lookup::is_over() const {
    if (best_fresh() != nullptr) return false;
    const auto now = within();
    // A neighbour that is late is gone: it costs those that wait seconds, and is among the nearest of
    // all.
    const bool waits = plan_.where == realm::world || answers_ == 0;
    if (!now.enough) return on_their_way_ + (waits ? slow_ : 0) == 0;
    // Enough have answered: only one that may be nearer and has not used up its time is waited for.
    for (std::size_t i = 0; i < candidates_.size(); ++i)
        if (candidates_[i].at == stage::asked && matters(i, now)) return false;
    return true;
}

std::vector<lookup::holder> lookup::nearest() const {
    std::vector<holder> found;
    for (const auto at : chosen()) found.push_back({candidates_[at].node, candidates_[at].token});
    return found;
}

unsigned lookup::hops() const {
    unsigned most = 0;
    for (const auto at : chosen()) most = std::max(most, candidates_[at].hop);
    return most;
}

}  // namespace bt::dht
