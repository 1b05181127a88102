#include "sim/lives/machine.hpp"

#include <stdlib.h>

#include <fstream>
#include <iterator>

#include "app/session/disks.hpp"
#include "base/assert.hpp"
#include "base/overloaded.hpp"
#include "crypto/hash.hpp"
#include "storage/disk_pool.hpp"
#include "torrent/create.hpp"
#include "torrent/renamed.hpp"

namespace bt::sim {
namespace {

namespace fs = std::filesystem;

/// A job of the disk takes so long.
constexpr duration job_time = 200us;

template <class>
inline constexpr bool is_for_disk = false;
template <>
inline constexpr bool is_for_disk<session::disk::open> = true;
template <>
inline constexpr bool is_for_disk<session::disk::check> = true;
template <>
inline constexpr bool is_for_disk<session::disk::write> = true;
template <>
inline constexpr bool is_for_disk<session::disk::read> = true;
template <>
inline constexpr bool is_for_disk<session::disk::look_at> = true;
template <>
inline constexpr bool is_for_disk<session::disk::finish> = true;
template <>
inline constexpr bool is_for_disk<session::disk::select> = true;
template <>
inline constexpr bool is_for_disk<session::disk::move> = true;
template <>
inline constexpr bool is_for_disk<session::disk::stop_move> = true;
template <>
inline constexpr bool is_for_disk<session::disk::look> = true;
template <>
inline constexpr bool is_for_disk<session::disk::save> = true;
template <>
inline constexpr bool is_for_disk<session::disk::close> = true;

bytes content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(in), {}};
    return bytes(all.begin(), all.end());
}

}  // namespace

// --- what is in the files ----------------------------------------------------------------------------

scratch::scratch() {
    path_ = fs::temp_directory_path().string() + "/lives-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
}

scratch::~scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

album album::make(std::uint64_t seed, std::uint32_t piece_bytes) {
    rng random(seed);
    torrent::info_plan plan;
    plan.name = "album";
    plan.multi_file = true;
    plan.piece_bytes = piece_bytes;
    album made;
    bytes all;
    const std::vector<std::string> names = {"a.bin", "b.bin", "empty", "c.bin", "d.bin"};
    for (const auto& name : names) {
        bytes content(name == "empty" ? 0 : 1 + random.below(12 * piece_bytes));
        random.fill(content);
        plan.files.push_back({{name}, content.size(), false});
        all.insert(all.end(), content.begin(), content.end());
        made.content.push_back(std::move(content));
    }
    bytes hashes;
    for (std::size_t at = 0; at < all.size(); at += piece_bytes)
        byte_writer(hashes).raw(
            crypto::sha1(byte_view(all).subspan(at, std::min<std::size_t>(piece_bytes, all.size() - at)))
                .bytes);
    made.torrent.info = *torrent::parse_info(torrent::encode_info(plan, hashes));
    return made;
}

std::vector<std::string> album::paths_below(const std::string& folder, const torrent::info& named) {
    std::vector<std::string> paths;
    for (const auto& file : named.files) paths.push_back(folder + "/" + file.path);
    return paths;
}

void album::write_below(const std::string& folder) const {
    fs::create_directories(folder + "/album");
    const auto paths = paths_below(folder);
    for (std::size_t i = 0; i < content.size(); ++i)
        std::ofstream(paths[i], std::ios::binary)
            .write(reinterpret_cast<const char*>(content[i].data()),
                   static_cast<std::streamsize>(content[i].size()));
}

std::vector<std::string> album::wrong_files(const std::string& folder, const std::vector<bool>& wanted,
                                            const torrent::info& named) const {
    std::vector<std::string> wrong;
    const auto paths = paths_below(folder, named);
    for (std::size_t i = 0; i < content.size(); ++i) {
        if (i < wanted.size() && !wanted[i]) continue;
        if (!fs::is_regular_file(fs::symlink_status(paths[i])))
            wrong.push_back(named.files[i].path + " is not there");
        else if (content_of(paths[i]) != content[i])
            wrong.push_back(named.files[i].path + " has other bytes");
    }
    return wrong;
}

