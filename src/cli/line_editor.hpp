// Lines of a user at a terminal, with editing, history and completion where libedit was there to build with,
// and plain lines elsewhere. It belongs to the process, as the terminal does: there is one.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bt::cli {

class line_editor {
  public:
    /// What the word being written may become: `line` up to its end.
    struct answer {
        std::vector<std::string> words;  ///< as they must be typed
        bool files = false;
    };
    using ask = std::function<answer(const std::string& line)>;

    /// `history`: the file it is kept in; empty: nowhere.
    line_editor(bool at_terminal, std::string history, ask complete);
    ~line_editor();
    line_editor(const line_editor&) = delete;
    line_editor& operator=(const line_editor&) = delete;

    /// Nothing at the end of the input.
    std::optional<std::string> line(const std::string& prompt);

  private:
    bool at_terminal_;
    std::string history_;
};

}  // namespace bt::cli
