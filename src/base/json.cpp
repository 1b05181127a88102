// The only file that sees the JSON library, which only reads.
#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include "base/json_writer.hpp"

namespace bt {
namespace {

/// Looking for a repeated key costs time with the square of their number; no object of ours has that many.
constexpr std::size_t most_keys = 1'024;

}  // namespace

/// Builds a value from the library's parser events, so that depth and repeated keys are bounded while
/// reading.
struct json_text : nlohmann::json_sax<nlohmann::json> {
    json_text(std::size_t depth, std::size_t most_values) : depth_(depth), room_(most_values) {}

    json root;
    std::string trouble;

    bool null() override { return put(json()); }
    bool boolean(bool value) override { return put(value); }
    bool number_integer(number_integer_t value) override { return put(value); }
    bool number_unsigned(number_unsigned_t value) override { return put(value); }
    bool number_float(number_float_t value, const string_t&) override { return put(value); }
    bool string(string_t& value) override { return put(std::move(value)); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(json(json::object())); }
    bool start_array(std::size_t) override { return open(json(json::array())); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        if (path_.back()->members()->size() >= most_keys)
            return refuse("an object of more than " + std::to_string(most_keys) + " keys");
        if (path_.back()->find(name) != nullptr) return refuse("the key '" + name + "' stands twice");
        key_ = std::move(name);
        return true;
    }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
        return refuse("not JSON at byte " + std::to_string(position));
    }

  private:
    bool refuse(std::string why) {
        if (trouble.empty()) trouble = std::move(why);
        return false;
    }
    /// Nothing where there is no room.
    json* place(json value) {
        if (room_ == 0) {
            refuse("too many values");
            return nullptr;
        }
        --room_;
        if (path_.empty()) return &(root = std::move(value));
        auto& parent = path_.back()->value_;
        if (auto* list = std::get_if<json::array>(&parent)) return &list->emplace_back(std::move(value));
        return &std::get<json::object>(parent).emplace_back(std::move(key_), std::move(value)).second;
    }
    bool put(json value) { return place(std::move(value)) != nullptr; }
    bool open(json value) {
        if (path_.size() >= depth_) return refuse("nested deeper than " + std::to_string(depth_));
        auto* placed = place(std::move(value));
        if (placed != nullptr) path_.push_back(placed);
        return placed != nullptr;
    }
    bool close() {
        path_.pop_back();
        return true;
    }

    std::size_t depth_, room_;  // levels, and values that may still come
    std::vector<json*> path_;   // a parent does not grow while a child of it is open
    std::string key_;
};

void json::push_back(json element) {
    if (std::holds_alternative<std::monostate>(value_)) value_ = array();
    std::get<array>(value_).push_back(std::move(element));
}

json& json::operator[](std::string_view key) {
    if (std::holds_alternative<std::monostate>(value_)) value_ = object();
    auto& all = std::get<object>(value_);
    for (auto& [name, value] : all)
        if (name == key) return value;
    return all.emplace_back(std::string(key), json()).second;
}

void json::append(json members) {
    if (auto* all = std::get_if<object>(&members.value_))
        for (auto& [name, value] : *all) (*this)[name] = std::move(value);
}

std::optional<bool> json::boolean() const {
    const auto* value = std::get_if<bool>(&value_);
    return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<std::int64_t> json::integer() const {
    if (const auto* value = std::get_if<std::int64_t>(&value_)) return *value;
    if (const auto* value = std::get_if<std::uint64_t>(&value_); value != nullptr && *value <= INT64_MAX)
        return static_cast<std::int64_t>(*value);
    return std::nullopt;
}

std::optional<std::uint64_t> json::natural() const {
    if (const auto* value = std::get_if<std::uint64_t>(&value_)) return *value;
    if (const auto* value = std::get_if<std::int64_t>(&value_); value != nullptr && *value >= 0)
        return static_cast<std::uint64_t>(*value);
    return std::nullopt;
}

std::optional<double> json::number() const {
    if (const auto* value = std::get_if<double>(&value_)) return *value;
    if (const auto* value = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*value);
    if (const auto* value = std::get_if<std::uint64_t>(&value_)) return static_cast<double>(*value);
    return std::nullopt;
}

std::optional<std::string_view> json::text() const {
    const auto* value = std::get_if<std::string>(&value_);
    return value == nullptr ? std::nullopt : std::optional<std::string_view>(*value);
}

const json* json::find(std::string_view key) const {
    if (const auto* all = members())
        for (const auto& [name, value] : *all)
            if (name == key) return &value;
    return nullptr;
}

std::optional<std::uint64_t> json::find_natural(std::string_view key) const {
    const auto* value = find(key);
    return value == nullptr ? std::nullopt : value->natural();
}

std::optional<std::string_view> json::find_text(std::string_view key) const {
    const auto* value = find(key);
    return value == nullptr ? std::nullopt : value->text();
}

std::string json::dump(int indent) const {
    std::string text;
    json_writer writer([&](std::string_view part) { text += part; }, indent);
    writer.value(*this).finish();
    return text;
}

result<json> json::parse(std::string_view text, std::size_t depth, std::size_t most_values) {
    json_text reader(depth, most_values);
    try {
        if (nlohmann::json::sax_parse(text.begin(), text.end(), &reader) && reader.trouble.empty())
            return std::move(reader.root);
    } catch (const std::exception& why) {  // a number beyond every type
        return fail(errc::bad_data, std::string("not JSON: ") + why.what());
    }
    return fail(errc::bad_data, reader.trouble.empty() ? "not JSON" : reader.trouble);
}

}  // namespace bt
