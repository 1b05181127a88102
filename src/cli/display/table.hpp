// A table: aligned, with a header and cut to the width for a person; tab-separated lines in a pipe.
#pragma once

#include <string>
#include <vector>

#include "cli/display/output.hpp"

namespace bt::cli {

class table {
  public:
    struct column {
        std::string title;
        bool right = false;      ///< numbers
        bool gives = false;      ///< gives room when the line is too long; at least 8 columns stay
        bool both_ends = false;  ///< then it is cut in its middle
        bool leaves = false;     ///< is left out, the last one first, where even that is too long
    };
    explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}

    /// `shown` for a person, `raw` for a program; as many of each as there are columns. Printable already.
    void row(std::vector<std::string> shown, std::vector<std::string> raw);
    void print(output& out) const;

  private:
    struct line {
        std::vector<std::string> shown, raw;
    };
    std::vector<column> columns_;
    std::vector<line> lines_;
};

}  // namespace bt::cli
