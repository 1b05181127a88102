#include <array>
#include <charconv>
#include <cstring>

#include "dht/krpc.hpp"

namespace bt::dht::krpc {
namespace {

std::size_t digits(std::size_t number) {
    std::size_t count = 1;
    for (; number >= 10; number /= 10) ++count;
    return count;
}
std::size_t size_of_string(std::size_t length) { return digits(length) + 1 + length; }
std::size_t size_of_compact(const endpoint& at) { return at.address.raw().size() + 2; }

/// Fills memory of a size known to be enough: base's writer keeps the keys to check their order, which costs
/// more than all the rest of a datagram.
class writer {
  public:
    explicit writer(std::size_t most) : out_(most) {}

    /// Bencoding that is always the same.
    writer& text(std::string_view literal) { return put(as_bytes(literal)); }
    writer& string(byte_view value) { return number(value.size()).text(":").put(value); }
    writer& string(std::string_view value) { return string(as_bytes(value)); }
    writer& integer(std::uint64_t value) { return text("i").number(value).text("e"); }
    writer& compact(const endpoint& at) {
        const std::uint8_t port[] = {static_cast<std::uint8_t>(at.port >> 8),
                                     static_cast<std::uint8_t>(at.port)};
        return text(at.address.is_v4() ? "6:" : "18:").put(at.address.raw()).put(port);
    }
    /// `t`, `v` and `y`, which end every message.
    bytes finish(std::string_view tid, std::string_view kind) {
        text("1:t").string(tid).text("1:v").string(our_version).text("1:y1:").text(kind).text("e");
        out_.resize(size_);
        return std::move(out_);
    }

  private:
    writer& put(byte_view part) {
        BT_ASSERT(part.size() <= out_.size() - size_);
        if (!part.empty()) std::memcpy(out_.data() + size_, part.data(), part.size());
        size_ += part.size();
        return *this;
    }
    writer& number(std::uint64_t value) {
        std::array<char, 20> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
        return text({digits.data(), static_cast<std::size_t>(end - digits.data())});
    }

    bytes out_;
    std::size_t size_ = 0;
};

std::size_t size_of_finish(std::size_t tid) {
    return 3 + size_of_string(tid) + 3 + size_of_string(our_version.size()) + 6 + 1;
}

std::string_view name_of(method what) {
    switch (what) {
        case method::ping:
            return "ping";
        case method::get_peers:
            return "get_peers";
        case method::announce_peer:
            return "announce_peer";
        default:
            BT_ASSERT(what == method::find_node);
            return "find_node";
    }
}

}  // namespace

bytes write_query(const query_form& query) {
    writer out(256 + query.token.size() + query.tid.size());  // the longest is 204 without these two
    out.text("d1:ad2:id").string(query.id.span());
    const bool about_torrent = query.what == method::get_peers || query.what == method::announce_peer;
    if (query.what == method::announce_peer && query.implied_port) out.text("12:implied_porti1e");
    if (about_torrent) out.text("9:info_hash").string(query.target.span());
    if (query.what == method::announce_peer) {
        out.text("4:port").integer(query.port).text("5:token").string(query.token);
    } else {
        if (query.what == method::find_node) out.text("6:target").string(query.target.span());
        if (query.want_v4 || query.want_v6) {
            out.text("4:wantl");
            if (query.want_v4) out.text("2:n4");
            if (query.want_v6) out.text("2:n6");
            out.text("e");
        }
    }
    out.text("e1:q").string(name_of(query.what));
    if (query.read_only) out.text("2:roi1e");
    return out.finish(query.tid, "q");
}

std::size_t size_of_pair(std::string_view key, std::size_t length) {
    return size_of_string(key.size()) + size_of_string(length);
}

std::size_t size_of_peer(ip_family family) { return size_of_string(family == ip_family::v4 ? 6 : 18); }

std::size_t size_of(const answer_form& answer) {
    std::size_t size = 1 + size_of_pair("ip", size_of_compact(answer.asker)) + 4 + size_of_pair("id", 20) + 1;
    if (answer.has_nodes || !answer.nodes.empty()) size += size_of_pair("nodes", answer.nodes.size());
    if (answer.has_nodes6 || !answer.nodes6.empty()) size += size_of_pair("nodes6", answer.nodes6.size());
    if (!answer.token.empty()) size += size_of_pair("token", answer.token.size());
    if (!answer.peers.empty()) size += size_of_string(6) + 2;
    for (const auto& peer : answer.peers) size += size_of_peer(peer.address.family());
    return size + size_of_finish(answer.tid.size());
}

bytes write_answer(const answer_form& answer) {
    writer out(size_of(answer));
    out.text("d2:ip").compact(answer.asker).text("1:rd2:id").string(answer.id.span());
    if (answer.has_nodes || !answer.nodes.empty()) out.text("5:nodes").string(answer.nodes);
    if (answer.has_nodes6 || !answer.nodes6.empty()) out.text("6:nodes6").string(answer.nodes6);
    if (!answer.token.empty()) out.text("5:token").string(answer.token);
    if (!answer.peers.empty()) {
        out.text("6:valuesl");
        for (const auto& peer : answer.peers) out.compact(peer);
        out.text("e");
    }
    out.text("e");
    return out.finish(answer.tid, "r");
}

bytes write_error(std::string_view tid, error_code code, std::string_view text) {
    writer out(64 + tid.size() + text.size());
    out.text("d1:el").integer(static_cast<std::uint64_t>(code)).string(text).text("e");
    return out.finish(tid, "e");
}

void append_compact(bytes& out, const contact& node) {
    std::array<std::uint8_t, 38> whole;
    const auto address = node.at.address.raw();
    auto end = std::copy(node.id.bytes.begin(), node.id.bytes.end(), whole.begin());
    end = std::copy(address.begin(), address.end(), end);
    *end++ = static_cast<std::uint8_t>(node.at.port >> 8);
    *end++ = static_cast<std::uint8_t>(node.at.port);
    out.insert(out.end(), whole.begin(), end);
}

}  // namespace bt::dht::krpc
