// Whether a torrent has the name that a person typed.
#pragma once

#include <cstdint>
#include <string>

namespace bt::torrent {

/// How a name fits what a person typed: smaller is better. Another spelling differs in case, or in how
/// letters are composed (NFC, NFD).
enum class fit : std::uint8_t { exact, other_spelling, glob, none };
/// Both compared as a person sees them (name_key).
fit fit_of(const std::string& name, const std::string& wanted);

}  // namespace bt::torrent
