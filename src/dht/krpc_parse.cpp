#include <array>
#include <limits>

#include "base/bencode.hpp"
#include "base/limits.hpp"
#include "dht/krpc.hpp"

namespace bt::dht::krpc {
namespace {

/// Old clients write keys in any order and numbers with leading zeros. What they mean is clear all the same.
constexpr bencode_limits datagram_limits{limits::bencode_packet_depth, limits::bencode_packet_tokens, false};
constexpr std::size_t shortest_message = 21;
constexpr auto any = std::numeric_limits<std::size_t>::max();

enum class type : std::uint8_t { integer, string, list, dict, whatever };

struct field {
    std::string_view key;
    type is;
    std::size_t least, most;  ///< bytes of a string, value of an integer
    bool required;
};

// The shapes. A key that does not fit its row counts as absent.

namespace envelope {
enum { t, y, q, a, r, e, ip, ro, v };
constexpr field shape[] = {
    {"t", type::string, 1, limits::dht_tid_bytes, true},
    {"y", type::string, 1, 1, true},
    {"q", type::string, 1, any, false},
    {"a", type::dict, 0, 0, false},
    {"r", type::dict, 0, 0, false},
    {"e", type::whatever, 0, 0, false},
    {"ip", type::string, 6, 18, false},
    {"ro", type::integer, 1, any, false},
    {"v", type::string, 1, 16, false},
};
}  // namespace envelope

namespace asked {
enum { id, target, info_hash, want, port, implied_port, token };
constexpr field ping[] = {
    {"id", type::string, 20, 20, true},
};
constexpr field find_node[] = {
    {"id", type::string, 20, 20, true},
    {"target", type::string, 20, 20, true},
    {"info_hash", type::string, 20, 20, false},
    {"want", type::list, 0, 0, false},
};
constexpr field get_peers[] = {
    {"id", type::string, 20, 20, true},
    {"target", type::string, 20, 20, false},
    {"info_hash", type::string, 20, 20, true},
    {"want", type::list, 0, 0, false},
};
constexpr field announce_peer[] = {
    {"id", type::string, 20, 20, true},
    {"target", type::string, 20, 20, false},
    {"info_hash", type::string, 20, 20, true},
    {"want", type::list, 0, 0, false},
    {"port", type::integer, 1, 65535, false},  // required unless implied
    {"implied_port", type::integer, 1, any, false},
    {"token", type::string, 0, limits::dht_token_bytes, true},
};
constexpr field other[] = {
    {"id", type::string, 20, 20, true},
    {"target", type::string, 20, 20, false},
    {"info_hash", type::string, 20, 20, false},
    {"want", type::list, 0, 0, false},
};
}  // namespace asked

namespace replied {
enum { id, nodes, nodes6, values, token };
constexpr field shape[] = {
    {"id", type::string, 20, 20, true},
    {"nodes", type::string, 0, any, false},
    {"nodes6", type::string, 0, any, false},
    {"values", type::list, 0, 0, false},
    {"token", type::string, 1, limits::dht_token_bytes, false},
};
}  // namespace replied

bool fits(const bencode_view& value, const field& rule) {
    switch (rule.is) {
        case type::string: {
            const auto text = value.string();
            return text && text->size() >= rule.least && text->size() <= rule.most;
        }
        case type::integer: {
            const auto number = value.integer();
            return number && *number >= 0 && static_cast<std::uint64_t>(*number) >= rule.least &&
                   static_cast<std::uint64_t>(*number) <= rule.most;
        }
        case type::list:
            return value.is_list();
        case type::dict:
            return value.is_dict();
        case type::whatever:
            return true;
    }
    return false;
}

/// The values of a dictionary that fit their rows, by row.
class checked {
  public:
    checked(const bencode_view& dict, std::span<const field> shape) {
        static_assert(std::size(envelope::shape) <= most_rows);
        for (std::size_t i = 0; i < shape.size(); ++i) {
            if (const auto value = dict.find(shape[i].key); value && fits(*value, shape[i]))
                values_[i] = value;
            else if (shape[i].required && missing_.empty())
                missing_ = shape[i].key;
        }
    }

    /// The name of the first required row without a value; empty: nothing is missing.
    std::string_view missing() const { return missing_; }
    bool has(std::size_t row) const { return values_[row].has_value(); }
    const std::optional<bencode_view>& at(std::size_t row) const { return values_[row]; }
    std::string_view string(std::size_t row) const { return has(row) ? *values_[row]->string() : ""; }
    std::int64_t integer(std::size_t row) const { return has(row) ? *values_[row]->integer() : 0; }
    node_id id(std::size_t row) const { return *node_id::from(as_bytes(string(row))); }

