// One torrent, one seed and its leechers, and how they fare.
#pragma once

#include <functional>
#include <vector>

#include "sim/swarm/scenarios.hpp"
#include "sim/world.hpp"

namespace bt::sim {

inline constexpr std::size_t KiB = limits::KiB, MiB = limits::MiB;

struct crowd_plan {
    unsigned leechers = 20;
    std::size_t size = 16 * MiB;
    std::uint32_t piece = 64 * KiB;
    /// Everybody behind an uplink of its own, known to each other from the start; else on one LAN.
    bool far = false;
    std::uint64_t up = 1 * MiB, down = 1 * MiB;  ///< of every host
    /// What is special about the seed (0) and leecher i (1 …).
    std::function<void(unsigned i, host_plan&)> adapt = {};
};

class crowd {
  public:
    crowd(std::uint64_t seed, const crowd_plan& plan);

    host& join();  ///< one more leecher
    /// Until all of them are complete or it is hopeless; how many are not.
    unsigned finish(const std::vector<host*>& those);
    unsigned finish() { return finish(leechers); }
    double took(const host& h) const;                       ///< seconds, from the start to its last piece
    double slowest(const std::vector<host*>& those) const;  ///< the worst of those
    double elapsed() const { return seconds(w.now() - began); }
    /// Seconds that no way of sharing is faster than, if those are all there is besides the seed.
    double bound(const std::vector<host*>& those) const;
    double bound() const { return bound(leechers); }
    double multiple(std::uint64_t bytes) const { return double(bytes) / double(data.content.size()); }
    /// Distinct pieces of the leechers together make a whole copy.
    bool has_a_copy(const std::vector<host*>& those) const;

    crowd_plan plan;
    world w;
    torrent_data data;
    host* seed = nullptr;
    std::vector<host*> leechers;
    time_point began{};

  private:
    host& add(unsigned i);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> rates_;  // up and down, by host number
    unsigned count_ = 0;
};

}  // namespace bt::sim
