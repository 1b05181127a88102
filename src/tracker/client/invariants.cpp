// What holds after every input. Tests ask for it; the program does not.
#include <algorithm>

#include "base/limits.hpp"
#include "tracker/client/client.hpp"
#include "tracker/client/udp_client.hpp"

namespace bt::tracker {

bool client::is_sound() const {
    std::map<std::uint64_t, std::size_t> open;
    for (const auto& [number, one] : requests_) ++open[one.attempt];
    for (const auto& [number, one] : attempts_)
        if (one.open == 0 || one.open != open[number] || one.tracker >= trackers_.size()) return false;
    if (open.size() != attempts_.size()) return false;
    for (std::size_t i = 0; i < trackers_.size(); ++i) {
        const auto& one = trackers_[i];
        const bool waits = std::any_of(attempts_.begin(), attempts_.end(),
                                       [&](const auto& each) { return each.second.tracker == i; });
        if (one.parting != never && (running_ || !waits)) return false;
        if (one.known && !one.where) return false;
    }
    std::vector<std::size_t> listed;
    for (const auto& tier : tiers_) listed.insert(listed.end(), tier.begin(), tier.end());
    std::sort(listed.begin(), listed.end());
    std::size_t next = 0;
    for (std::size_t i = 0; i < trackers_.size(); ++i)
        if (trackers_[i].listed && (next == listed.size() || listed[next++] != i)) return false;
    if (next != listed.size()) return false;
    if (!running_) return !in_round_ && round_due() == never && next_tier_at_ == never;
    // a round ends with an answer, or goes on when one is late
    if (in_round_) return round_in_flight() || next_tier_at_ != never;
    return next_tier_at_ == never && (next_round_ != never || allowed_at() == never) &&
           earliest_round_ <= next_round_;
}

bool udp_client::is_sound() const {
    std::map<endpoint, std::size_t> waiting;
    for (const auto& [transaction, one] : questions_) {
        if (!due_.contains({one.due, transaction}) || one.due > one.give_up) return false;
        if (connects_.contains(transaction)) return false;
        if (one.waiting) ++waiting[one.to];
    }
    std::size_t connecting = 0;
    for (const auto& [at, one] : trackers_) {
        const auto here = waiting.find(at);
        if (one.waiting != (here == waiting.end() ? 0 : here->second)) return false;
        // what waits is waited for, and nothing else is
        if (one.connecting.has_value() != (one.waiting > 0)) return false;
        if (here != waiting.end()) waiting.erase(here);
        if (!one.connecting) continue;
        ++connecting;
        const auto connect = connects_.find(*one.connecting);
        if (connect == connects_.end() || connect->second != at) return false;
        if (!due_.contains({one.due, *one.connecting})) return false;
    }
    return waiting.empty() && connecting == connects_.size() &&
           due_.size() == questions_.size() + connects_.size() &&
           questions_.size() <= limits::udp_tracker_questions;
}

}  // namespace bt::tracker
