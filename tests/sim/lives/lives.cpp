#include "sim/lives/lives.hpp"

#include <algorithm>
#include <filesystem>

#include "base/text.hpp"
#include "sim/lives/machine.hpp"

namespace bt::sim {
namespace {

namespace fs = std::filesystem;

class town {
  public:
    explicit town(std::uint64_t seed)
        : world_(seed), random_(seed * 2 + 1), album_(album::make(seed, 16'384u << random_.below(2))) {
        world_.link.bytes_per_second = 40'000 + random_.below(400'000);
        const auto getters = 1 + random_.below(3);
        sharer_ = &add_machine();
        for (std::uint64_t i = 0; i < getters; ++i) getters_.push_back(&add_machine());
    }

    lived run() {
        sharer_->share();
        for (auto* each : getters_) each->get(wish());
        const auto steps = 10 + random_.below(40);
        for (std::uint64_t i = 0; i < steps; ++i) {
            world_.run_for(duration(static_cast<duration::rep>(random_.below(2'000'000))));
            act();
        }
        end_all_trouble();
        if (!world_.run_until([this] { return settled(); }, 30min)) note_unsettled();
        world_.run_for(5s);  // what is complete once more is named silently
        for (auto* each : getters_)
            for (const auto& wrong : album_.wrong_files(each->folder(), {}))
                outcome_.broken.push_back(name_of(*each) + ": at the end " + wrong);
        for (auto& each : machines_)
            for (const auto& line : each->broken) outcome_.broken.push_back(name_of(*each) + ": " + line);
        outcome_.trace = world_.trace();
        return std::move(outcome_);
    }

  private:
    machine& add_machine() {
        machines_.push_back(std::make_unique<machine>(world_, album_));
        return *machines_.back();
    }
    session::get_request wish() {
        session::get_request get;
        if (random_.chance(0.5)) {
            get.target = album_.torrent;
        } else {
            torrent::magnet link;
            link.hash = album_.torrent.info.hash;
            get.target = link;
        }
        if (random_.chance(0.3)) get.files.select = selection();
        get.sequential = random_.chance(0.2);
        return get;
    }
    /// Some of the five files, one at least.
    std::string selection() {
        std::string list;
        for (int i = 1; i <= 5; ++i)
            if (random_.chance(0.5)) list += (list.empty() ? "" : ",") + std::to_string(i);
        return list.empty() ? "1" : list;
    }
    std::string name_of(const machine& m) const { return "machine " + std::to_string(number_of(m)); }
    std::size_t number_of(const machine& m) const {
        return static_cast<std::size_t>(std::find_if(machines_.begin(), machines_.end(),
                                                     [&](const auto& each) { return each.get() == &m; }) -
                                        machines_.begin());
    }
    void note(const machine& m, const std::string& what) {
        outcome_.log.push_back(std::to_string(seconds(world_.now().time_since_epoch())) + " " + name_of(m) +
                               " " + what);
    }

