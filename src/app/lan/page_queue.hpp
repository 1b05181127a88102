// In which order the LAN's pages are asked for: few of one address at a time, addresses in turn, those that
// have answered before first. So a host with hundreds of silent pages holds up its own and no other's. Pure:
// time is handed in.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "base/limits.hpp"
#include "base/time.hpp"

namespace bt::app {

template <class Question>
class page_queue {
  public:
    void add(const std::string& address, Question question) {
        lines_[address].waiting.push_back(std::move(question));
    }

    /// The next to be sent now, with its address; nothing if all places are taken. done() gives its place
    /// back.
    std::optional<std::pair<std::string, Question>> next(time_point now) {
        if (open_ >= limits::lan_pages_at_once) return std::nullopt;
        auto best = lines_.end();
        for (auto at = lines_.begin(); at != lines_.end(); ++at)
            if (at->second.may_send() && (best == lines_.end() || at->second.before(best->second))) best = at;
        if (best == lines_.end()) return std::nullopt;
        auto& one = best->second;
        auto question = std::move(one.waiting.front());
        one.waiting.pop_front();
        ++one.open;
        ++open_;
        one.turn = ++turns_;
        if (!one.first_sent) one.first_sent = one.heard = now;
        return std::pair(best->first, std::move(question));
    }
    void done(time_point now, const std::string& address, bool answered) {
        auto& one = lines_[address];
        --one.open;
        --open_;
        if (!answered) return;
        one.answered = true;
        one.heard = now;
    }

    /// Nothing is open of a host that is still worth waiting for: one that has been silent for a second, or
    /// that has had two, holds up nobody.
    bool is_quiet(time_point now) const {
        for (const auto& [address, one] : lines_) {
            if (one.open == 0 && one.waiting.empty()) continue;
            if (!one.first_sent) return false;
            if (now - one.heard < silence && now - *one.first_sent < patience) return false;
        }
        return true;
    }
    /// A new round: all are waited for as at first.
    void begin_round() {
        for (auto& [address, one] : lines_) one.first_sent.reset();
    }

  private:
    static constexpr duration silence = 1s, patience = 2s;

    struct line {
        std::deque<Question> waiting;
        std::size_t open = 0;
        bool answered = false;
        std::uint64_t turn = 0;
        std::optional<time_point> first_sent;
        time_point heard{};

        bool may_send() const { return !waiting.empty() && open < limits::lan_pages_per_address; }
        /// Whoever has nothing open goes first, so that each is asked once before any is asked twice.
        bool before(const line& other) const {
            return std::tuple(open, !answered, turn) < std::tuple(other.open, !other.answered, other.turn);
        }
    };

    std::map<std::string, line> lines_;
    std::size_t open_ = 0;
    std::uint64_t turns_ = 0;
};

}  // namespace bt::app
