// The tracker's memory across a restart. Numbers are big-endian; ages are seconds before the snapshot began.
//
//   head     "bt-tracker" version u8  unix seconds u64
//   'T'      torrent u32  info-hash 20  completed u32
//   'P'      torrent u32  first bytes of its info-hash 4  peer id 20  left u64  age u32  flags u8
//            addresses u8, each: bytes u8 (4 or 16)  address  zone u32  port u16  key u32  age u32  lifetime
//            u16  flags u8
//   'R'      info-hash 20  size u64  files u32  flags u8  name u16 …  torrent u32 …
//   'E'      the end: without it something is missing
//
// Between two parts torrents may come and go and their numbers be used again, so a peer repeats a piece of
// the hash it belongs to.
#include <algorithm>
#include <unordered_map>

#include "base/text.hpp"
#include "tracker/server/server_impl.hpp"

namespace bt::tracker {
namespace {

constexpr std::string_view magic = "bt-tracker";
constexpr std::uint8_t version = 1;
constexpr std::size_t records_per_part = 2'000, part_bytes = 256 * limits::KiB;
constexpr std::uint8_t flag_completed = 1, flag_seeder = 2, flag_verified = 4, flag_hidden = 8;

struct saved_address {
    endpoint at;
    std::uint32_t key, age;
    std::uint16_t lifetime;
    bool seeder;
};
struct saved_peer {
    std::uint32_t torrent;
    std::array<std::uint8_t, 4> tag;
    peer_id id;
    std::uint64_t left;
    std::uint32_t age;
    bool completed;
    std::array<std::optional<saved_address>, 2> addresses;
};
struct saved_torrent {
    std::uint32_t number;
    info_hash hash;
    std::uint32_t completed;
};
struct saved_registration {
    info_hash hash;
    registration entry;
};

/// Takes the snapshot apart; after the first thing that is not right there is nothing.
class snapshot_reader {
  public:
    explicit snapshot_reader(byte_view data) : in_(data) {}

    bool head(std::uint64_t& unix_seconds) {
        const auto name = in_.take(magic.size());
        const auto number = in_.number<std::uint8_t>();
        const auto seconds = in_.number<std::uint64_t>();
        if (!name || as_text(*name) != magic || number != version || !seconds) return false;
        unix_seconds = *seconds;
        return true;
    }
    template <class Torrent, class Peer, class Registration>
    bool records(Torrent torrent, Peer peer, Registration entry) {
        while (const auto kind = in_.number<std::uint8_t>()) {
            bool right = false;
            if (*kind == 'E') return in_.remaining() == 0;
            if (*kind == 'T') right = read_torrent(torrent);
            if (*kind == 'P') right = read_peer(peer);
            if (*kind == 'R') right = read_registration(entry);
            if (!right) return false;
        }
        return false;
    }

