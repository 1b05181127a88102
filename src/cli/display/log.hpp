// Lines for whoever looks later what a service did: with the time where standard error is no terminal, with
// journald's priorities where it is the journal.
#pragma once

#include <string>
#include <string_view>

#include "app/daemon/daemon.hpp"
#include "cli/display/output.hpp"

namespace bt::cli {

class log {
  public:
    explicit log(output& out);

    /// The last ones, whether they were written or not.
    const app::log_lines& lines() const { return lines_; }

    void info(std::string_view text) { line(6, text); }
    void warning(std::string_view text) { line(4, text); }
    void error(std::string_view text) { line(3, text); }

  private:
    void line(int priority, std::string_view text);

    output& out_;
    bool journal_;
    app::log_lines lines_;
};

}  // namespace bt::cli
