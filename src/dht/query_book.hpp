// The queries of ours that wait for an answer. An answer counts only from the endpoint that was asked and
// with the transaction id it was asked with: 4 random bytes, so that it cannot be guessed.
//
// A node that has not answered in the time most do is *slow*: whoever waits for it may go on with another,
// its answer still counts. After 4 s it has failed.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "dht/krpc.hpp"

namespace bt::dht {

/// An answer that has not come by then does not come.
inline constexpr duration query_timeout = 4s;

using transaction = std::array<std::uint8_t, 4>;

/// How long answers take: mean and deviation, as TCP estimates it (RFC 6298).
class round_trips {
  public:
    void sample(duration took);
    /// Within this most have answered; between 50 ms and 1 s, 250 ms while nothing is known.
    duration patience() const;
    /// 0 while nothing is known.
    duration median() const { return mean_; }

  private:
    duration mean_{}, deviation_{};
};

struct open_query {
    transaction tid{};
    endpoint to;
    std::optional<node_id> expected;  ///< the id it is known by; absent for an address that a node named
    krpc::method what = krpc::method::ping;
    std::uint64_t owner = 0;  ///< whose question it is, a number of the caller's
    time_point sent{};
    bool slow = false;
};

class query_book {
  public:
    explicit query_book(rng random) : random_(random) {}

    /// The query's `tid` and `sent` are filled in.
    const open_query& open(time_point now, open_query query, duration patience);
    /// The query this answers, which is closed by that; nothing for any other answer. What is overdue
    /// must have been ticked away before, or an answer after 4 s still counts.
    std::optional<open_query> close(const endpoint& from, std::string_view tid);
    bool is_open(const endpoint& to) const;
    /// What the time brought, once each: queries that became slow, and those that failed.
    struct overdue {
        open_query query;
        bool failed = false;  ///< else slow
    };
    std::optional<overdue> tick(time_point now);
    /// The system cannot send there: its queries have failed, at once.
    std::vector<open_query> fail_all(const endpoint& to);
    /// Nothing waits for these any more.
    void forget(std::uint64_t owner);
    time_point next_deadline() const;
    std::size_t size() const { return open_.size(); }
    bool is_open(std::uint64_t owner) const;
    /// Each query has its deadline and its place at its endpoint, and there are no others.
    bool is_sound() const;

  private:
    // Trees, not tables: an idle book holds nothing, and no choice of addresses makes them slow.
    struct entry {
        open_query query;
        time_point due{};  ///< when it becomes slow, or fails once it is
    };
    using entries = std::map<transaction, entry>;
    open_query take(entries::iterator at);

    rng random_;
    entries open_;
    std::set<std::pair<time_point, transaction>> deadlines_;
    std::set<std::pair<endpoint, transaction>> by_endpoint_;
};

}  // namespace bt::dht
