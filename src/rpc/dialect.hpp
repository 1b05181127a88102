// Private to this room. The two forms of the protocol: the old one, in which a name is peer-limit or
// hashString as it happened, and JSON-RPC 2.0, in which all are snake_case. In this room's code a name stands
// in its old form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace bt::rpc {

enum class dialect : std::uint8_t { old, json_rpc };

/// "peer-limit", "hashString", "isUTP" -> "peer_limit", "hash_string", "is_utp".
std::string snake_case(std::string_view old_name);
/// An old name as it is in the dialect.
std::string name_in(dialect how, std::string_view old_name);

// The codes of JSON-RPC errors; the old dialect has the text alone.
namespace code {
inline constexpr int parse = -32700, invalid_request = -32600, no_method = -32601, invalid_params = -32602,
                     internal = -32603;
inline constexpr int announce_list = 1, tracker_list = 2, path_not_absolute = 3, unrecognized = 4, system = 5,
                     file_index = 6, http = 8, corrupt_torrent = 9;
}  // namespace code

/// What a method gives. In the old dialect an error may come with arguments.
struct outcome {
    json::object value;
    std::string error;
    int code = 0;

    static outcome fails(int code, std::string error) { return {{}, std::move(error), code}; }
};

/// What a method is asked with.
class arguments {
  public:
    /// Nothing is as good as an object without members.
    arguments(dialect how, const json* params) : how_(how), params_(params) {}

    dialect how() const { return how_; }
    std::string name(std::string_view old_name) const { return name_in(how_, old_name); }
    const json* find(std::string_view old_name) const;
    std::optional<std::string_view> text(std::string_view old_name) const;
    std::optional<std::int64_t> integer(std::string_view old_name) const;
    /// Also 0 and 1, as some clients write it.
    std::optional<bool> flag(std::string_view old_name) const;

  private:
    dialect how_;
    const json* params_;
};

}  // namespace bt::rpc
