// The shares' pages of a process: what browsers of the network see and download (guest/target.hpp).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/guests/guest_bodies.hpp"
#include "app/guests/guest_reads.hpp"
#include "app/session.hpp"
#include "guest/byte_range.hpp"
#include "guest/request_budget.hpp"
#include "guest/target.hpp"
#include "net/http_server.hpp"

namespace bt::app {

class guest_site {
  public:
    /// `most`: downloads at a time. `show_all`: private and unlisted torrents, too, to whoever knows the
    /// hash.
    guest_site(session& node, std::string host, std::size_t most, bool show_all);

    net::http_reply answer(const net::http_question& question);

  private:
    struct shown {
        torrent_id id;
        const torrent::metainfo& torrent;
    };
    std::optional<shown> find(const info_hash& hash) const;
    std::vector<bool> files_here(const shown& what) const;
    bool is_paused(const shown& what) const;
    bool is_here(const shown& what, const torrent::file_entry& file) const;
    net::http_reply list() const;
    net::http_reply to_page(const info_hash& hash);
    net::http_reply beginning(const std::string& digits);
    net::http_reply page(const shown& what, const net::http_question& question) const;
    net::http_reply file(const shown& what, const std::string& path, const net::http_question& question);
    net::http_reply archive(const shown& what, guest::archive::format how,
                            const net::http_question& question);
    net::http_reply torrent_file(const shown& what);
    net::http_reply with_headers(net::http_reply reply, std::string more);
    std::optional<net::http_reply> refuse_download(const net::http_question& question,
                                                   std::size_t piece_bytes);

    session& node_;
    const std::string host_;
    const std::size_t most_;
    const bool show_all_;
    guest::request_budget budget_;
    guest_reads reads_;
    std::shared_ptr<guest_count> count_ = std::make_shared<guest_count>();
    std::string headers_;  // of the answer that is given now
};

}  // namespace bt::app
