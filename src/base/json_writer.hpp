// JSON written as it goes: what is written costs no memory, however much it is.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace bt {

/// Every value of an object follows its key. Bad UTF-8 is replaced; '<', '>', '&' and what shows nothing or
/// drives a terminal (is_hidden) are escaped.
class json_writer {
  public:
    using sink = std::function<void(std::string_view)>;

    /// `indent` < 0: one line. The sink gets large parts, the last one from finish().
    explicit json_writer(sink to, int indent = -1) : to_(std::move(to)), indent_(indent) {}
    /// Hands over what is left, and `after`.
    void finish(std::string_view after = {});

    json_writer& begin_object() { return begin('{'); }
    json_writer& begin_array() { return begin('['); }
    json_writer& end_object() { return end('}'); }
    json_writer& end_array() { return end(']'); }
    json_writer& key(std::string_view name);
    json_writer& value(const json& value);
    json_writer& text(std::string_view value);    ///< a string, without a copy of it
    json_writer& base64(std::string_view value);  ///< a string of any bytes
    json_writer& member(std::string_view name, const json& content) { return key(name).value(content); }
    /// The members of an object, as those of the one that is open.
    json_writer& members(const json& object);

  private:
    json_writer& begin(char bracket);
    json_writer& end(char bracket);
    void separate();
    void new_line();
    void quoted(std::string_view text);
    void number(double value);
    void flush_if_full();

    sink to_;
    int indent_;
    std::string pending_;
    std::vector<bool> open_;  // for each open array or object: true once something is in it
    bool after_key_ = false;
};

}  // namespace bt
