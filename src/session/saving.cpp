// What is kept of a torrent over a restart: resume data beside its files, and the list it stands in.
#include "session/life.hpp"

namespace bt::session {
namespace {

/// What a killed process may forget: so long while bytes move. It is two writes made durable each time.
constexpr duration moving_time = 15s;
constexpr duration resting_time = 5min;  // peers alone

}  // namespace

void core::life::save(bool always) {
    if (get() != nullptr && get()->metadata_only) return;
    resume_data now;
    now.downloaded = left_.downloaded + swarm().down().total();
    now.uploaded = left_.uploaded + swarm().up().total();
    if (!torrent_ || !torrent_->info.is_private) {
        now.peers = swarm().peers_to_save();
        if (now.peers.empty()) now.peers = left_.peers;  // a run that met no peer
    }
    const bool nothing = now.downloaded == 0 && now.uploaded == 0 && now.peers.empty();
    const bool same =
        now.downloaded == saved_.downloaded && now.uploaded == saved_.uploaded && now.peers == saved_.peers;
    saved_at_ = around_.now;
    if (nothing || (same && !always)) return;
    saved_ = now;
    around_.ask(disk::save{id_, hash(), std::move(now)});
}

bool core::life::wants_saving() const {
    if (get() != nullptr && get()->metadata_only) return false;
    const auto since = around_.now - saved_at_;
    if (since < moving_time) return false;
    return since >= resting_time || left_.downloaded + swarm().down().total() != saved_.downloaded ||
           left_.uploaded + swarm().up().total() != saved_.uploaded;
}

saved_torrent core::life::saved() const {
    saved_torrent all{wish_, is_paused(), around_.net.is_forced(id_), down_limit_, up_limit_};
    if (auto* wish = std::get_if<get_request>(&all.request)) {
        wish->files = files_.choice;
        if (torrent_) wish->target = *torrent_;
    }
    return all;
}

}  // namespace bt::session
