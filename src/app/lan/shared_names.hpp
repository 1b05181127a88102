// What the LAN shares and what it is called. A name is a claim: each is kept with the host that says it, a
// wanted name is looked for among all that is said of every torrent, and only the metadata itself can prove
// it.
#pragma once

#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "torrent/name_fit.hpp"
#include "tracker/catalogue.hpp"

namespace bt::app {

/// A host that says a name: its address, and what it calls itself.
struct name_source {
    std::string host;     ///< may be empty
    std::string address;  ///< as text; one address counts once, whatever it runs

    friend bool operator==(const name_source&, const name_source&) = default;
};
/// "vm (10.77.0.3)", or the address alone.
std::string to_text(const name_source& source);

struct name_claim {
    std::string name;
    std::vector<name_source> by;
};

/// A torrent that is shared on the LAN, put together from all that was heard.
struct shared_torrent {
    tracker::catalogue_entry entry;  ///< its name is the one that most addresses say
    std::vector<endpoint> peers;     ///< of the nodes that have it, to be tried at once
    std::vector<name_claim> names;   ///< all that is said, the entry's name first
};

/// Remembers that `source` calls it so. At most limits::lan_names for one torrent, of
/// one address lan_names_per_address.
void note_name(shared_torrent& torrent, const std::string& name, const name_source& source);
/// Sorts what is said: what most addresses say first, then what was said first, and gives the entry that
/// name.
void settle_name(shared_torrent& torrent);

using torrent::fit;
using torrent::fit_of;

/// Those that a person may mean by `wanted`: the best fit that any name of any torrent has.
std::vector<shared_torrent> matching(const std::vector<shared_torrent>& all, const std::string& wanted);
/// The name of this torrent that fits best; null if none does.
const name_claim* best_name(const shared_torrent& torrent, const std::string& wanted);
/// Those whose hash begins so.
std::vector<shared_torrent> beginning_with(const std::vector<shared_torrent>& all, const std::string& digits);
/// Those that `word` means: a name goes before the beginning of a hash.
std::vector<shared_torrent> meant_by(const std::vector<shared_torrent>& all, const std::string& word);
/// What one host says, by its name or an address of it; names that others say are left out.
std::vector<shared_torrent> said_by(const std::vector<shared_torrent>& all, const std::string& host);
/// Those that were created last: several where they are equally new, none where no date is known.
std::vector<shared_torrent> newest_of(const std::vector<shared_torrent>& all);
/// Where nothing fits: those with a name that holds the word, or differs from it by a typing error or two.
std::vector<shared_torrent> similar(const std::vector<shared_torrent>& all, const std::string& wanted);

}  // namespace bt::app
