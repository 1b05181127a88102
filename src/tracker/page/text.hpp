// Numbers for the readers of the pages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/size_text.hpp"
#include "base/time.hpp"

namespace bt::tracker {

std::string rate_text(std::uint64_t bytes_per_second);  ///< "118.2 MB/s"
std::string duration_text(duration time);               ///< "5s", "2m 14s", "1h 02m", "3d 04h"
std::string ago_text(duration time);                    ///< "now", "2m ago"
std::string grouped(std::uint64_t number);              ///< "5 835", with a narrow space that does not break
std::string decimal_text(double number);                ///< "0.25", "3.1", "1 204": three digits or the whole
std::string counted(std::uint64_t number, std::string_view thing);  ///< "1 peer", "2 peers"
std::string percent_text(double part);          ///< of 0…1: "41 %"; 100 only when all is there
std::string latency_text(double seconds);       ///< "34 µs", "1.2 ms", "2 s"
std::string short_hash(const info_hash& hash);  ///< the first 12 digits and "…"
/// The registered name, else the short hash.
std::string shown_name(const std::optional<std::string>& name, const info_hash& hash);
/// Names are claims: "also called a.iso, b.iso".
std::string other_names_text(const std::vector<std::string>& names);

/// 0…1 of `size` when `left` is missing; nothing where the size is unknown or contradicts it.
std::optional<double> done_part(std::uint64_t left, std::uint64_t size);

}  // namespace bt::tracker
