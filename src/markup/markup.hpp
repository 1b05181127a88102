// HTML and SVG that is right by construction. Tags and names of attributes are literals of this program; all
// other text is escaped on its way in; where a link leads is a type of its own, so that none can be a
// program.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "torrent/magnet.hpp"

namespace bt::markup {

/// Text known when this program is compiled.
class literal {
  public:
    consteval literal(const char* text) : text_(text) {}
    std::string_view text() const { return text_; }

  private:
    std::string_view text_;
};

/// An attribute whose value is only ever text: not a handler, not a style, not an address.
class attribute_name {
  public:
    consteval attribute_name(const char* text) : text_(text) {
        for (const std::string_view address :
             {"href", "src", "srcset", "action", "formaction", "data", "xlink:href"})
            if (text_ == address) throw "an address is a link";
        if (text_.starts_with("on") || text_ == "style" || text_ == "srcdoc") throw "the policy forbids it";
    }
    std::string_view text() const { return text_; }

  private:
    std::string_view text_;
};

/// A path on the server of the page, or a place on the same page.
class own_path {
  public:
    consteval own_path(const char* text) : text_(text) {
        if (!(text_.starts_with('/') || text_.starts_with('#')) || text_.starts_with("//"))
            throw "leads elsewhere";
    }
    std::string_view text() const { return text_; }

  private:
    std::string_view text_;
};

/// Where a page may lead: to another page of ours, that of a share, or to a magnet link.
class link {
  public:
    static link to(own_path path) { return link(std::string(path.text())); }
    /// An empty picture, so that a browser does not ask for one.
    static link to_nothing() { return link("data:,"); }
    /// `<folder><hash>` and what follows it.
    static link to(own_path folder, const info_hash& hash, literal ending = "");
    /// A file below it: what is between the slashes of `path` is escaped.
    static link below(own_path folder, const info_hash& hash, std::string_view path);
    /// The page of a share at a node of this network: "http://192.168.1.5:6980/s/<hash>/".
    static link to_share(const endpoint& node, const info_hash& hash);
    static link to(const torrent::magnet& magnet) { return link(magnet.to_uri()); }
    const std::string& text() const { return text_; }

  private:
    explicit link(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

class attribute {
  public:
    attribute(attribute_name name, std::string_view value) : name_(name.text()), value_(value) {}
    friend attribute href(const link& where) { return {"href", where}; }
    friend attribute source(const link& where) { return {"src", where}; }
    /// Not written unless it applies.
    friend attribute when(bool applies, attribute given) {
        if (!applies) given.name_ = {};
        return given;
    }
    std::string_view name() const { return name_; }
    const std::string& value() const { return value_; }

  private:
    attribute(std::string_view name, const link& where) : name_(name), value_(where.text()) {}
    std::string_view name_;
    std::string value_;
};
attribute href(const link& where);
attribute source(const link& where);
attribute when(bool applies, attribute given);

/// A run of markup. Text becomes one by being escaped and made printable.
class html {
  public:
    html() = default;
    html(std::string_view text);
    html(const std::string& text) : html(std::string_view(text)) {}
    html(const char* text) : html(std::string_view(text)) {}

    html& operator+=(const html& more) {
        text_ += more.text_;
        return *this;
    }
    bool empty() const { return text_.empty(); }
    const std::string& text() const { return text_; }
    /// The whole document, with what must stand in front of it.
    std::string document() const { return "<!DOCTYPE html>\n" + text_ + "\n"; }

    void open(literal tag, std::initializer_list<attribute> attributes);
    void close(literal tag);

  private:
    std::string text_;
};

/// One element: el("td", {{"class", "number"}}, "5 of ", total). Elements that hold nothing get no end tag.
template <class... Parts>
html el(literal tag, std::initializer_list<attribute> attributes, const Parts&... parts) {
    html out;
    out.open(tag, attributes);
    ((out += parts), ...);
    out.close(tag);
    return out;
}
template <class... Parts>
html el(literal tag, const Parts&... parts) {
    return el(tag, std::initializer_list<attribute>{}, parts...);
}

}  // namespace bt::markup
