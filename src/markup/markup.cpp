#include "markup/markup.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"

namespace bt::markup {
namespace {

/// Right in text and between any quotes.
void append_escaped(std::string& out, std::string_view text) {
    const std::string shown = printable(text, std::numeric_limits<std::size_t>::max());
    for (const char c : shown) switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
}

bool holds_nothing(std::string_view tag) {
    return tag == "meta" || tag == "link" || tag == "br" || tag == "hr";
}

}  // namespace

link link::to(own_path folder, const info_hash& hash, literal ending) {
    return link(std::string(folder.text()) + to_hex(hash.span()) + std::string(ending.text()));
}

link link::to_share(const endpoint& node, const info_hash& hash) {
    return link("http://" + node.to_string() + "/s/" + to_hex(hash.span()) + "/");
}

link link::below(own_path folder, const info_hash& hash, std::string_view path) {
    auto text = std::string(folder.text()) + to_hex(hash.span());
    for (auto rest = path; !rest.empty();) {
        const auto element = rest.substr(0, rest.find('/'));
        text += "/" + percent_encode(as_bytes(element));
        rest.remove_prefix(std::min(rest.size(), element.size() + 1));
    }
    return link(std::move(text));
}

html::html(std::string_view text) { append_escaped(text_, text); }

void html::open(literal tag, std::initializer_list<attribute> attributes) {
    text_ += '<';
    text_ += tag.text();
    for (const auto& given : attributes) {
        if (given.name().empty()) continue;
        text_ += ' ';
        text_ += given.name();
        text_ += "=\"";
        append_escaped(text_, given.value());
        text_ += '"';
    }
    text_ += '>';
}

void html::close(literal tag) {
    if (holds_nothing(tag.text())) return;
    text_ += "</";
    text_ += tag.text();
    text_ += '>';
}

}  // namespace bt::markup