    void act() {
        auto& m = *machines_[random_.below(machines_.size())];
        const bool gets = &m != sharer_;
        switch (random_.below(12)) {
            case 0:
                note(m, "pause");
                return m.with_torrent(
                    [&](session::core& s) { s.set_paused(world_.now(), m.torrent(), true); });
            case 1:
                note(m, "resume");
                return m.with_torrent(
                    [&](session::core& s) { s.set_paused(world_.now(), m.torrent(), false); });
            case 2:
                return choose(m, selection());
            case 3:
                note(m, "check");
                return m.with_torrent([&](session::core& s) { (void)s.recheck(world_.now(), m.torrent()); });
            case 4:
                note(m, "limits");
                return m.with_torrent([&](session::core& s) {
                    s.set_limits(world_.now(), m.torrent(), random_.below(100'000), random_.below(100'000));
                });
            case 5:
                if (!gets) return;
                note(m, "remove, or get again");
                return add_or_remove(m);
            case 6:
                note(m, "disk full, or relieved");
                m.files().full = !m.files().full;
                return;
            case 7:
                note(m, "read errors begin, or end");
                m.files().unreadable = !m.files().unreadable;
                return;
            case 8:
                note(m, "write errors begin, or end");
                m.files().unwritable = !m.files().unwritable;
                return;
            case 9:
                note(m, m.runs() ? "killed" : "started");
                return m.runs() ? m.kill() : m.start();
            case 10:
                note(m, "loses power");
                m.cut_power();
                return;
            default:
                return meddle(m);
        }
    }
    void choose(machine& m, const std::string& files) {
        if (&m == sharer_) return;
        note(m, "choose " + files);
        m.with_torrent([&](session::core& s) { (void)s.choose(world_.now(), m.torrent(), {files, "", ""}); });
    }
    void add_or_remove(machine& m) {
        if (!m.runs()) return;
        if (!m.session().has(m.torrent())) return m.get(wish());
        m.with_torrent([&](session::core& s) { s.remove(world_.now(), m.torrent()); });
    }
    /// Another program writes into what is shared, or into what is not complete yet.
    void meddle(machine& m) {
        const auto i = random_.below(album_.content.size());
        const auto& content = album_.content[i];
        if (content.empty()) return;
        bytes noise(std::min<std::size_t>(content.size(), 1 + random_.below(5'000)));
        random_.fill(noise);
        const auto offset = random_.below(content.size() - noise.size() + 1);
        auto path = m.folder() + "/" + album_.torrent.info.files[i].path;
        if (&m != sharer_) {
            const auto hash = to_hex(album_.torrent.info.hash.span()).substr(0, 8);
            path = m.folder() + "/album." + hash + ".part" + path.substr(path.rfind('/'));
        }
        note(m, "has other bytes in " + path.substr(path.rfind('/') + 1));
        m.overwrite(path, offset, noise);
    }

    void end_all_trouble() {
        for (auto& each : machines_) {
            auto& m = *each;
            m.files().full = m.files().unreadable = m.files().unwritable = false;
            m.start();
            m.with_torrent([&](session::core& s) {
                s.set_paused(world_.now(), m.torrent(), false);
                s.set_limits(world_.now(), m.torrent(), 0, 0);
            });
        }
        const auto paths = album_.paths_below(sharer_->folder());
        for (std::size_t i = 0; i < paths.size(); ++i) sharer_->overwrite(paths[i], 0, album_.content[i]);
        outcome_.log.push_back("--- all trouble ends");
    }
    /// The users want everything, and ask anew where a torrent has ended.
    bool settled() {
        bool all = true;
        for (auto* each : getters_) {
            auto& m = *each;
            if (!m.session().has(m.torrent())) {
                if (world_.now() < may_get_at_[each]) return false;
                may_get_at_[each] = world_.now() + 10s;
                session::get_request get;
                get.target = album_.torrent;
                note(m, "gets again");
                m.get(std::move(get));
            }
            const auto files = m.session().has(m.torrent())
                                   ? m.session().brief_status(world_.now(), m.torrent()).files.select
                                   : std::string("?");
            if (!files.empty() && files != "?" && asked_[each] != m.torrent()) {
                asked_[each] = m.torrent();
                note(m, "choose all");
                m.with_torrent([&](session::core& s) { (void)s.choose(world_.now(), m.torrent(), {}); });
            }
            all = all && files.empty() && m.is_complete();
        }
        return all;
    }
    void note_unsettled() {
        for (auto& each : machines_) {
            auto& m = *each;
            std::string how = "is not there";
            if (m.runs() && m.session().has(m.torrent())) {
                const auto s = m.session().brief_status(world_.now(), m.torrent());
                how = std::string(to_string(s.state)) + ", " + std::to_string(s.pieces_have) + " of " +
                      std::to_string(s.piece_count) + ", " + std::to_string(s.peers.size()) + " peers, " +
                      s.reason;
            }
            outcome_.log.push_back(name_of(m) + " " + how);
            for (const auto& line : m.log) outcome_.log.push_back("  " + line);
            if (!m.is_complete()) outcome_.broken.push_back(name_of(m) + " did not get everything: " + how);
        }
    }

    world world_;
    rng random_;
    const album album_;
    std::vector<std::unique_ptr<machine>> machines_;
    machine* sharer_ = nullptr;
    std::vector<machine*> getters_;
    std::map<machine*, torrent_id> asked_;
    std::map<machine*, time_point> may_get_at_;
    lived outcome_;
};

}  // namespace

lived live(std::uint64_t seed) { return town(seed).run(); }

}  // namespace bt::sim
