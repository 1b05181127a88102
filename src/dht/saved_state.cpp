#include "dht/saved_state.hpp"

#include <algorithm>

#include "base/bencode.hpp"
#include "base/limits.hpp"

namespace bt::dht {
namespace {

constexpr std::size_t id_size = node_id::size;

unexpected<error> bad(const std::string& why) {
    return fail(errc::bad_data, "this is no saved state of a DHT node: " + why);
}

// A zone is a number of this run of the system, and means another link in the next.
bool is_worth_keeping(const endpoint& at) {
    return at.is_usable() && !(at.address.is_v6() && at.address.scope() == address_scope::link_local);
}

bytes compact(const std::vector<contact>& nodes, ip_family family) {
    bytes out;
    std::size_t kept = 0;
    for (const auto& n : nodes) {
        if (n.at.address.family() != family || !is_worth_keeping(n.at)) continue;
        if (kept++ == limits::dht_saved_nodes) break;
        byte_writer(out).raw(n.id.span());
        n.at.append_compact(out);
    }
    return out;
}

/// The string at `key`: empty where there is none, an error where there is something else.
result<std::string_view> string_at(const bencode_view& root, std::string_view key) {
    const auto value = root.find(key);
    if (!value) return std::string_view{};
    const auto text = value->string();
    if (!text) return bad("'" + std::string(key) + "' is no string");
    return *text;
}

result<std::optional<node_id>> id_at(const bencode_view& root, std::string_view key) {
    const auto text = string_at(root, key);
    if (!text) return unexpected(text.error());
    if (!root.find(key)) return std::optional<node_id>{};
    const auto id = node_id::from(as_bytes(*text));
    if (!id) return bad("'" + std::string(key) + "' is not 20 bytes long");
    return id;
}

result<std::optional<ip_address>> address_at(const bencode_view& root, std::string_view key,
                                             ip_family family) {
    const auto text = string_at(root, key);
    if (!text) return unexpected(text.error());
    if (!root.find(key)) return std::optional<ip_address>{};
    const std::size_t size = family == ip_family::v4 ? 4 : 16;
    if (text->size() != size)
        return bad("'" + std::string(key) + "' is not " + std::to_string(size) + " bytes long");
    const auto address = ip_address::from_bytes(as_bytes(*text));
    if (!address || address->family() != family || address->scope() != address_scope::global)
        return std::optional<ip_address>{};
    return address;
}

result<void> read_nodes(const bencode_view& root, std::string_view key, ip_family family,
                        std::vector<contact>& out) {
    const auto text = string_at(root, key);
    if (!text) return unexpected(text.error());
    const std::size_t size = id_size + (family == ip_family::v4 ? 6 : 18);
    if (text->size() % size != 0)
        return bad("'" + std::string(key) + "' is no multiple of " + std::to_string(size) + " bytes");
    if (text->size() / size > limits::dht_saved_nodes)
        return bad("'" + std::string(key) + "' holds more than " + std::to_string(limits::dht_saved_nodes) +
                   " nodes");
    byte_reader from(as_bytes(*text));
    while (const auto one = from.take(size)) {
        const auto at = endpoint::from_compact(one->subspan(id_size));
        if (!at || at->address.family() != family || !is_worth_keeping(*at)) continue;
        out.push_back({*node_id::from(one->first(id_size)), *at});
    }
    return {};
}

}  // namespace

bytes write_state(const saved_state& state) {
    bencode_writer out;
    out.begin_dict();
    if (state.id_v4) out.pair("id4", state.id_v4->span());
    if (state.id_v6) out.pair("id6", state.id_v6->span());
    if (state.external_v4 && state.external_v4->is_v4()) out.pair("ip4", state.external_v4->raw());
    if (state.external_v6 && state.external_v6->is_v6()) out.pair("ip6", state.external_v6->raw());
    out.pair("nodes", compact(state.nodes, ip_family::v4));
    out.pair("nodes6", compact(state.nodes, ip_family::v6));
    out.end_dict();
    return out.take();
}

result<saved_state> read_state(byte_view content) {
    const auto document = bencode_document::parse(content, bencode_packet);
    if (!document) return bad(std::string(to_string(document.error().what)));
    const auto root = document->root();
    if (!root.is_dict()) return bad("it is no dictionary");

    saved_state state;
    const auto take = [](auto&& read, auto& into) -> result<void> {
        if (!read) return unexpected(read.error());
        into = *read;
        return {};
    };
    if (auto ok = take(id_at(root, "id4"), state.id_v4); !ok) return unexpected(ok.error());
    if (auto ok = take(id_at(root, "id6"), state.id_v6); !ok) return unexpected(ok.error());
    if (auto ok = take(address_at(root, "ip4", ip_family::v4), state.external_v4); !ok)
        return unexpected(ok.error());
    if (auto ok = take(address_at(root, "ip6", ip_family::v6), state.external_v6); !ok)
        return unexpected(ok.error());
    if (auto ok = read_nodes(root, "nodes", ip_family::v4, state.nodes); !ok) return unexpected(ok.error());
    if (auto ok = read_nodes(root, "nodes6", ip_family::v6, state.nodes); !ok) return unexpected(ok.error());
    return state;
}

}  // namespace bt::dht
