// What is kept of a torrent over a restart: resume data beside its files, and the list it stands in.
#include <utility>

#include "session/life.hpp"

namespace bt::session {
namespace {

/// What a power cut may take: so long while a download writes. Each time its files are made durable, and two
/// small writes.
constexpr duration writing_time = 5s;
/// The more files, the more there is to say of them.
constexpr std::size_t files_a_second = 10'000;
constexpr duration moving_time = 15s;    // sums alone
constexpr duration resting_time = 5min;  // peers alone

}  // namespace

void core::life::save(bool always) {
    if (get() != nullptr && get()->metadata_only) return;
    resume_data now;
    now.downloaded = downloaded_ever();
    now.uploaded = uploaded_ever();
    if (!torrent_ || !torrent_->info.is_private) {
        now.peers = swarm().peers_to_save();
        if (now.peers.empty()) now.peers = left_.peers;  // a run that met no peer
    }
    const bool nothing = now.downloaded == 0 && now.uploaded == 0 && now.peers.empty();
    const bool same = !has_moved_bytes() && now.peers == saved_.peers;
    saved_at_ = around_.now;
    const bool with_files = holds_files() && std::exchange(held_changed_, false);
    if (!with_files && (nothing || (same && !always))) return;
    saved_ = now;
    saving_ = true;
    around_.ask(disk::save{id_, hash(), std::move(now), with_files});
}

void core::life::saved(const result<void>& outcome) {
    saving_ = false;
    if (!outcome) held_changed_ = true;
}

/// They were checked, and are no stream.
bool core::life::holds_files() const {
    if (get() != nullptr && get()->to_stdout) return false;
    return is<in::downloading>() || is<in::finishing>() || is<in::seeding>();
}

bool core::life::wants_saving() const {
    if (get() != nullptr && get()->metadata_only) return false;
    if (saving_) return false;
    const auto since = around_.now - saved_at_;
    if (held_changed_ && holds_files())
        return since >= writing_time + 1s * (torrent_->info.files.size() / files_a_second);
    if (since < moving_time) return false;
    return since >= resting_time || has_moved_bytes();
}

bool core::life::has_moved_bytes() const {
    return downloaded_ever() != saved_.downloaded || uploaded_ever() != saved_.uploaded;
}

std::uint64_t core::life::downloaded_ever() const { return left_.downloaded + swarm().down().total(); }
std::uint64_t core::life::uploaded_ever() const { return left_.uploaded + swarm().up().total(); }

saved_torrent core::life::to_save() const {
    saved_torrent all{wish_, is_paused(), around_.net.is_forced(id_), down_limit_, up_limit_};
    all.renamed = renamed_;
    if (auto* wish = std::get_if<get_request>(&all.request)) {
        wish->files = files_.choice;
        if (!torrent_) return all;
        auto known = *torrent_;
        if (!renamed_.empty()) known.info = *around_.net.info(id_);
        wish->target = std::move(known);
    }
    return all;
}

}  // namespace bt::session
