#include "app/daemon/daemon.hpp"

#include <unistd.h>

#include <utility>

#include "app/control/control_server.hpp"
#include "app/daemon/handed_over.hpp"
#include "app/daemon/rpc_host.hpp"
#include "app/files/state_record.hpp"
#include "app/guests/guest_page.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "torrent/renamed.hpp"

namespace bt::app {
namespace {

/// A daemon keeps what it fetched: it gives until it is told otherwise.
void use_own_rules(saved_torrent& what) {
    auto* get = std::get_if<get_request>(&what.request);
    if (get == nullptr) return;
    if (get->seed.what == seed_rule::kind::linger) get->seed.what = seed_rule::kind::forever;
    get->timeout = {};
}

void use_new_place(saved_torrent& what, const std::string& folder, const std::vector<std::string>& names) {
    if (!names.empty()) what.renamed = names;
    auto paths = what.renamed;
    if (const auto* info = bt::session::info_of(what.request); info != nullptr && paths.empty())
        paths = torrent::paths_of(*info);
    bt::session::use_folder(what.request, folder, paths);
}

std::function<void(const result<void>&)> told_to(const control_server::done_fn& done) {
    return [done](const result<void>& outcome) {
        outcome ? done(json(json::object{})) : done(unexpected<error>(outcome.error()));
    };
}

}  // namespace

result<std::unique_ptr<daemon>> daemon::start(session& node, daemon_folders folders, const rpc_options& rpc,
                                              told who) {
    auto made = std::make_unique<daemon>(node, std::move(folders), std::move(who));
    auto list = torrent_list::open(state_folder(), made->files_,
                                   [&node](auto job) { node.in_background(std::move(job)); });
    if (!list) return unexpected<error>(list.error());
    made->list_ = std::move(*list);
    if (auto open = made->open_control_port(rpc); !open) return unexpected<error>(open.error());
    made->add_methods();
    made->load();
    made->watched_ = std::make_unique<watched_folders>(*made);
    made->watched_->load();
    return made;
}

daemon::~daemon() = default;

daemon::daemon(session& node, daemon_folders folders, told who)
    : node_(node),
      folders_(std::move(folders)),
      adds_to_(folders_.downloads),
      told_(std::move(who)),
      since_(node.wall_clock()) {
    node_.on_event([this](const happening& what) { handle(what); });
    node_.on_change([this](torrent_id id, session::told what) {
        auto* one = running(id);
        if (one == nullptr || node_.find(one->hash) != id) return;  // it has just ended
        if (what == session::told::goes) return list_->forget(one->hash);
        note_pause(*one);
        (void)keep(*one);
    });
    node_.on_move([this](torrent_id id, done_fn done) { keep_place(id, std::move(done)); });
}

std::string daemon::name_of(const listed_torrent& one) const {
    const auto id = node_.find(one.hash);
    auto name = id ? printable(node_.brief_status(*id).name) : "";
    return name.empty() ? to_hex(one.hash.span()).substr(0, 8) : name;
}

void daemon::note_pause(listed_torrent& one) {
    const bool paused = node_.brief_status(one.running).state == torrent_state::paused;
    if (!paused) {  // somebody resumed it
        one.why.clear();
        one.finished = false;
    }
    if (std::exchange(one.paused, paused) == paused) return;
    told_.noted((paused ? "paused: " : "resumed: ") + name_of(one) + (one.why.empty() ? "" : ": " + one.why));
}

result<void> daemon::open_control_port(const rpc_options& options) {
    if (options.off) return {};
    rpc_host_ = std::make_unique<rpc_host>(*this);
    rpc_ = std::make_unique<rpc::server>(*rpc_host_);
    node_.every(1s, [this] {
        if (rpc_host_) rpc_host_->note_rates();
        if (rpc_) rpc_->tick();
    });
    front_.emplace(node_.loop(), options, [this](std::string_view body, rpc_front::reply_fn done) {
        rpc_->answer(body, std::move(done));
    });
    return front_->listen();
}

std::vector<std::string> daemon::share_folders() const {
    auto all = folders_.shares;
    all.push_back(folders_.downloads);
    return all;
}

void daemon::load() {
    bring_moves_to_an_end();
    for (auto& each : list_->load(told_.warned)) {
        if (const auto moved = moved_to_.find(bt::session::hash_of(each.request)); moved != moved_to_.end()) {
            use_new_place(each, moved->second.folder, moved->second.names);
            if (const auto kept = list_->keep(each); !kept) {
                told_.warned(kept.error());
                moved_to_.erase(moved);  // the old files stay till that is mended
            }
        }
        each.rests = each.paused && !each.why_paused.empty() && !each.finished;
        const auto kept = each;
        const auto id = node_.add(std::move(each));
        if (id) {
            list(kept, *id);
            continue;
        }
        auto why = id.error();
        why.message = to_hex(bt::session::hash_of(kept.request).span()).substr(0, 8) +
                      " stays on the list and does not run: " + why.message;
        told_.warned(why);
    }
    leave_old_places();
    if (rpc_) rpc_->begin();
}

listed_torrent& daemon::list(const saved_torrent& what, torrent_id running) {
    auto& one = torrents_[++last_];
    one.number = last_;
    one.hash = bt::session::hash_of(what.request);
    one.running = running;
    one.added = what.added;
    one.labels = what.labels;
    one.order = what.order;
    one.paused = what.paused;
    one.why = what.why_paused;
    one.finished = what.finished;
    last_order_ = std::max(last_order_, one.order);
    numbers_[running] = one.number;
    by_hash_[one.hash] = one.number;
    return one;
}

result<daemon::taken> daemon::take(saved_torrent what) {
    if (const auto* there = find(bt::session::hash_of(what.request))) {
        const auto id = there->running;
        const bool resumes = std::holds_alternative<share_request>(what.request) && !what.paused &&
                             node_.find(there->hash) == id &&
                             node_.brief_status(id).state == torrent_state::paused;
        if (resumes) node_.set_paused(id, false);
        return taken{there->number, true, resumes};
    }
    if (what.added == 0) what.added = static_cast<std::int64_t>(node_.wall_clock());
    what.order = std::max(static_cast<std::int64_t>(node_.wall_clock() * 1e6), last_order_ + 1);
    use_own_rules(what);
    auto kept = what;
    const auto id = node_.add(std::move(what));
    if (!id) return unexpected<error>(id.error());
    auto& one = list(kept, *id);
    // with the whole path of its folder; one that ends at once comes again and rests, when that is told
    if (node_.find(one.hash) == *id) kept.request = node_.saved(*id).request;
    if (auto written = list_->keep(kept); !written) {
        const auto why = written.error();
        remove(one);
        return unexpected<error>(why);
    }
    told_.noted("added: " + name_of(one));
    return taken{one.number, false};
}

void daemon::remove(const listed_torrent& which, std::function<void()> gone) {
    if (gone) when_gone_.emplace(which.number, std::move(gone));
    node_.remove(which.running);
}

void daemon::remove_with_files(const listed_torrent& which, std::function<void(const deleted_files&)> done) {
    node_.remove_with_files(which.running, std::move(done));
}

void daemon::finish(std::uint32_t number, const std::string& why) {
    const auto found = torrents_.find(number);
    if (found == torrents_.end()) return;
    found->second.finished = true;
    found->second.why = why;
    node_.rest(found->second.running, why);
}

void daemon::label(std::uint32_t number, std::vector<std::string> labels) {
    const auto found = torrents_.find(number);
    if (found == torrents_.end()) return;
    found->second.labels = std::move(labels);
    (void)keep(found->second);
}

void daemon::set_bounds(std::uint32_t number, const bt::session::torrent_bounds& bounds) {
    const auto found = torrents_.find(number);
    if (found == torrents_.end() || found->second.bounds == bounds) return;
    found->second.bounds = bounds;
    if (node_.find(found->second.hash) == found->second.running)
        node_.set_bounds(found->second.running, bounds);
}

const listed_torrent* daemon::find(std::uint32_t number) const {
    const auto found = torrents_.find(number);
    return found == torrents_.end() ? nullptr : &found->second;
}

const listed_torrent* daemon::find(const info_hash& hash) const {
    const auto number = by_hash_.find(hash);
    return number == by_hash_.end() ? nullptr : find(number->second);
}

const listed_torrent* daemon::find(torrent_id running) const {
    const auto number = numbers_.find(running);
    return number == numbers_.end() ? nullptr : find(number->second);
}

listed_torrent* daemon::running(torrent_id id) {
    const auto number = numbers_.find(id);
    return number == numbers_.end() ? nullptr : &torrents_.at(number->second);
}

result<void> daemon::keep(const listed_torrent& one) {
    if (stopped_ || node_.find(one.hash) != one.running) return {};  // it has just ended, and comes again
    if (!list_->has(one.hash)) return {};                            // it is to go
    auto what = node_.saved(one.running);
    what.added = one.added;
    what.labels = one.labels;
    what.order = one.order;
    what.why_paused = one.why;
    what.finished = one.finished;
    auto written = list_->keep(what);
    if (!written)
        told_.warned({written.error().code,
                      "what is wished of " + name_of(one) +
                          " could not be kept, and is lost with a restart: " + written.error().message,
                      written.error().hint});
    return written;
}

// --- what happens

void daemon::handle(const happening& what) {
    auto* one = what.torrent ? running(*what.torrent) : nullptr;
    told_.happened(what, one);
    if (one == nullptr) return;
    if (const auto* broken = std::get_if<failed>(&what.what)) {
        rest(*one, broken->why.message, false);
    } else if (const auto* ended = std::get_if<done>(&what.what)) {
        rest(*one, "stopped: " + ended->why, true);
    } else if (std::holds_alternative<removed>(what.what)) {
        drop(*one);
    }
}

void daemon::drop(const listed_torrent& one) {
    list_->forget(one.hash);
    by_hash_.erase(one.hash);
    numbers_.erase(one.running);
    const auto number = one.number;
    torrents_.erase(number);
    const auto [first, end] = when_gone_.equal_range(number);
    for (auto each = first; each != end; ++each) node_.later(std::move(each->second));
    when_gone_.erase(first, end);
}

/// It ended by itself: it rests paused until a user resumes it.
void daemon::rest(listed_torrent& one, std::string why, bool finished) {
    one.why = std::move(why);
    one.finished = finished;
    node_.later([this, number = one.number] {
        const auto found = torrents_.find(number);
        if (found == torrents_.end() || stopped_) return;
        auto again = list_->last(found->second.hash);
        if (!again) return drop(found->second);  // it was to go just then
        again->paused = true;
        again->why_paused = found->second.why;
        again->rests = !found->second.finished;
        numbers_.erase(found->second.running);
        const auto id = node_.add(std::move(*again));
        if (!id) return told_.warned(id.error());
        found->second.running = *id;
        found->second.paused = true;
        node_.set_bounds(*id, found->second.bounds);
        numbers_[*id] = number;
        (void)keep(found->second);
    });
}

// --- commands

const listed_torrent* daemon::meant(const json& params) const {
    const auto raw = from_hex(params.find_text("hash").value_or(""));
    const auto hash = raw ? info_hash::from(*raw) : std::nullopt;
    return hash ? find(*hash) : nullptr;
}

void daemon::add_methods() {
    auto& to = node_.control();
    to.add("daemon", [this](const json&) -> result<json> { return describe(); });
    to.add("daemon_stop", [this](const json&) -> result<json> {
        node_.later([this] {
            stop();
            node_.stop();
        });
        return json(json::object{});
    });
    to.add_slow("torrent_move", [this](const json& params, const control_server::done_fn& done) {
        const auto* one = meant(params);
        const auto folder = params.find_text("folder").value_or("");
        if (one == nullptr) return done(fail(errc::not_found, "no such torrent is running"));
        if (!folder.starts_with('/')) return done(fail(errc::usage, "folder: an absolute path"));
        const auto* finds = params.find("find");
        move(one->number, std::string(folder), finds != nullptr && finds->boolean() == true, told_to(done));
    });
    to.add_slow("torrent_rename", [this](const json& params, const control_server::done_fn& done) {
        const auto* one = meant(params);
        if (one == nullptr) return done(fail(errc::not_found, "no such torrent is running"));
        const auto path = params.find_text("path"), name = params.find_text("name");
        if (!path || !name) return done(fail(errc::usage, "path, name: texts"));
        rename(one->number, std::string(*path), std::string(*name), told_to(done));
    });
    to.add("torrent_label", [this](const json& params) -> result<json> {
        const auto* one = meant(params);
        const auto* list = params.find("labels");
        if (one == nullptr) return fail(errc::not_found, "no such torrent is running");
        if (list == nullptr || list->elements() == nullptr)
            return fail(errc::usage, "labels: a list of texts");
        std::vector<std::string> labels;
        for (const auto& each : *list->elements())
            if (auto added = add_label(labels, each.text().value_or("")); !added)
                return unexpected<error>(added.error());
        label(one->number, std::move(labels));
        return json(json::object{});
    });
    to.add("torrent_take", [this](const json& params) { return take_file(params); });
}

json daemon::describe() const {
    json watched = json::array{};
    for (auto& each : watched_->names()) watched.push_back(std::move(each));
    return {{"process", ::getpid()},
            {"version", std::string(program_version)},
            {"state_folder", state_folder()},
            {"download_folder", adds_to_},
            {"torrents", torrents_.size()},
            {"watched", std::move(watched)},
            {"rpc", rpc_url()},
            {"page", page_url()},
            {"network", node_.options().network},
            {"lan_port", node_.options().lan_port},
            {"since", since_}};
}

result<json> daemon::take_file(const json& params) {
    const auto path = params.find_text("file");
    if (!path) return fail(errc::usage, "file: the path of what is handed over");
    auto what = take_over(std::string(*path));
    if (!what) return unexpected<error>(what.error());
    const auto took = take(std::move(*what));
    if (!took) return unexpected<error>(took.error());
    const auto& one = *find(took->number);
    return json{{"id", took->number},       {"hash", to_hex(one.hash.span())},
                {"name", name_of(one)},     {"duplicate", took->duplicate},
                {"resumed", took->resumed}, {"url", guest_page(node_, one.hash)}};
}

void daemon::stop() {
    if (std::exchange(stopped_, true)) return;
    if (watched_) watched_->stop();
    front_.reset();  // the loop does not outlive the node
    rpc_.reset();
    rpc_host_.reset();
    (void)list_->settle();
}

}  // namespace bt::app