  private:
    template <class Id>
    bool id(Id& into) {
        const auto raw = in_.take(Id::size);
        if (!raw) return false;
        std::copy(raw->begin(), raw->end(), into.bytes.begin());
        return true;
    }
    template <class T>
    bool number(T& into) {
        const auto value = in_.number<T>();
        if (value) into = *value;
        return value.has_value();
    }
    template <class Visit>
    bool read_torrent(Visit visit) {
        saved_torrent one{};
        if (!number(one.number) || !id(one.hash) || !number(one.completed)) return false;
        visit(one);
        return true;
    }
    template <class Visit>
    bool read_peer(Visit visit) {
        saved_peer one{};
        std::uint8_t flags = 0, count = 0;
        if (!number(one.torrent)) return false;
        const auto tag = in_.take(4);
        if (!tag) return false;
        std::copy(tag->begin(), tag->end(), one.tag.begin());
        if (!id(one.id) || !number(one.left) || !number(one.age) || !number(flags) || !number(count) ||
            count == 0 || count > 2)
            return false;
        one.completed = (flags & flag_completed) != 0;
        for (std::size_t i = 0; i < count; ++i)
            if (!read_address(one.addresses[i])) return false;
        visit(one);
        return true;
    }
    bool read_address(std::optional<saved_address>& into) {
        saved_address one{};
        std::uint8_t length = 0, flags = 0;
        if (!number(length) || (length != 4 && length != 16)) return false;
        const auto raw = in_.take(length);
        std::uint32_t zone = 0;
        const auto address = raw && number(zone) ? ip_address::from_bytes(*raw, zone) : std::nullopt;
        if (!address || !number(one.at.port) || !number(one.key) || !number(one.age) ||
            !number(one.lifetime) || !number(flags))
            return false;
        one.at.address = *address;
        one.seeder = (flags & flag_seeder) != 0;
        into = one;
        return true;
    }
    template <class Visit>
    bool read_registration(Visit visit) {
        saved_registration one{};
        std::uint8_t flags = 0;
        std::uint16_t name_bytes = 0;
        std::uint32_t torrent_bytes = 0;
        if (!id(one.hash) || !number(one.entry.size) || !number(one.entry.file_count) || !number(flags) ||
            !number(name_bytes))
            return false;
        const auto name = in_.take(name_bytes);
        if (!name || !number(torrent_bytes)) return false;
        const auto file = in_.take(torrent_bytes);
        if (!file || file->size() > limits::lan_body_bytes) return false;
        one.entry.name = printable(as_text(*name), limits::name_element_bytes);
        one.entry.torrent = bytes(file->begin(), file->end());
        one.entry.verified = (flags & flag_verified) != 0;
        one.entry.hidden = (flags & flag_hidden) != 0;
        visit(std::move(one));
        return true;
    }

