// What our pages have in common.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "markup/markup.hpp"

namespace bt::markup {

/// A whole page around its content; `bottom`: the line at its end.
std::string page(std::string_view title, const html& top, const html& content, const html& bottom);
/// The line at the top: the program, whose page it is, and where one can go.
html banner(const link& home, const html& host, const html& navigation);

struct column {
    literal heading;
    literal kind = "";  ///< class of its cells: "number", "wide", "name"
};
/// A table whose first cell heads its row, and whose rows become cards on a narrow screen.
html table(std::string_view caption, std::initializer_list<column> columns,
           const std::vector<std::vector<html>>& rows);

/// Large figures with what they count.
struct fact {
    literal name;
    html value;
    html note = {};
};
html facts(std::initializer_list<fact> all);

/// A text to take along, with a button that copies it where scripts run. `id` is unique on its page.
html copyable(literal id, std::string_view text, std::string_view what);

}  // namespace bt::markup
