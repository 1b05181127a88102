// The two streams of a command: the result on standard output, everything else on standard error.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "cli/commands.hpp"
#include "cli/terminal.hpp"

namespace bt::cli {

class output {
  public:
    explicit output(const general_options& general);

    const general_options& general() const { return general_; }
    const terminal& out() const { return out_; }
    const terminal& err() const { return err_; }

    /// One line of the result, written at once. A reader that went away is reported once, and remembered.
    void result(std::string_view line);
    bool result_lost() const { return lost_; }
    /// How a command ends that did what it was asked for.
    exit_code lost_or_done() const { return lost_ ? exit_code::failure : exit_code::done; }

    /// "error: …" and its hint; one JSON object with --json. `hash` says which torrent, where there are
    /// several.
    void error(const bt::error& why, const info_hash* hash = nullptr);
    /// error(), and how a command ends for it.
    ending fails(const bt::error& why);
    void warning(std::string_view text);  ///< silent with -q
    void note(std::string_view text);     ///< a line for people: silent with -q and with --json

  private:
    general_options general_;
    terminal out_, err_;
    bool lost_ = false;
};

/// For what is shown beside a result that with --json is one document: then nothing.
general_options beside_document(general_options general);

/// Fit to be shown. Lists of candidates have a line each, set in, so that no text can pass for another
/// message.
std::string shown_lines(std::string_view text);

/// The file name of a hash in messages: its first 8 digits.
std::string short_hash(const info_hash& hash);

}  // namespace bt::cli