    byte_reader in_;
};

std::uint32_t age_of(stamp then, stamp begun) { return begun > then ? begun - then : 0; }

void write_peer(byte_writer& out, const peer_store& store, const stored_peer& one, stamp begun) {
    const auto& hash = store.torrent(one.torrent).hash;
    std::uint8_t count = 0;
    for (const auto& address : one.addresses) count = static_cast<std::uint8_t>(count + address.present());
    out.number<std::uint8_t>('P').number(one.torrent).raw(byte_view(hash.bytes).first(4)).raw(one.id.span());
    out.number(one.left).number(age_of(one.first, begun));
    out.number<std::uint8_t>(one.completed ? flag_completed : 0).number(count);
    // the one that speaks for the peer comes first, and does so again
    const auto speaks = one.primary == 0 ? ip_family::v4 : ip_family::v6;
    const auto other = one.primary == 0 ? ip_family::v6 : ip_family::v4;
    for (const auto family : {speaks, other}) {
        const auto& address = one.addresses[static_cast<std::size_t>(family)];
        if (!address.present()) continue;
        const auto at = store.endpoint_of(one, family);
        const auto raw = at.address.raw();
        out.number(static_cast<std::uint8_t>(raw.size()))
            .raw(raw)
            .number(at.address.zone())
            .number(at.port)
            .number(address.key);
        out.number(age_of(address.last, begun)).number(address.lifetime);
        out.number<std::uint8_t>(address.seeder ? flag_seeder : 0);
    }
}

void write_registration(byte_writer& out, const info_hash& hash, const registration& entry) {
    out.number<std::uint8_t>('R').raw(hash.span()).number(entry.size).number(entry.file_count);
    out.number(
        static_cast<std::uint8_t>((entry.verified ? flag_verified : 0) | (entry.hidden ? flag_hidden : 0)));
    const auto name = std::string_view(entry.name).substr(0, 0xffff);
    out.number(static_cast<std::uint16_t>(name.size())).text(name);
    out.number(static_cast<std::uint32_t>(entry.torrent.size())).raw(entry.torrent);
}

}  // namespace

void server::begin_snapshot(time_point now) {
    auto& s = *impl_;
    s.snapshot = {};
    s.snapshot.begun = s.at(now).now;
    s.registered.for_each(
        [&](const info_hash& hash, const registration&) { s.snapshot.registrations.push_back(hash); });
}

bytes server::next_snapshot_part(time_point now) {
    auto& s = *impl_;
    auto& at = s.snapshot;
    bytes part;
    byte_writer out(part);
    if (!at.head) {
        at.head = true;
        out.text(magic).number(version).number(static_cast<std::uint64_t>(s.unix_seconds(now)));
    }
    for (std::size_t seen = 0; seen < records_per_part && at.torrent < s.store.torrent_records(); ++seen) {
        const auto& one = s.store.torrent(at.torrent);
        if (one.in_use)
            out.number<std::uint8_t>('T').number(at.torrent).raw(one.hash.span()).number(one.completed);
        ++at.torrent;
    }
    if (!part.empty() || at.torrent < s.store.torrent_records()) return part;
    for (std::size_t seen = 0; seen < records_per_part && at.peer < s.store.peer_records(); ++seen, ++at.peer)
        if (const auto& one = s.store.peer(at.peer); one.torrent != no_record)
            write_peer(out, s.store, one, at.begun);
    while (part.size() < part_bytes && at.peer >= s.store.peer_records() && !at.registrations.empty()) {
        if (const auto* entry = s.registered.find(at.registrations.back()))
            write_registration(out, at.registrations.back(), *entry);
        at.registrations.pop_back();
    }
    if (!part.empty()) return part;
    if (at.peer < s.store.peer_records()) return next_snapshot_part(now);  // no peer among these any more
    if (!at.tail) out.number<std::uint8_t>('E');
    at.tail = true;
    return part;
}

result<void> server::restore(time_point now, byte_view snapshot) {
    auto& s = *impl_;
    std::uint64_t saved_at = 0;
    const auto nothing = [](const auto&) {};
    snapshot_reader check(snapshot);
    if (!check.head(saved_at)) return fail(errc::bad_data, "this is no snapshot of a tracker");
    if (!check.records(nothing, nothing, nothing))
        return fail(errc::bad_data, "the snapshot of the tracker is damaged");

    const auto moment = s.at(now);
    const auto calendar = static_cast<std::uint64_t>(std::max<std::int64_t>(s.unix_seconds(now), 0));
    const auto passed = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(calendar > saved_at ? calendar - saved_at : 0, 0xffffffffu));
    const auto aged = [&](std::uint32_t age) {
        return static_cast<stamp>(std::max<std::int64_t>(std::int64_t{moment.now} - age - passed, 1));
    };
    std::unordered_map<std::uint32_t, std::uint32_t> numbers;  // theirs to ours
    snapshot_reader in(snapshot);
    in.head(saved_at);
    in.records(
        [&](const saved_torrent& one) {
            const auto number = s.store.restore_torrent(moment, one.hash, one.completed);
            if (number != no_record) numbers[one.number] = number;
        },
        [&](const saved_peer& one) {
            const auto number = numbers.find(one.torrent);
            if (number == numbers.end()) return;
            const auto& hash = s.store.torrent(number->second).hash;
            if (!std::equal(one.tag.begin(), one.tag.end(), hash.bytes.begin())) return;
            for (const auto& address : one.addresses) {
                if (!address || std::uint64_t{address->age} + passed > address->lifetime) continue;
                const auto where = s.around.place_of(address->at.address);
                peer_announce said;
                said.hash = hash;
                said.id = one.id;
                said.key = address->key;
                said.left = address->seeder ? 0 : std::max<std::uint64_t>(one.left, 1);
                said.addresses[0] = {{stored_address(address->at.address, where), address->at.port}, where};
                said.lifetime = address->lifetime;
                said.unlimited = true;
                const auto stored = s.store.announce(moment, said);
                if (stored.peer != no_record)
                    s.store.set_age(stored.peer, address->at.address.family(), aged(one.age),
                                    aged(address->age), one.completed);
            }
        },
        [&](saved_registration&& one) {
            one.entry.said = one.entry.last_peer = moment.now;
            s.registered.add(one.hash, std::move(one.entry));
        });
    return {};
}

}  // namespace bt::tracker
