// Runs a session for share and get: events to the reporter, keys and signals to the session, until all is
// over.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "app/session.hpp"
#include "cli/commands.hpp"
#include "cli/display/reporter.hpp"
#include "cli/unread_output.hpp"

namespace bt::cli {

class transfer {
  public:
    transfer(output& out, reporter& reports, app::session& session, const app::session_options& limits);

    /// False if the session refused it; the reporter has been told.
    bool share(app::share_request request, item what);
    bool get(app::get_request request, item what);
    /// It goes on with no torrent, too: more may come.
    void hold() { held_ = true; }
    /// Called once the metadata of a torrent is known.
    void on_metadata(std::function<void(const item&)> handler) { metadata_ = std::move(handler); }

    /// Until every torrent is over, a user stops it, or the session ends by itself.
    ending run();

  private:
    bool keep(item what, const result<torrent_id>& id);
    item* find(torrent_id id);
    void handle(const app::happening& each);
    void handle_metadata(item& what, const app::metadata_found& found);
    void toggle_pause();
    void handle_completed(item& what, const app::completed& done, const app::event& event);
    void end_item(item& what, std::string_view reason, const app::torrent_status& last);
    standing& standing_of(const item& what);
    standing& look_at(const item& what);
    void stop_if_over();
    void tick();
    void key(char c);
    void take_signals();
    void interrupted(int number);
    void stop(std::string_view reason);

    unread_output unread_;  // first: what ends later may still write
    output& out_;
    reporter& reports_;
    app::session& session_;
    std::uint64_t down_limit_, up_limit_;
    bool limit_lan_;
    std::deque<item> items_;  // addresses stay
    std::vector<standing> standings_;
    std::function<void(const item&)> metadata_;
    exit_code code_ = exit_code::done;
    int signal_ = 0;
    std::string stop_reason_;
    bool stopping_ = false, held_ = false;
};

}  // namespace bt::cli