// --- the disk ----------------------------------------------------------------------------------------

/// The disk side of one process: jobs of the storage are events of the world, one after the other.
class machine::disk final : public host_disk {
  public:
    disk(machine& of, sim::host& h)
        : of_(of),
          host_(h),
          pool_(0, [this](auto what) { later(std::move(what)); }),
          side_({[this] { return host_.where().now(); }, [this](auto what) { later(std::move(what)); },
                 [this] { host_.pump(); },
                 [this](session::disk::save what, app::disks::held_outcome held) {
                     write_down(std::move(what), std::move(held));
                 },
                 [](const info_hash&) {}, [](torrent_id, const torrent::deleted_files&) {},
                 [](torrent_id, std::uint32_t, const result<void>&) {},
                 [this](torrent_id, const error& why) { not_moved(why); },
                 [this](const info_hash&, const storage::move_record& record) { return keep(record); },
                 [this](const info_hash&) { return of_.state_ + "/writes"; }},
                pool_, of.files_, h.session()) {
        of_.disk_ = this;
    }
    ~disk() override {
        of_.files_.dead = true;  // a killed process tidies nothing up
        *alive_ = false;
        of_.disk_ = nullptr;
    }

    bool carry_out(session::output& what) override {
        const bool mine = std::visit(overloaded{
                                         [&](session::disk::leave_old_place& o) {
                                             moved(o.torrent);
                                             return true;
                                         },
                                         [&](auto& o) {
                                             if constexpr (is_for_disk<std::decay_t<decltype(o)>>) {
                                                 side_.carry_out(o);
                                                 return true;
                                             }
                                             return false;
                                         },
                                     },
                                     what);
        if (mine) work();
        return mine;
    }

  private:
    void write_down(session::disk::save what, app::disks::held_outcome held) {
        auto& kept = of_.resume_[what.hash];
        auto before = std::exchange(kept, std::move(what.what)).held;
        kept.held = held && *held ? *held : std::move(before);
        later([this, id = what.torrent, outcome = held ? result<void>() : fail(held.error().code, "")] {
            host_.session().saved(host_.where().now(), id, outcome);
            host_.pump();
        });
    }
    result<void> keep(const storage::move_record& record) {
        of_.move_ = record;
        return {};
    }
    void not_moved(const error& why) {
        of_.log.push_back("not moved: " + why.message);
        if (of_.move_ && of_.move_->at == storage::move_record::phase::staging) of_.move_.reset();
    }
    void moved(torrent_id id) {
        of_.log.push_back("moved");
        later([this, id] {  // an input waits until all outputs are out
            of_.note_list();
            if (of_.move_) {
                auto move = of_.begun(*of_.move_);
                of_.leave_old_place(move);
            }
            host_.session().left_old_place(host_.where().now(), id);
            host_.pump();
        });
    }
    template <class F>
    void later(F what) {
        host_.where().after(job_time, [this, alive = alive_, what = std::move(what)] {
            if (!*alive) return;
            what();
            if (*alive) work();
        });
    }
    /// One job at a time, as long as there are some.
    void work() {
        if (working_ || pool_.is_idle()) return;
        working_ = true;
        host_.where().after(job_time, [this, alive = alive_] {
            if (!*alive) return;
            working_ = false;
            pool_.step();
            BT_ASSERT(side_.is_sound());
            work();
        });
    }

    machine& of_;
    sim::host& host_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    bool working_ = false;
    storage::disk_pool pool_;
    app::disks side_;
};

// --- the machine -------------------------------------------------------------------------------------

machine::machine(world& w, const album& what)
    : world_(w),
      album_(what),
      folder_(scratch_.path() + "/files"),
      state_(scratch_.path() + "/state"),
      files_(scratch_.path() + "/attic") {
    files_.steady = [this] { return world_.now().time_since_epoch() / 1ns; };
    fs::create_directories(folder_);
    fs::create_directories(scratch_.path() + "/attic");
    fs::create_directories(state_);
    host_plan plan;
    plan.watched = true;
    plan.disk = [this](sim::host& h) { return std::make_unique<disk>(*this, h); };
    host_ = &w.add_host(std::move(plan));
    host_->told = [this](const session::happening& each) { told(each); };
}

