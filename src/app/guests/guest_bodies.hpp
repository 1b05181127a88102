// Downloads of guests as HTTP bodies that are read while they leave.
#pragma once

#include <cstdint>
#include <memory>

#include "app/guests/guest_reads.hpp"
#include "guest/archive.hpp"
#include "net/http_server.hpp"

namespace bt::app {

/// Counts the downloads that are under way, of each address.
class guest_count {
  public:
    class one {
      public:
        one(std::shared_ptr<guest_count> of, const ip_address& from);
        ~one();
        one(const one&) = delete;
        one& operator=(const one&) = delete;

      private:
        std::shared_ptr<guest_count> of_;
        ip_address from_;
    };
    std::size_t all() const { return all_; }
    std::size_t of(const ip_address& from) const;

  private:
    std::map<ip_address, std::size_t> each_;
    std::size_t all_ = 0;
};

/// `size` bytes of a torrent from `begin` on. `reads` outlives it.
std::shared_ptr<net::http_body> range_body(guest_reads& reads, std::shared_ptr<guest_count> count,
                                           const ip_address& from, const info_hash& torrent,
                                           std::uint64_t begin, std::uint64_t size);
/// Those of its files that `wanted` names, in one.
std::shared_ptr<net::http_body> archive_body(guest_reads& reads, std::shared_ptr<guest_count> count,
                                             const ip_address& from, torrent::info what,
                                             std::vector<bool> wanted, std::int64_t time,
                                             guest::archive::format how);

}  // namespace bt::app