  private:
    static constexpr std::size_t most_rows = 9;
    std::array<std::optional<bencode_view>, most_rows> values_;
    std::string_view missing_;
};

struct known_method {
    std::string_view name;
    method what;
    std::span<const field> shape;
};
constexpr known_method methods[] = {
    {"ping", method::ping, asked::ping},
    {"find_node", method::find_node, asked::find_node},
    {"get_peers", method::get_peers, asked::get_peers},
    {"announce_peer", method::announce_peer, asked::announce_peer},
};
constexpr known_method unknown_one{"", method::other, asked::other};

const known_method& method_of(std::string_view name) {
    for (const auto& one : methods)
        if (one.name == name) return one;
    return unknown_one;
}

std::string_view text_of_missing(std::string_view key) {
    static constexpr std::pair<std::string_view, std::string_view> texts[] = {
        {"target", "missing 'target' key"}, {"info_hash", "missing 'info_hash' key"},
        {"token", "missing 'token' key"},   {"port", "'port' is missing or not 1 to 65535"},
        {"q", "missing 'q' key"},
    };
    for (const auto& [name, text] : texts)
        if (name == key) return text;
    return "malformed query";
}

void read_want(const std::optional<bencode_view>& list, query& out) {
    if (!list) return;
    for (const auto one : *list) {
        const auto name = one.string();
        out.want_v4 |= name == "n4";
        out.want_v6 |= name == "n6";
    }
}

std::optional<message> read_query(const checked& outer) {
    if (!outer.has(envelope::a)) return std::nullopt;
    const auto& what = method_of(outer.string(envelope::q));
    const checked args(*outer.at(envelope::a), what.shape);
    if (!args.has(asked::id)) return std::nullopt;
    const auto tid = outer.string(envelope::t);
    const auto refuse = [&](std::string_view missing) {
        return bad_query{tid, error_code::protocol, text_of_missing(missing)};
    };
    if (!outer.has(envelope::q)) return refuse("q");
    if (!args.missing().empty()) return refuse(args.missing());

    query made;
    made.tid = tid;
    made.what = what.what;
    made.id = args.id(asked::id);
    made.read_only = outer.has(envelope::ro);
    made.version = outer.string(envelope::v);
    if (made.what == method::ping) return made;
    const auto about =
        made.what == method::get_peers || made.what == method::announce_peer || !args.has(asked::target)
            ? asked::info_hash
            : asked::target;
    if (!args.has(about)) return bad_query{tid, error_code::unknown_method, "unknown method"};
    made.target = args.id(about);
    read_want(args.at(asked::want), made);
    if (made.what != method::announce_peer) return made;
    made.token = args.string(asked::token);
    made.implied_port = args.has(asked::implied_port);
    made.port = static_cast<std::uint16_t>(args.integer(asked::port));
    if (made.port == 0 && !made.implied_port) return refuse("port");
    return made;
}

/// Compact nodes of one family. A list that was cut or padded says nothing: none of it.
void read_nodes(std::string_view list, ip_family family, std::vector<contact>& out) {
    const std::size_t each = family == ip_family::v4 ? 26 : 38;
    if (list.size() % each != 0) return;
    out.reserve(out.size() + list.size() / each);
    for (auto rest = as_bytes(list); !rest.empty(); rest = rest.subspan(each)) {
        const auto at = endpoint::from_compact(rest.subspan(20, each - 20));
        // one of the other family is an IPv4 address dressed as IPv6, which no table may hold
        if (at && at->address.family() == family) out.push_back({*node_id::from(rest.first(20)), *at});
    }
}

std::optional<message> read_answer(const checked& outer) {
    if (!outer.has(envelope::r)) return std::nullopt;
    const checked values(*outer.at(envelope::r), replied::shape);
    if (!values.missing().empty()) return std::nullopt;
    answer made;
    made.tid = outer.string(envelope::t);
    made.version = outer.string(envelope::v);
    made.id = values.id(replied::id);
    made.token = values.string(replied::token);
    made.external = endpoint::from_compact(as_bytes(outer.string(envelope::ip)));
    read_nodes(values.string(replied::nodes), ip_family::v4, made.nodes);
    read_nodes(values.string(replied::nodes6), ip_family::v6, made.nodes);
    if (const auto& peers = values.at(replied::values))
        for (const auto one : *peers)
            if (const auto at = endpoint::from_compact(as_bytes(one.string().value_or(""))))
                made.peers.push_back(*at);
    return made;
}

message read_failure(const checked& outer) {
    failure made;
    made.tid = outer.string(envelope::t);
    const auto& what = outer.at(envelope::e);
    if (!what) return made;
    if (const auto text = what->string()) made.text = *text;
    for (const auto one : *what) {
        const auto code = one.integer();
        if (code && *code >= 0 && *code <= std::numeric_limits<int>::max())
            made.code = static_cast<int>(*code);
        else if (const auto text = one.string())
            made.text = *text;
    }
    return made;
}

}  // namespace

std::optional<message> parse(byte_view datagram) {
    if (datagram.size() < shortest_message || datagram.size() > limits::dht_datagram_bytes ||
        datagram.front() != 'd')
        return std::nullopt;
    const auto document = bencode_document::parse(datagram, datagram_limits);
    if (!document || document->size() != datagram.size()) return std::nullopt;
    const checked outer(document->root(), envelope::shape);
    if (!outer.missing().empty()) return std::nullopt;
    switch (outer.string(envelope::y)[0]) {
        case 'q':
            return read_query(outer);
        case 'r':
            return read_answer(outer);
        case 'e':
            return read_failure(outer);
        default:
            return std::nullopt;
    }
}

}  // namespace bt::dht::krpc