machine::~machine() {
    if (runs()) host_->die();
}

void machine::share() {
    album_.write_below(folder_);
    session::share_request wish;
    wish.torrent = album_.torrent;
    wish.paths = album_.paths_below(folder_);
    for (const auto& path : wish.paths) {
        const auto file = files_.open(path, storage::open_for::reading);
        wish.stamps.push_back(files_.facts(file->get())->stamp());
    }
    add({std::move(wish)});
}

void machine::get(session::get_request wish) {
    wish.folder = folder_;
    wish.seed.what = session::seed_rule::kind::forever;
    add({std::move(wish)});
}

void machine::add(session::saved_torrent what) {
    const auto hash = album_.torrent.info.hash;
    torrent_ = *session().add(world_.now(), std::move(what), resume_[hash]);
    note_list();
    host_->pump();
}

void machine::note_list() { list_ = session().list(); }

void machine::overwrite(const std::string& path, std::uint64_t offset, byte_view data) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    if (!file) return;
    file.seekp(static_cast<std::streamoff>(offset));
    file.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
    file.close();
    files_.touched(path);
}

bool machine::is_complete() {
    if (!runs() || !session().has(torrent_)) return false;
    const auto state = session().brief_status(world_.now(), torrent_).state;
    return state == session::torrent_state::sharing && host_->node().swarm(torrent_).is_complete();
}

void machine::kill() {
    if (runs()) host_->die();
}

void machine::cut_power() {
    kill();
    files_.cut_power(world_.random());
}

void machine::start() {
    if (runs()) return;
    files_.dead = false;
    host_->boot();
    end_move();
    for (auto& each : std::exchange(list_, {})) add(std::move(each));
}

// --- another place: as the daemon does it -------------------------------------------------------------

storage::file_move machine::begun(storage::move_record record) {
    return {files_, std::move(record), [this](const storage::move_record& now) -> result<void> {
                move_ = now;
                return {};
            }};
}

/// The list says the new place.
void machine::leave_old_place(storage::file_move& move) {
    for (const auto& path : move.remove_old()) log.push_back(path + " stays");
    move_.reset();
}

/// Of a process that has ended.
void machine::end_move() {
    if (!move_) return;
    auto move = begun(*move_);
    const auto end = storage::recover_move(move);
    if (!end) return log.push_back("its move goes on later: " + end.error().message);
    if (*end == storage::move_end::undone) return move_.reset();
    for (auto& each : list_) {
        each.renamed = move.record().names;
        const auto paths = each.renamed.empty() ? torrent::paths_of(album_.torrent.info) : each.renamed;
        session::use_folder(each.request, move.record().to_folder, paths);
    }
    leave_old_place(move);
}

std::string machine::folder_beside(const std::string& name) const {
    const auto path = scratch_.path() + "/" + name;
    fs::create_directories(path);
    return path;
}

std::vector<std::string> machine::wrong_files(const std::vector<bool>& wanted) {
    const auto folder = session().brief_status(world_.now(), torrent_).folder;
    return album_.wrong_files(folder, wanted, session().torrent(torrent_)->info);
}

/// "Complete" is a promise about the bytes that lie there at that moment.
void machine::told(const session::happening& what) {
    std::visit(overloaded{
                   [&](const session::completed& done) {
                       log.push_back("completed");
                       ++completed;
                       for (const auto& wrong : wrong_files(done.wanted))
                           broken.push_back("complete, but " + wrong);
                   },
                   [&](const session::warning& o) { log.push_back("warning: " + o.message); },
                   [&](const session::failed& o) { log.push_back("failed: " + o.why.message); },
                   [&](const session::removed&) { log.push_back("removed"); },
                   [&](const session::reopened&) { log.push_back("reopened"); },
                   [&](const session::rechecked& o) {
                       log.push_back("checked " + std::to_string(o.pieces_good) + " of " +
                                     std::to_string(o.pieces_wanted));
                   },
                   [](const auto&) {},
               },
               what.what);
}

}  // namespace bt::sim
