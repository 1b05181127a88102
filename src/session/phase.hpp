// Where a torrent is in its life. Beside it stands whether it runs (node::run_state: paused, queued,
// running), which the queue alone says: a paused torrent may be found, checked or complete like any other.
//
//   from          to            by
//   finding       checking      check(): the metadata is known
//   finding       seeding       begin(): and it is a share that was hashed before
//   checking      downloading   begin(): the check is over
//   checking      seeding       begin(): of files that are only read
//   downloading   finishing     complete(): all that is wanted is verified and written
//   finishing     seeding       completed_now(): durable, under its final name
//   finishing     downloading   finished(): the disk did not take it, or another program changed it
//   downloading, finishing, seeding
//                 checking      look_again(): a user's wish, or what lies there is not known any more
//   each of them  over          leave(), stop(): failed, done, removed, stopped
#pragma once

#include <cstdint>
#include <variant>

namespace bt::session {
namespace in {

struct finding {};
struct checking {
    std::uint64_t bytes_done = 0, bytes_total = 0;
    bool copies = false;  // of what was there what is right, for a new file
};
struct downloading {};
struct finishing {};
struct seeding {};
struct over {};

}  // namespace in

using phase = std::variant<in::finding, in::checking, in::downloading, in::finishing, in::seeding, in::over>;

/// The table above.
bool may_follow(const phase& from, const phase& to);

}  // namespace bt::session
