// The lines a pipe gets on standard error: few, stable, made for grep and cut.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "app/session.hpp"
#include "base/time.hpp"

namespace bt::cli {

std::string sharing_line(std::string_view short_hash, std::string_view name, std::uint64_t size);
std::string get_line(std::string_view name, std::uint64_t size, std::string_view hash);
/// `eta` is empty where it is not known.
std::string progress_line(std::uint64_t have, std::uint64_t size, std::uint64_t rate, std::string_view eta,
                          std::size_t peers);
std::string verified_line(std::uint64_t size, duration took, std::uint64_t downloaded);

/// Where it has looked so far.
/// "5835 of 5835 pieces good"; with what becomes of bad ones.
std::string rechecked_text(const app::rechecked& look);
std::string finding_line(std::string_view short_hash, const app::torrent_status& status);

/// When the next progress line is due: at every 10 %, never twice within a second, so about 12 lines a
/// download.
class line_pace {
  public:
    bool due(duration now, std::uint64_t have, std::uint64_t size);

  private:
    unsigned next_percent_ = 10;
    duration last_{};
};

}  // namespace bt::cli
