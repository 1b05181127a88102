#include "session/resume.hpp"

#include <algorithm>

#include "base/bencode.hpp"
#include "base/limits.hpp"

namespace bt::session {
namespace {

unexpected<error> bad(const std::string& why) {
    return fail(errc::bad_data, "what was kept of the torrent is damaged: " + why);
}

// A zone is a number of this run of the system, and means another link in the next.
bool is_worth_keeping(const endpoint& at) {
    return at.is_usable() && !(at.address.is_v6() && at.address.scope() == address_scope::link_local);
}

bytes compact(const std::vector<endpoint>& peers, ip_family family) {
    bytes out;
    std::size_t kept = 0;
    for (const auto& peer : peers) {
        if (!is_worth_keeping(peer)) continue;
        if (kept++ == limits::saved_peers) break;
        if (peer.address.family() == family) peer.append_compact(out);
    }
    return out;
}

result<void> read_peers(const bencode_view& root, std::string_view key, ip_family family,
                        std::vector<endpoint>& out) {
    const auto value = root.find(key);
    if (!value) return {};
    const auto text = value->string();
    const std::size_t size = family == ip_family::v4 ? 6 : 18;
    if (!text || text->size() % size != 0 || text->size() / size > limits::saved_peers)
        return bad("'" + std::string(key) + "'");
    byte_reader from(as_bytes(*text));
    while (const auto one = from.take(size)) {
        const auto at = endpoint::from_compact(*one);
        if (at && at->address.family() == family && is_worth_keeping(*at)) out.push_back(*at);
    }
    return {};
}

result<std::uint64_t> natural_at(const bencode_view& root, std::string_view key) {
    const auto value = root.find(key);
    const auto number = value ? value->integer() : std::nullopt;
    if (!number || *number < 0) return bad("'" + std::string(key) + "'");
    return static_cast<std::uint64_t>(*number);
}

std::int64_t bounded(std::uint64_t number) {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(number, INT64_MAX));
}

}  // namespace

bytes write_resume(const resume_data& memory) {
    bencode_writer out;
    out.begin_dict();
    out.pair("down", bounded(memory.downloaded));
    if (memory.held) out.pair("held", torrent::write_held(*memory.held));
    out.pair("peers", compact(memory.peers, ip_family::v4));
    out.pair("peers6", compact(memory.peers, ip_family::v6));
    out.pair("seen", memory.seen);
    out.pair("up", bounded(memory.uploaded));
    out.end_dict();
    return out.take();
}

result<resume_data> read_resume(byte_view content) {
    const auto document = bencode_document::parse(content, bencode_packet);
    if (!document) return bad(std::string(to_string(document.error().what)));
    const auto root = document->root();
    if (!root.is_dict()) return bad("it is no dictionary");
    resume_data memory;
    const auto down = natural_at(root, "down"), up = natural_at(root, "up"), seen = natural_at(root, "seen");
    for (const auto* number : {&down, &up, &seen})
        if (!*number) return unexpected<error>(number->error());
    memory.downloaded = *down;
    memory.uploaded = *up;
    memory.seen = static_cast<std::int64_t>(*seen);
    if (auto ok = read_peers(root, "peers", ip_family::v4, memory.peers); !ok)
        return unexpected<error>(ok.error());
    if (auto ok = read_peers(root, "peers6", ip_family::v6, memory.peers); !ok)
        return unexpected<error>(ok.error());
    if (const auto value = root.find("held")) {
        const auto text = value->string();
        auto held = torrent::read_held(as_bytes(text.value_or("")));
        if (!held) return bad("'held'");
        memory.held = std::move(*held);
    }
    return memory;
}

}  // namespace bt::session
