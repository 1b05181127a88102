// Torrents that have a name here, because a host on the LAN registered them. A .torrent proves name and size
// by its hash; a few numbers in JSON prove nothing: they never replace what is proved, nor what another host
// said.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/siphash.hpp"

namespace bt::tracker {

/// A name that one host gives a torrent, without proof.
struct said_name {
    std::string name;
    std::uint64_t source = 0;
    std::string by;  ///< its address, for people
    std::uint32_t said = 0;
};

/// Where a host that shares it lets browsers download it.
struct sharer_page {
    endpoint at;
    std::uint32_t said = 0;
};

struct registration {
    std::string name;
    std::uint64_t size = 0;
    std::uint32_t file_count = 0;
    bytes torrent;          ///< the file itself, or empty
    bool verified = false;  ///< name and size come from the torrent
    bool hidden = false;    ///< private (BEP 27): listed nowhere
    std::uint64_t source = 0;
    std::string by;                  ///< the source's address, for people
    std::uint32_t said = 0;          ///< stamp: when its source last said so
    std::uint32_t last_peer = 0;     ///< stamp: of the registration, or when it last had a peer
    std::vector<said_name> others;   ///< what other hosts call it, as long as nothing is proved
    std::vector<sharer_page> pages;  ///< one of each host; who said so last is last
};

/// Nodes register every five minutes: a host that has been silent for three times as long has given its word
/// up.
inline constexpr std::uint32_t said_seconds = 900;

enum class naming : std::uint8_t { added, kept, full };

class named_torrents {
  public:
    named_torrents(const siphash_key& key, std::size_t entries_max, std::size_t bytes_max);

    /// `source` may have no more than a quarter of all entries, unless it is this machine (0).
    naming add(const info_hash& hash, registration entry);
    /// One of its hosts has a page. Nothing comes of it where the torrent has no name here.
    void note_page(const info_hash& hash, const sharer_page& page);
    /// What is known of the hash, hidden or not.
    const registration* find(const info_hash& hash) const;
    /// Never a hidden one.
    const registration* listed(const info_hash& hash) const;
    bool is_hidden(const info_hash& hash) const;
    std::size_t size() const { return entries_.size(); }
    /// Bytes and places are those of what is there; a name that is proved has no other beside it, each host
    /// says one.
    bool is_sound() const;

    /// Calls `visit(hash, entry)` for each; those it says false of are forgotten.
    template <class Visit>
    void keep_if(Visit visit) {
        for (auto at = entries_.begin(); at != entries_.end();)
            at = visit(at->first, at->second) ? std::next(at) : forget(at);
    }
    template <class Visit>
    void for_each(Visit visit) const {
        for (const auto& [hash, entry] : entries_) visit(hash, entry);
    }

  private:
    struct hasher {
        siphash13 hash;
        std::size_t operator()(const info_hash& one) const { return hash(one.span()); }
    };
    struct number_hasher {
        std::size_t operator()(std::uint64_t hashed) const { return hashed; }
    };
    using table = std::unordered_map<info_hash, registration, hasher>;
    table::iterator forget(table::iterator at);
    void replace(registration& old, registration entry);
    void give_up_place(std::uint64_t source);
    static void note_other(registration& entry, said_name one);

    std::size_t entries_max_, bytes_max_, bytes_ = 0;
    table entries_;
    std::unordered_map<std::uint64_t, std::size_t, number_hasher> per_source_;
};

}  // namespace bt::tracker
