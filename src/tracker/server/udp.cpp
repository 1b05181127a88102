// The UDP tracker protocol (BEP 15). A sender's address can be forged, so nothing longer than the question
// goes to a host that has not proved to receive at its address: it proves it with a connection id, which is a
// keyed hash of address and time and so costs no memory.
//
//   connect   question  magic u64  action u32 = 0  transaction u32
//             answer    action u32 = 0  transaction u32  connection id u64
//   announce  question  connection id u64  action u32 = 1  transaction u32  info-hash 20  peer id 20
//                       downloaded u64  left u64  uploaded u64  event u32  address u32  key u32  numwant i32
//                       port u16  [options, BEP 41]
//             answer    action  transaction  interval u32  leechers u32  seeders u32  peers 6 or 18 each
//   scrape    question  connection id u64  action u32 = 2  transaction u32  info-hash 20 …
//             answer    action  transaction  (seeders u32  completed u32  leechers u32) …
//   error     answer    action u32 = 3  transaction u32  text
#include <algorithm>

#include "tracker/server/server_impl.hpp"

namespace bt::tracker {
namespace {

constexpr std::uint64_t protocol_id = 0x41727101980;
constexpr std::size_t connect_bytes = 16, announce_bytes = 98;
constexpr std::size_t usual_numwant = 50;
/// An id is good in its epoch and the next one, so for two to four minutes.
constexpr duration epoch_length = 2min;

enum action : std::uint32_t { connect = 0, announce_it = 1, scrape = 2, failure = 3 };

/// Writes big-endian into the answer; what does not fit is left out.
class packet {
  public:
    explicit packet(std::span<std::uint8_t> out) : out_(out) {}
    template <std::unsigned_integral T>
    packet& number(T value) {
        if (out_.size() - size_ < sizeof(T)) return *this;
        for (int shift = static_cast<int>(sizeof(T) - 1) * 8; shift >= 0; shift -= 8)
            out_[size_++] = static_cast<std::uint8_t>(value >> shift);
        return *this;
    }
    packet& raw(byte_view data) {
        if (out_.size() - size_ < data.size()) return *this;
        std::copy(data.begin(), data.end(), out_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += data.size();
        return *this;
    }
    std::size_t size() const { return size_; }

  private:
    std::span<std::uint8_t> out_;
    std::size_t size_ = 0;
};

std::size_t refuse(std::span<std::uint8_t> answer, std::uint32_t transaction, std::string_view text,
                   std::size_t question_bytes) {
    // shorter than the question, as it may go to a host that did not ask
    BT_ASSERT(question_bytes >= connect_bytes);
    text = text.substr(0, question_bytes - 8);
    return packet(answer).number<std::uint32_t>(failure).number(transaction).raw(as_bytes(text)).size();
}

}  // namespace

std::uint64_t server::impl::connection_id(const ip_address& from, std::uint64_t epoch) const {
    std::array<std::uint8_t, 24> text{};
    const auto raw = from.raw();
    std::copy(raw.begin(), raw.end(), text.begin());
    for (std::size_t i = 0; i < 8; ++i) text[16 + i] = static_cast<std::uint8_t>(epoch >> 8 * i);
    return connection_hash(text);
}

bool server::impl::is_connection_id(time_point now, const ip_address& from, std::uint64_t id) const {
    const auto epoch = static_cast<std::uint64_t>(now.time_since_epoch() / epoch_length);
    // compared as whole words: time tells nothing of how near a guess is
    return connection_id(from, epoch) == id || connection_id(from, epoch - 1) == id;
}

std::size_t server::impl::udp_connect(time_point now, const asker& who, byte_view datagram,
                                      std::span<std::uint8_t> answer) {
    byte_reader in(datagram.subspan(12));
    const auto transaction = in.number<std::uint32_t>().value_or(0);
    const auto epoch = static_cast<std::uint64_t>(now.time_since_epoch() / epoch_length);
    answered(now, transport::udp, request_kind::connect);
    return packet(answer)
        .number<std::uint32_t>(connect)
        .number(transaction)
        .number(connection_id(who.from, epoch))
        .size();
}

std::size_t server::impl::udp_announce(time_point now, const asker& who, const endpoint& from,
                                       byte_view datagram, std::span<std::uint8_t> answer) {
    byte_reader in(datagram.subspan(12));
    const auto number32 = [&] { return in.number<std::uint32_t>().value_or(0); };
    const auto number64 = [&] { return in.number<std::uint64_t>().value_or(0); };
    const auto transaction = number32();
    announce_question asked;
    asked.hash = info_hash::from(in.take(20).value_or(byte_view{})).value_or(info_hash{});
    asked.id = peer_id::from(in.take(20).value_or(byte_view{})).value_or(peer_id{});
    asked.downloaded = number64();
    asked.left = number64();
    asked.uploaded = number64();
    const auto event = number32();
    asked.event = event == 1   ? announce_event::completed
                  : event == 2 ? announce_event::started
                  : event == 3 ? announce_event::stopped
                               : announce_event::none;
    const auto claimed = ip_address::from_bytes(in.take(4).value_or(byte_view{}));
    asked.key = number32();
    const auto wanted = static_cast<std::int32_t>(number32());
    asked.port = in.number<std::uint16_t>().value_or(0);
    std::string claimed_text;
    if (who.where.from == reach::host && claimed && !claimed->is_unspecified()) {
        claimed_text = claimed->to_string();
        asked.ip = claimed_text;
    }

    const bool v4 = who.from.is_v4();
    auto want =
        std::min(wanted < 0 ? usual_numwant : static_cast<std::size_t>(wanted), limits::tracker_numwant_udp);
    BT_ASSERT(answer.size() >= announce_bytes);
    want = std::min(want, (answer.size() - 20) / (v4 ? 6 : 18));
    auto said = said_by(asked, who, from);
    const auto counts = announce(now, who, said, want, false);
    if (!counts) {
        refused(now, transport::udp, request_kind::announce, counts.error().reason);
        return refuse(answer, transaction, counts.error().text, datagram.size());
    }
    answered(now, transport::udp, request_kind::announce);
    packet out(answer);
    out.number<std::uint32_t>(announce_it).number(transaction).number(counts->interval);
    out.number(counts->leechers).number(counts->seeders);
    return out.raw(told.compact(v4 ? ip_family::v4 : ip_family::v6)).size();
}

std::size_t server::impl::udp_scrape(time_point now, byte_view datagram, std::span<std::uint8_t> answer) {
    byte_reader in(datagram.subspan(12));
    packet out(answer);
    out.number<std::uint32_t>(scrape).number(in.number<std::uint32_t>().value_or(0));
    for (std::size_t count = 0; count < limits::tracker_scrapes; ++count) {
        const auto raw = in.take(20);
        if (!raw) break;
        const auto hash = info_hash::from(*raw).value_or(info_hash{});
        const auto number = allowed(hash) ? store.find(hash) : no_record;
        std::uint32_t seeders = 0, completed = 0, leechers = 0;
        if (number != no_record) {
            const auto& torrent = store.torrent(number);
            seeders = torrent.seeders, completed = torrent.completed, leechers = torrent.leechers;
        }
        out.number(seeders).number(completed).number(leechers);
    }
    answered(now, transport::udp, request_kind::scrape);
    return out.size();
}

std::size_t server::udp(time_point now, const endpoint& from, const ip_address& to, byte_view datagram,
                        std::span<std::uint8_t> answer) {
    auto& s = *impl_;
    s.counted.bytes_in += datagram.size();
    answer = answer.first(std::min(answer.size(), limits::tracker_datagram_bytes));
    byte_reader in(datagram);
    const auto id = in.number<std::uint64_t>();
    const auto action = in.number<std::uint32_t>();
    const auto transaction = in.number<std::uint32_t>();
    if (!id || !action || !transaction || answer.size() < announce_bytes || from.port == 0) return 0;
    const bool right_size = *action == connect       ? *id == protocol_id
                            : *action == announce_it ? datagram.size() >= announce_bytes
                            : *action == scrape      ? datagram.size() >= connect_bytes + 20
                                                     : false;
    if (!right_size) {
        ++s.counted.reasons[static_cast<std::size_t>(reject_reason::malformed)];
        return 0;
    }
    const asker who(s.around, from.address, to);
    const auto kind = *action == connect       ? request_kind::connect
                      : *action == announce_it ? request_kind::announce
                                               : request_kind::scrape;
    std::size_t size = 0;
    if (!s.may_ask(now, who)) {
        s.refused(now, transport::udp, kind, reject_reason::too_many);
    } else if (kind == request_kind::connect) {
        size = s.udp_connect(now, who, datagram, answer);
    } else if (!s.is_connection_id(now, from.address, *id)) {
        s.refused(now, transport::udp, kind, reject_reason::connection_id);
        size = refuse(answer, *transaction, "unknown connection id", datagram.size());
    } else {
        size = kind == request_kind::announce ? s.udp_announce(now, who, from, datagram, answer)
                                              : s.udp_scrape(now, datagram, answer);
    }
    BT_ASSERT(size <= answer.size());
    s.counted.bytes_out += size;
    return size;
}

}  // namespace bt::tracker
