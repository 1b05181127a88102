// What the live display shows, as lines that fit. Pure: a standing goes in, lines come out.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/display/bar.hpp"
#include "cli/display/reporter.hpp"
#include "cli/terminal.hpp"

namespace bt::cli {

struct look {
    std::size_t columns = 80, rows = 24;
    bool color = false, ascii = false;
};

/// One line made of coloured runs. What lies beyond the width of the terminal is cut.
class styled_line {
  public:
    styled_line& add(std::string text, role as = role::plain);
    styled_line& bar(const std::vector<bar_cell>& cells, bool ascii);
    /// Blanks up to a column.
    styled_line& to(std::size_t column);
    std::size_t width() const { return width_; }
    std::string render(const look& look) const;

  private:
    std::vector<std::pair<std::string, role>> runs_;
    std::size_t width_ = 0;
};
using frame = std::vector<styled_line>;

/// One torrent with what only the display knows about it.
struct pictured {
    const item* what;
    const app::torrent_status* status;
    std::string left;  ///< "18s left"
    duration elapsed{};
};

styled_line hashing_frame(std::string_view name, std::uint64_t done, std::uint64_t total, duration elapsed,
                          const look& look);
frame share_frame(const std::vector<pictured>& torrents, const look& look);
frame get_frame(const std::vector<pictured>& torrents, bool keys, const look& look);
/// At most `look.rows - 1` lines, or the cursor could not come back to the first.
void fit_rows(frame& lines, const look& look);

/// Transmission's letters, and L for this network.
std::string peer_flags(const app::peer_status& peer);

}  // namespace bt::cli
