// A block of lines at the bottom of a terminal that is drawn again and again in place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/display/frame.hpp"

namespace bt::cli {

class screen {
  public:
    /// Hides the cursor until the end of its life.
    explicit screen(int fd, const terminal& traits);
    ~screen();
    screen(const screen&) = delete;
    screen& operator=(const screen&) = delete;

    /// What the lines must fit into now.
    look measure() const;
    /// Shows these lines instead of the last ones: one write, and none where nothing changed.
    void draw(const frame& lines);
    /// Takes the block away; text written now stands where it was.
    void erase();
    /// Text that stays, above the block. `to` may be another descriptor of the same terminal.
    void print_above(int to, std::string_view text);
    /// The width changed: what was drawn may have been wrapped.
    void resized() { stale_ = true; }

    void suspend();  ///< before the process stops
    void resume();   ///< after it goes on, perhaps on a changed screen

  private:
    std::string erasing() const;

    int fd_;
    terminal traits_;
    std::vector<std::string> shown_;
    std::vector<std::size_t> widths_;
    frame last_;
    bool stale_ = false, suspended_ = false;
};

}  // namespace bt::cli
