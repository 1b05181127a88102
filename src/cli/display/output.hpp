// The two streams of a command: the result on standard output, everything else on standard error.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/json_writer.hpp"
#include "base/result.hpp"
#include "cli/commands.hpp"
#include "cli/terminal.hpp"

namespace bt::cli {

class output {
  public:
    explicit output(const general_options& general);

    const general_options& general() const { return general_; }
    void set_detail(bool quiet, int verbose) { general_.quiet = quiet, general_.verbose = verbose; }
    const terminal& out() const { return out_; }
    const terminal& err() const { return err_; }

    /// One line of the result, written at once. A reader that went away is reported once, and remembered.
    void result(std::string_view line);
    /// Whole lines of it, each with its end.
    void result_lines(std::string_view lines);
    /// A line, or a document of many with `indent`, that is never held as a whole.
    void result(const std::function<void(json_writer&)>& write, int indent = -1);
    /// Results are kept, for show_held().
    void hold() { held_.emplace(); }
    /// As many lines of what is kept as fit in so many rows, and how many more there are.
    void show_held(std::size_t rows);
    bool result_lost() const { return lost_; }
    /// How a command ends that did what it was asked for.
    exit_code lost_or_done() const { return lost_ ? exit_code::failure : exit_code::done; }

    /// "error: …" and its hint; one JSON object with --json. `hash` says which torrent, where there are
    /// several.
    void error(const bt::error& why, const info_hash* hash = nullptr);
    /// error(), and how a command ends for it.
    ending fails(const bt::error& why);
    void warning(std::string_view text);   ///< silent with -q
    void note(std::string_view text);      ///< a line for people: silent with -q and with --json
    void picture(std::string_view lines);  ///< likewise; they are our own

  private:
    general_options general_;
    terminal out_, err_;
    bool lost_ = false;
    std::optional<std::string> held_;
};

/// Many lines of the result, written together.
class result_block {
  public:
    explicit result_block(output& out) : out_(out) {}
    ~result_block() { out_.result_lines(lines_); }
    result_block(const result_block&) = delete;
    result_block& operator=(const result_block&) = delete;
    void line(std::string_view text);

  private:
    output& out_;
    std::string lines_;
};

/// For what is shown beside a result that with --json is one document: then nothing.
general_options beside_document(general_options general);

/// Fit to be shown. Lists of candidates have a line each, set in, so that no text can pass for another
/// message.
std::string shown_lines(std::string_view text);

/// The file name of a hash in messages: its first 8 digits.
std::string short_hash(const info_hash& hash);

}  // namespace bt::cli
