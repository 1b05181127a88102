// What a session asks of the disk. Each request says which torrent it is for; the driver answers with the
// member of session::core that is named beside it. Answers may come in any order and late: those to an
// earlier `round` (a check with what follows from it) do not count any more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "session/resume.hpp"
#include "torrent/file_stamp.hpp"
#include "torrent/geometry.hpp"
#include "torrent/held_files.hpp"
#include "torrent/metainfo.hpp"
#include "torrent/misfit.hpp"
#include "torrent/outcomes.hpp"

namespace bt::session::disk {

/// A download, which lies under a name of its own until it is complete.
struct download_place {
    std::string folder;
    bool overwrite = false;
    std::vector<bool> wanted;  ///< per file
    bool to_stdout = false;    ///< in a folder of no other use, and out in order as far as it is verified
    std::optional<torrent::held_files> held = {};  ///< of an earlier run
    bool reserve = false;                          ///< room for all that is wanted is taken at the check
};
/// Files that are their owner's: they are only read.
struct owned_place {
    std::vector<std::string>
        paths;  ///< per file, absolute; empty: where the torrent puts them below `folder`
    std::vector<torrent::file_stamp> stamps;  ///< per file, of before they were hashed; empty: not known
    std::string folder;
    std::optional<torrent::held_files> held = {};  ///< of an earlier run
};

/// The first request for a torrent; another one takes the place of files that were open before. disk_failed()
/// where there is no place; disk_remark() where a user may want to know something of it.
struct open {
    torrent_id torrent;
    torrent::info info;
    std::variant<download_place, owned_place> where;
};
/// Hash what is there. check_progress(), disk_remark(), checked()
struct check {
    torrent_id torrent;
    std::uint32_t round;
    bool all = true;  ///< also what is known already and was not changed since
};
/// Hash a piece from memory and write it where it is right. written()
struct write {
    torrent_id torrent;
    std::uint32_t round;
    piece_index piece;
    buffer data;
};
/// Frames with wire::piece_header_bytes gaps. blocks_read()
struct read {
    torrent_id torrent;
    connection_id connection;
    std::vector<torrent::block_range> ranges;
};
/// Hash a piece where it lies. looked_at()
struct look_at {
    torrent_id torrent;
    piece_index piece;
};
/// All that is wanted is written: make it durable and give it its final name. finished()
struct finish {
    torrent_id torrent;
    std::uint32_t round;
};
/// Other files are wanted. selected()
struct select {
    torrent_id torrent;
    std::uint32_t choice;
    std::vector<bool> wanted;
};
/// Put the files into a folder, which is there, under the names that they have in `info`. move_progress(),
/// moved(): then the files are opened anew.
struct move {
    torrent_id torrent;
    std::string folder;
    torrent::info info;
};
/// Stop that where it is still copying: the torrent is to go. moved() tells which it was.
struct stop_move {
    torrent_id torrent;
};
/// They lie in their new place. What is left in the old one goes when the list of torrents says the new one,
/// durably. left_old_place(), also where that was not possible.
struct leave_old_place {
    torrent_id torrent;
    info_hash hash;
};
/// See whether other programs changed the files; what they did comes by files_changed(). disk_failed() where
/// there is no place any more, else no answer.
struct look {
    torrent_id torrent;
};
/// Keep this for the next run. saved(), also where there is no place for it, and where the torrent is over.
struct save {
    torrent_id torrent;
    info_hash hash;
    resume_data what;
    bool with_files;  ///< what is written is made durable first, and what the files hold then is kept, too
};
/// The last request for a torrent. No answer: with `deletes` whoever wished that is told by the driver.
struct close {
    torrent_id torrent;
    info_hash hash;
    bool deletes = false;  ///< its files, too
};

using request = std::variant<open, check, write, read, look_at, finish, select, move, stop_move,
                             leave_old_place, look, save, close>;

// --- answers that say more than yes and no

using torrent::finish_outcome;
using torrent::write_outcome;
/// Another program wrote into files, cut, replaced, moved or removed them.
struct files_changed {
    std::string file;                      ///< one of them, absolute
    std::size_t more_files = 0;            ///< beside it
    std::vector<piece_index> lost;         ///< held before, and not right any more
    std::vector<piece_index> found;        ///< of what is only read: right again
    bool over = false;                     ///< all that was in doubt has been hashed
    std::vector<torrent::misfit> misfits;  ///< as it stands when it is over
};

}  // namespace bt::session::disk
