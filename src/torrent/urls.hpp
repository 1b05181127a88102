// The URLs a torrent or a magnet brings along, cleaned and bounded. Whether an address may be asked at all is
// decided where it is asked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bt::torrent {

/// The URL in printable ASCII: white space around it is cut off, spaces and other bytes inside become %XX.
/// Nothing unless the scheme is http, https or udp, or if it holds control characters or is longer than
/// limits::url_bytes.
std::optional<std::string> tracker_url(std::string_view text);
/// The same for http and https alone.
std::optional<std::string> web_seed_url(std::string_view text);

/// The URL without a user's name and password: what may be shown or passed on.
std::string public_url(std::string_view url);

/// What was named as a source and is not used.
class unused_sources {
  public:
    void tracker(std::string_view url);  ///< one that tracker_url() does not take
    void http_seeds() { http_seeds_ = true; }
    /// In words, where no tracker is left: with one, they are not missed.
    std::vector<std::string> remarks(bool has_trackers, bool has_web_seeds) const;

  private:
    bool websocket_ = false, too_long_ = false, unknown_ = false, http_seeds_ = false;
};

/// Appends `url` unless there is none, it is in the list already, or the list holds `limit`.
void add_unique(std::vector<std::string>& list, std::optional<std::string> url, std::size_t limit);

}  // namespace bt::torrent
