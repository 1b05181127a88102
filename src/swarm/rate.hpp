// How fast bytes flow, and how fast they may.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace bt::swarm {

/// Bytes per second: with less a place, or a slot, is not used. A line of a LAN that hundreds share carries
/// more to each, and so does a slow uplink with all its slots.
constexpr std::uint64_t least_use(bool near) { return near ? 65'536 : 1'024; }

/// Bytes per second, averaged over the last five seconds (fewer while it is younger).
class rate_meter {
  public:
    void add(time_point now, std::uint64_t bytes);
    std::uint64_t per_second(time_point now) const;
    std::uint64_t total() const { return total_; }

  private:
    static constexpr std::size_t slots = 20;
    static constexpr duration slot_time = 250ms;
    void advance(time_point now);

    std::array<std::uint64_t, slots> bytes_{};
    std::int64_t slot_ = -1;  // number of the newest slot since the clock's zero
    time_point first_{};
    std::uint64_t total_ = 0;
};

/// A token bucket of bytes. A limit of 0 is no limit. May go into debt, so that one block larger than what is
/// left can leave; the debt is paid before the next.
class rate_limit {
  public:
    void set(std::uint64_t bytes_per_second) { limit_ = bytes_per_second; }
    std::uint64_t limit() const { return limit_; }
    /// What may be used now.
    std::uint64_t allowance(time_point now);
    void use(std::uint64_t bytes);
    void give_back(std::uint64_t bytes);  ///< used, and not moved after all
    /// When allowance() becomes positive again; the past when it is.
    time_point available_at() const;

  private:
    std::uint64_t limit_ = 0;
    double tokens_ = 0;
    std::optional<time_point> at_;  // when they were counted
};

/// A limit that several torrents share: what comes in goes in equal parts to those that lately wanted any,
/// and what one of them leaves goes to the others. A limit of 0 is no limit. May go into debt, as rate_limit
/// does.
class shared_limit {
  public:
    using user = std::uint32_t;
    void set(std::uint64_t bytes_per_second);
    std::uint64_t limit() const { return limit_; }
    user join();
    void leave(user who);
    /// What this user may use now. One that asks wants some, for a second or until it got any.
    std::uint64_t allowance(time_point now, user who);
    void use(user who, std::uint64_t bytes);
    void give_back(user who, std::uint64_t bytes);
    /// When allowance() becomes positive again if no other comes or goes; the past when it is.
    time_point available_at(user who) const;

  private:
    struct part {
        double tokens = 0;
        time_point wants_until = time_point::min();
        bool live = false;
    };
    double most() const;
    bool wants(const part& one) const { return one.wants_until > *at_; }
    double brim(const part& one) const;
    time_point next_change() const;
    time_point paid_at(user who) const;
    void advance(time_point now);
    void pour(double amount);

    std::uint64_t limit_ = 0;
    std::optional<time_point> at_;  // up to when it was shared out
    double spare_ = 0;              // no user's: saved up, or owed by those that left
    std::vector<part> parts_;
    std::vector<user> free_;
    std::vector<user> live_;   // those that want some or owe some: the others cost nothing
    std::size_t wanting_ = 0;  // of them
};

/// What one torrent may use: the smaller of its own limit and its part of the node's. While something waits
/// for it the limit counts as starved.
class torrent_limit {
  public:
    explicit torrent_limit(shared_limit& all) : all_(&all), user_(all.join()) {}
    ~torrent_limit() {
        if (all_ != nullptr) all_->leave(user_);
    }
    torrent_limit(torrent_limit&& from) noexcept
        : all_(std::exchange(from.all_, nullptr)),
          user_(from.user_),
          own_(from.own_),
          shares_(from.shares_),
          starved_since_(from.starved_since_) {}
    torrent_limit& operator=(torrent_limit&&) = delete;

    void set(std::uint64_t bytes_per_second) { own_.set(bytes_per_second); }
    /// Whether the node's holds for it.
    void share(bool on) { shares_ = on; }
    std::uint64_t allowance(time_point now);
    void use(std::uint64_t bytes);
    void give_back(std::uint64_t bytes);
    time_point available_at() const {
        return shares_ ? std::max(own_.available_at(), all_->available_at(user_)) : own_.available_at();
    }

    /// Something waits from now on.
    void starve(time_point now) {
        if (!starved_since_) starved_since_ = now;
    }
    void relieve() { starved_since_.reset(); }
    bool is_starved() const { return starved_since_.has_value(); }
    /// When what waits is to be tried again; `never`: nothing waits.
    time_point resumes_at() const {
        return starved_since_ ? std::max(available_at(), *starved_since_ + least_pause) : never;
    }

  private:
    /// What comes in meanwhile goes in one turn.
    static constexpr duration least_pause = 5ms;

    shared_limit* all_;
    shared_limit::user user_;
    rate_limit own_;
    bool shares_ = true;
    std::optional<time_point> starved_since_;
};

}  // namespace bt::swarm
