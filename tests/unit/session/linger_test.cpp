// A download that is complete and gives for as long as another peer fetches it, beside one that takes its
// time.
#include <boost/test/unit_test.hpp>

#include "bench.hpp"
#include "wire/peer.hpp"

using namespace bt;
using namespace bt::session;
using namespace bt::session::testing;

namespace {

/// Wants everything, and asks for the same block again and again.
class slow_reader {
  public:
    explicit slow_reader(bench& b)
        : b_(b),
          id_(b.core.network(b.now).accepted(b.now, *endpoint::parse("10.0.0.7:4000"))),
          peer_(wire::peer::outgoing(b.now, self(), album().info.hash)) {
        settle();
    }
    void asks(int blocks) {
        settle();  // what was said while time passed
        for (int i = 0; i < blocks; ++i) {
            peer_.request(b_.now, album().info.shape.block(piece_index(0), block_index(0)));
            settle();
        }
    }

  private:
    static wire::identity self() {
        wire::identity of;
        of.id.bytes.fill('s');
        return of;
    }
    void settle() {
        for (bool busy = true; busy;) {
            while (auto data = peer_.output()) {
                const byte_view raw(data->storage.data() + data->begin, data->size());
                b_.core.network(b_.now).received(b_.now, id_, raw);
                b_.drain();
            }
            busy = !b_.sent.empty() || !b_.reads.empty();
            for (const auto& each : std::exchange(b_.sent, {})) take(each);
            for (const auto& each : std::exchange(b_.reads, {})) give(each);
        }
    }
    void take(const node::out::tcp_send& sent) {
        peer_.receive(b_.now, {sent.data.storage.data() + sent.data.begin, sent.data.size()});
        while (auto event = peer_.poll()) {
            if (!std::holds_alternative<wire::event::opened>(*event)) continue;
            peer_.offer(b_.now, {});
            peer_.start(b_.now, album().info.shape, pieces("..."), 0);
            peer_.set_interested(b_.now, true);
        }
        b_.core.network(b_.now).sent(b_.now, id_, sent.data.size());
        b_.drain();
    }
    void give(const disk::read& what) {
        std::size_t size = 0;
        for (const auto& range : what.ranges) size += wire::piece_header_bytes + range.length;
        b_.core.blocks_read(b_.now, b_.id, what.connection, what.ranges, buffer(size));
        b_.drain();
    }

    bench& b_;
    connection_id id_;
    wire::peer peer_;
};

/// How long it goes on giving to one that takes so many blocks every five seconds.
duration gives_for(int blocks) {
    bench b;
    b.get();  // lingers
    b.checked("xxx");
    b.finished(disk::finish_outcome::ok);
    const auto since = b.now;
    slow_reader it(b);
    while (b.core.has(b.id) && b.now - since < 3h) {
        b.pass(5s);
        if (b.core.has(b.id)) it.asks(blocks);
    }
    return b.now - since;
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_ends_when_next_to_nothing_is_taken) { BOOST_TEST((gives_for(2) <= 30s)); }

BOOST_AUTO_TEST_CASE(it_goes_on_for_a_slow_reader_and_not_for_ever) {
    const auto gave = gives_for(5);
    BOOST_TEST((gave >= 9min), seconds(gave) << " s");
    BOOST_TEST((gave <= 11min), seconds(gave) << " s");
}
