#include "markup/parts.hpp"

#include "base/version.hpp"

namespace bt::markup {
namespace {

html head(std::string_view title) {
    return el("head", el("meta", {{"charset", "utf-8"}}), el("title", title),
              el("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}),
              el("meta", {{"name", "color-scheme"}, {"content", "light dark"}}),
              el("link", {{"rel", "icon"}, href(link::to_nothing())}),
              el("link", {{"rel", "stylesheet"}, href(link::to("/page.css"))}),
              el("script", {source(link::to("/page.js")), {"defer", ""}}));
}

/// Three nodes that know each other.
html mark() {
    const auto line = [](std::string_view path) { return el("path", {{"d", path}}); };
    const auto dot = [](std::string_view x, std::string_view y) {
        return el("circle", {{"cx", x}, {"cy", y}, {"r", "3.2"}});
    };
    return el("svg", {{"class", "mark"}, {"viewBox", "0 0 24 24"}, {"aria-hidden", "true"}},
              line("M12 5L5 18M12 5l7 13M5 18h14"), dot("12", "5"), dot("5", "18"), dot("19", "18"));
}

}  // namespace

std::string page(std::string_view title, const html& top, const html& content, const html& bottom) {
    return el("html", {{"lang", "en"}}, head(title),
              el("body", el("a", {{"class", "skip"}, href(link::to("#content"))}, "Skip to the content"), top,
                 el("main", {{"id", "content"}, {"class", "inner"}}, content),
                 el("footer", {{"class", "bottom"}}, el("div", {{"class", "inner"}}, bottom))))
        .document();
}

html banner(const link& home, const html& host, const html& navigation) {
    html brand = el("a", {{"class", "brand"}, href(home)}, mark(), el("span", program_name));
    if (!host.empty()) brand += el("span", {{"class", "host"}}, host);
    return el("header", {{"class", "top"}},
              el("div", {{"class", "inner"}}, el("div", {{"class", "who"}}, brand), navigation,
                 el("span", {{"id", "live"}, {"class", "live"}, {"role", "status"}})));
}

html table(std::string_view caption, std::initializer_list<column> columns,
           const std::vector<std::vector<html>>& rows) {
    // roles are said aloud because a table drawn as cards is none to some screen readers
    html headings, body;
    for (const auto& column : columns)
        headings += el("th", {{"scope", "col"}, {"role", "columnheader"}, {"class", column.kind.text()}},
                       column.heading.text());
    for (const auto& row : rows) {
        html cells;
        auto column = columns.begin();
        for (const auto& cell : row) {
            if (column == columns.end()) break;
            const auto kind = column->kind.text(), heading = column->heading.text();
            cells +=
                column == columns.begin()
                    ? el("th", {{"scope", "row"}, {"role", "rowheader"}, {"class", kind}}, cell)
                    : el("td", {{"role", "cell"}, {"class", kind}, {"data-label", heading}}, el("div", cell));
            ++column;
        }
        body += el("tr", {{"role", "row"}}, cells);
    }
    return el("div", {{"class", "scroll"}},
              el("table", {{"role", "table"}}, el("caption", caption),
                 el("thead", {{"role", "rowgroup"}}, el("tr", {{"role", "row"}}, headings)),
                 el("tbody", {{"role", "rowgroup"}}, body)));
}

html facts(std::initializer_list<fact> all) {
    html list;
    for (const auto& [name, value, note] : all) {
        html figure = el("span", {{"class", "figure"}}, value);
        if (!note.empty()) figure += el("span", {{"class", "note"}}, note);
        list += el("div", el("dt", name.text()), el("dd", figure));
    }
    return el("dl", {{"class", "facts"}}, list);
}

html copyable(literal id, std::string_view text, std::string_view what) {
    return el("div", {{"class", "copyable"}}, el("code", {{"id", id.text()}}, text),
              el("button",
                 {{"type", "button"},
                  {"hidden", ""},
                  {"data-copy", id.text()},
                  {"aria-label", "Copy " + std::string(what)}},
                 "Copy"));
}

}  // namespace bt::markup
