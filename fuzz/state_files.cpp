// F7: what is read from the state folder. A record is whole or refused, and what is read is written again
// alike. The first byte chooses which kind.
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "app/session/torrent_record.hpp"
#include "dht/saved_state.hpp"
#include "fuzz/target.hpp"
#include "storage/state_file.hpp"
#include "tracker/server/server.hpp"
#include "unit/base/letter_ids.hpp"

namespace bt::fuzz {
namespace {

using bt::test::id_of;

const time_point start{1h};
constexpr std::string_view kept = "what the record holds";

/// A record of a folder that is gone with the process.
struct record_on_disk {
    std::string folder, path;
    storage::system_files files;
    std::optional<storage::state_file> record;

    record_on_disk() {
        std::string name = (std::filesystem::temp_directory_path() / "fuzz-state-XXXXXX").string();
        BT_ASSERT(::mkdtemp(name.data()) != nullptr);
        folder = name;
        path = folder + "/record";
        auto opened = storage::state_file::open(path, "fuzz 1", files);
        BT_ASSERT(opened);
        record.emplace(std::move(*opened));
    }
    ~record_on_disk() {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
};
record_on_disk& disk() {
    static record_on_disk one;
    return one;
}

// Nothing reaches cereal before the checksum is right, so what is read is what was written.
void read_record(byte_view input) {
    std::ofstream(disk().path, std::ios::binary)
        .write(reinterpret_cast<const char*>(input.data()), static_cast<std::streamsize>(input.size()));
    const auto loaded = disk().record->load();
    if (!loaded)
        BT_ASSERT(loaded.error().code == errc::bad_data);
    else
        BT_ASSERT(*loaded && as_text(**loaded) == kept);
}

void read_dht(byte_view input) {
    const auto read = dht::read_state(input);
    if (!read) return BT_ASSERT(read.error().code == errc::bad_data);
    for (const auto& node : read->nodes) BT_ASSERT(node.at.is_usable());
    BT_ASSERT(dht::read_state(dht::write_state(*read)).value() == *read);
}

void read_torrent(byte_view input) {
    const auto read = session::read_resume(input);
    if (!read) return BT_ASSERT(read.error().code == errc::bad_data);
    BT_ASSERT(session::read_resume(session::write_resume(*read)).value() == *read);
}

struct fresh_tracker {
    tracker::server it{{}, rng(1)};
    fresh_tracker() { it.set_wall_clock(start, 1'700'000'000); }
};
bytes snapshot_of(tracker::server& it) {
    bytes all;
    it.begin_snapshot(start);
    for (auto part = it.next_snapshot_part(start); !part.empty(); part = it.next_snapshot_part(start))
        all.insert(all.end(), part.begin(), part.end());
    return all;
}
void read_tracker(byte_view input) {
    fresh_tracker one, other;
    auto &it = one.it, &again = other.it;
    if (!it.restore(start, input)) return;
    BT_ASSERT(again.restore(start, snapshot_of(it)));
    BT_ASSERT(again.totals(start).torrents == it.totals(start).torrents);
}

void run(byte_view input) {
    switch (take_byte(input) % 4) {
        case 0:
            return read_record(input);
        case 1:
            return read_dht(input);
        case 2:
            return read_torrent(input);
        default:
            return read_tracker(input);
    }
}

std::vector<bytes> seeds() {
    const auto peer = *endpoint::parse("84.2.3.4:6881"), near = *endpoint::parse("192.168.1.7:6881");
    dht::saved_state nodes;
    nodes.id_v4 = id_of<node_id>('i');
    nodes.external_v4 = peer.address;
    nodes.nodes = {{id_of<node_id>('n'), peer}, {id_of<node_id>('m'), *endpoint::parse("[2a01::1]:65535")}};
    session::resume_data memory{1'000, 2'000, 1'700'000'000, {peer, near}};

    fresh_tracker one;
    auto& it = one.it;
    for (const auto* id : {"-XX0000-aaaaaaaaaaaa", "-XX0000-bbbbbbbbbbbb"}) {
        const auto target =
            "/announce?info_hash=hhhhhhhhhhhhhhhhhhhh&peer_id=" + std::string(id) + "&port=6881&left=0";
        tracker::http_question question;
        question.method = "GET", question.target = target, question.host = "t", question.from = near;
        (void)it.http(start, question);
    }
    BT_ASSERT(disk().record->save(as_bytes(kept)));
    std::ifstream in(disk().path, std::ios::binary);
    const std::string record(std::istreambuf_iterator<char>(in), {});
    return {with_choice(0, as_bytes(record)), with_choice(1, dht::write_state(nodes)),
            with_choice(1, dht::write_state({})), with_choice(2, session::write_resume(memory)),
            with_choice(3, snapshot_of(it))};
}

constexpr std::string_view words[] = {"btstate\n",
                                      "0",
                                      "1",
                                      "9",
                                      ":",
                                      "i",
                                      "l",
                                      "d",
                                      "e",
                                      "3:id420:",
                                      "5:nodes26:",
                                      "6:nodes638:",
                                      "3:ip44:",
                                      "4:downi",
                                      "5:peers6:",
                                      "4:seeni",
                                      "2:upi",
                                      std::string_view("\0\0\0\0", 4),
                                      "\xff\xff\xff\xff"};

}  // namespace

const target state_files{"F7", "records of the state folder", run, seeds, words};

}  // namespace bt::fuzz
