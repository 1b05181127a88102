#include "storage/file_move.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/bencode.hpp"
#include "base/limits.hpp"
#include "storage/storage_error.hpp"

namespace bt::storage {
namespace {

constexpr std::size_t copy_bytes = limits::MiB;
constexpr std::size_t many_folders = 1'000;  // one sync for all of them

unexpected<error> changed(const std::string& path) {
    return fail(errc::storage, quoted_path(path) + " was changed by another program: nothing was moved",
                "try again");
}

void write_stamp(bencode_writer& out, const file_stamp& stamp) {
    out.begin_list();
    for (const auto number : {stamp.device, stamp.inode, stamp.size})
        out.integer(static_cast<std::int64_t>(number));
    out.integer(stamp.modified_ns);
    out.integer(stamp.changed_ns);
    out.end_list();
}

std::optional<file_stamp> read_stamp(const std::optional<bencode_view>& from) {
    if (!from) return std::nullopt;
    std::vector<std::int64_t> numbers;
    for (const auto each : *from) numbers.push_back(each.integer().value_or(-1));
    if (numbers.size() != 5) return std::nullopt;
    return file_stamp{static_cast<std::uint64_t>(numbers[0]), static_cast<std::uint64_t>(numbers[1]),
                      static_cast<std::uint64_t>(numbers[2]), numbers[3], numbers[4]};
}

}  // namespace

// --- the record --------------------------------------------------------------------------------------

bytes write_move(const move_record& record) {
    bencode_writer out;
    out.begin_dict();
    out.key("files");
    out.begin_list();
    for (const auto& each : record.files) {
        out.begin_dict();
        out.pair("copied", std::int64_t{each.copied});
        out.pair("from", each.from);
        out.key("now");
        write_stamp(out, each.now);
        out.pair("to", each.to);
        out.key("was");
        write_stamp(out, each.was);
        out.end_dict();
    }
    out.end_list();
    out.pair("from", record.from_folder);
    out.key("leaves");
    out.begin_list();
    for (const auto& each : record.leaves) out.string(each);
    out.end_list();
    if (!record.names.empty()) {
        out.key("names");
        out.begin_list();
        for (const auto& each : record.names) out.string(each);
        out.end_list();
    }
    out.pair("phase", static_cast<std::int64_t>(record.at));
    out.pair("staging", record.staging);
    out.pair("to", record.to_folder);
    out.end_dict();
    return out.take();
}

result<move_record> read_move(byte_view content) {
    const auto damaged = [] { return fail(errc::bad_data, "it is no record of files that are moved"); };
    const auto document = bencode_document::parse(content, bencode_file);
    if (!document) return damaged();
    const auto root = document->root();
    const auto phase = root.find_integer("phase");
    const auto from = root.find_string("from"), to = root.find_string("to"),
               staging = root.find_string("staging");
    const auto files = root.find_list("files"), leaves = root.find_list("leaves");
    if (!phase || *phase < 0 || *phase > 2 || !from || !to || !staging || !files || !leaves) return damaged();
    move_record record;
    record.at = static_cast<move_record::phase>(*phase);
    record.from_folder = *from;
    record.to_folder = *to;
    record.staging = *staging;
    for (const auto each : *leaves) record.leaves.emplace_back(each.string().value_or(""));
    if (const auto names = root.find_list("names"))
        for (const auto each : *names) record.names.emplace_back(each.string().value_or(""));
    for (const auto each : *files) {
        const auto old_path = each.find_string("from"), new_path = each.find_string("to");
        const auto was = read_stamp(each.find_list("was")), now = read_stamp(each.find_list("now"));
        if (!old_path || !new_path || !was || !now) return damaged();
        record.files.push_back({std::string(*old_path), std::string(*new_path), *was, *now,
                                each.find_integer("copied").value_or(0) != 0});
    }
    return record;
}

// --- staging -----------------------------------------------------------------------------------------

result<void> file_move::open_folders() {
    if (to_) return {};
    auto from = fs_.open(record_.from_folder, open_for::listing);
    if (!from) return storage_fail(from.error(), "open folder", record_.from_folder);
    auto to = fs_.open(record_.to_folder, open_for::listing);
    if (!to) return storage_fail(to.error(), "open folder", record_.to_folder);
    from_.emplace(fs_, std::move(*from));
    to_.emplace(fs_, std::move(*to));
    return {};
}

result<void> file_move::begin() {
    if (auto opened = open_folders(); !opened) return opened;
    const auto there = fs_.facts(to_->folder());
    if (!there) return storage_fail(there.error(), "look at", record_.to_folder);
    std::uint64_t needed = 0, largest = 0;
    next_ = 0;
    bytes_done_ = bytes_total_ = 0;
    for (auto& each : record_.files) {
        const auto taken = to_->look(each.to);
        if (taken || !is_absent(taken.error()))
            return fail(errc::occupied, quoted_path(shown(each.to)) + " stands in the way: nothing was moved",
                        "move it away, or choose another folder");
        bytes_total_ += each.was.size;
        largest = std::max(largest, each.was.size);
        each.copied = all_copied_ || each.was.device != there->device;
        if (!each.copied) continue;
        const auto old = from_->look(each.from);
        needed += old ? std::min(old->allocated, each.was.size) : each.was.size;
    }
    if (const auto most = fs_.largest_file(to_->folder()); largest > most)
        return too_large(record_.to_folder, largest, most);
    if (const auto free = fs_.free_bytes(to_->folder()); free && *free < needed)
        return no_space(record_.to_folder, needed - *free, *free);
    record_.at = move_record::phase::staging;
    if (auto kept = keep_(record_); !kept) return kept;
    if (auto made = to_->make_folder(record_.staging); !made && made.error().number != EEXIST)
        return storage_fail(made.error(), "make a folder in", record_.to_folder);
    return {};
}

result<bool> file_move::stage_some(std::uint64_t most_bytes) {
    const auto until = bytes_done_ + most_bytes;
    while (bytes_done_ < until) {
        if (copying_) {
            const auto more = copy_some(until - bytes_done_);
            if (!more) return more;
            continue;
        }
        if (next_ == record_.files.size()) {
            if (auto synced = to_->sync_folder(record_.staging); !synced)
                return storage_fail(synced.error(), "write", shown(record_.staging));
            return false;
        }
        if (auto staged = stage(next_++); !staged) return unexpected<error>(staged.error());
    }
    return true;
}

/// What was changed since it was known does not go on: it would be taken for what it was.
result<void> file_move::stage(std::size_t index) {
    const auto& file = record_.files[index];
    const auto path = record_.from_folder + "/" + file.from;
    const auto now = from_->look(file.from);
    if (!now) return storage_fail(now.error(), "open", path);
    if (now->kind != file_kind::regular || !now->stamp().same_content(file.was)) return changed(path);
    if (file.copied) return begin_copy(index);
    bytes_done_ += file.was.size;
    return {};
}

result<void> file_move::begin_copy(std::size_t index) {
    const auto& file = record_.files[index];
    const auto path = record_.from_folder + "/" + file.from;
    auto from = from_->open(file.from, open_for::reading);
    if (!from) return storage_fail(from.error(), "read", path);
    auto to = to_->open(staged(index), open_for::writing_or_new);
    if (!to) return storage_fail(to.error(), "write to", shown(file.to));
    // what an earlier try left there is written over
    for (const std::uint64_t size : {std::uint64_t{0}, file.was.size})
        if (auto cut = fs_.resize(to->get(), size); !cut)
            return storage_fail(cut.error(), "write to", shown(file.to));
    fs_.read_ahead(from->get());
    copying_ = copy{index, std::move(*from), std::move(*to)};
    return file.was.size == 0 ? end_copy() : result<void>();
}

/// Holes stay holes.
result<bool> file_move::copy_some(std::uint64_t most_bytes) {
    const auto& file = record_.files[copying_->index];
    const auto path = record_.from_folder + "/" + file.from;
    const auto size = file.was.size;
    bytes block(copy_bytes);
    for (std::uint64_t copied = 0; copied < most_bytes;) {
        auto& at = copying_->offset;
        const auto data = fs_.next_data(copying_->from.get(), at, size);
        if (!data) return storage_fail(data.error(), "read", path);
        bytes_done_ += *data - at;
        at = *data;
        if (at >= size) {
            if (auto ended = end_copy(); !ended) return unexpected<error>(ended.error());
            return true;
        }
        const auto hole = fs_.next_hole(copying_->from.get(), at, size);
        const auto end = hole ? *hole : size;
        const iovec into{block.data(), std::min<std::uint64_t>({copy_bytes, end - at, most_bytes - copied})};
        const auto got = fs_.read(copying_->from.get(), {&into, 1}, at);
        if (!got) return storage_fail(got.error(), "read", path);
        if (*got == 0) return changed(path);
        for (std::size_t put = 0; put < *got;) {
            const auto wrote =
                fs_.write(copying_->to.get(), byte_view(block.data() + put, *got - put), at + put);
            if (!wrote) return storage_fail(wrote.error(), "write to", shown(file.to));
            put += *wrote;
        }
        at += *got;
        copied += *got;
        bytes_done_ += *got;
    }
    return true;
}

/// The copy counts if the old one was left alone meanwhile.
result<void> file_move::end_copy() {
    const auto& file = record_.files[copying_->index];
    const auto path = record_.from_folder + "/" + file.from;
    const auto old = fs_.facts(copying_->from.get()), fresh = fs_.facts(copying_->to.get());
    if (!old || !old->stamp().same_content(file.was)) return changed(path);
    if (!fresh || fresh->size != file.was.size) return changed(shown(file.to));
    (void)fs_.set_mode(copying_->to.get(), old->mode);  // best effort
    if (auto marked = fs_.mark(copying_->to.get()); !marked)
        return storage_fail(marked.error(), "write to", shown(file.to));
    if (auto synced = fs_.sync_data(copying_->to.get()); !synced)
        return storage_fail(synced.error(), "write to", shown(file.to));
    fs_.drop_cache(copying_->to.get());
    copying_.reset();
    return {};
}

// --- placing -----------------------------------------------------------------------------------------

/// What a copy became; what is moved itself stays what it was.
result<void> file_move::note_stamps() {
    for (std::size_t i = 0; i < record_.files.size(); ++i) {
        auto& file = record_.files[i];
        file.now = file.was;
        if (!file.copied) continue;
        const auto facts = to_->look(staged(i));
        if (!facts) return storage_fail(facts.error(), "look at", shown(staged(i)));
        file.now = facts->stamp();
    }
    return {};
}

result<void> file_move::place() {
    if (auto opened = open_folders(); !opened) return opened;
    if (record_.at == move_record::phase::staging) {
        if (auto noted = note_stamps(); !noted) return noted;
        record_.at = move_record::phase::placing;
        if (auto kept = keep_(record_); !kept) return kept;
    }
    std::vector<std::string> made;
    for (std::size_t i = 0; i < record_.files.size(); ++i) {
        const auto& to = record_.files[i].to;
        if (const auto there = to_->look(to); there && there->stamp().same_content(record_.files[i].now))
            continue;  // by an earlier try
        if (auto parents = to_->make_parents(to, made); !parents)
            return storage_fail(parents.error(), "create a folder for", shown(to));
        const auto moved = place_one(i);
        if (!moved && moved.error().number == EEXIST)
            return fail(errc::occupied, quoted_path(shown(to)) + " appeared while files were moved there",
                        "move it away, or choose another folder");
        if (!moved) return storage_fail(moved.error(), "move a file to", shown(to));
    }
    if (auto synced = sync_places(made); !synced) return synced;
    for (auto& each : record_.files) {  // a new name is a change of its own
        const auto facts = to_->look(each.to);
        if (!facts || !facts->stamp().same_content(each.now)) return changed(shown(each.to));
        each.now = facts->stamp();
    }
    (void)to_->remove_folder(record_.staging);
    record_.at = move_record::phase::placed;
    return keep_(record_);
}

os_result<void> file_move::place_one(std::size_t index) {
    const auto& file = record_.files[index];
    return file.copied ? to_->rename_new(staged(index), file.to)
                       : from_->rename_new(file.from, *to_, file.to);
}

result<void> file_move::sync_places(const std::vector<std::string>& made) {
    std::set<std::string> fresh(made.begin(), made.end()), left;
    for (const auto& each : record_.files) {
        fresh.insert(tree::parent_of(each.to));
        if (!each.copied) left.insert(tree::parent_of(each.from));
    }
    if (fresh.size() + left.size() > many_folders) {
        for (const auto* each : {&*to_, &*from_})
            if (auto all = fs_.sync_everything(each->folder()); !all)
                return storage_fail(all.error(), "write", record_.to_folder);
        return {};
    }
    for (const auto& folder : fresh)
        if (auto synced = to_->sync_folder(folder); !synced)
            return storage_fail(synced.error(), "write", shown(folder));
    for (const auto& folder : left)
        if (auto synced = from_->sync_folder(folder); !synced)
            return storage_fail(synced.error(), "write", record_.from_folder + "/" + folder);
    return {};
}

// --- the ends ----------------------------------------------------------------------------------------

void file_move::undo() {
    copying_.reset();
    if (!open_folders()) return;
    std::set<std::string> folders;
    for (std::size_t i = 0; i < record_.files.size(); ++i) {
        if (record_.files[i].copied) (void)to_->remove_file(staged(i));
        if (record_.at == move_record::phase::staging) continue;
        put_back(i);
        for (auto above = tree::parent_of(record_.files[i].to); !above.empty();
             above = tree::parent_of(above))
            folders.insert(above);
    }
    for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder)
        (void)to_->remove_folder(*folder);  // stays when something is in it
    (void)to_->remove_folder(record_.staging);
    (void)to_->sync_folder("");
    record_.at = move_record::phase::staging;
}

/// One that may have been placed.
void file_move::put_back(std::size_t index) {
    const auto& file = record_.files[index];
    const auto fresh = to_->look(file.to);
    if (!fresh || !fresh->stamp().same_content(file.now)) return;
    if (!file.copied) {
        (void)to_->rename_new(file.to, *from_, file.from);
        (void)from_->sync_folder(tree::parent_of(file.from));
        return;
    }
    // a copy goes only where the old one is still there
    if (const auto old = from_->look(file.from); old && old->stamp().same_content(file.was))
        (void)to_->remove_file(file.to);
}

std::vector<std::string> file_move::remove_old() {
    std::vector<std::string> kept;
    if (!open_folders()) return kept;
    for (const auto& each : record_.files) {
        if (!each.copied) continue;
        const auto old = from_->look(each.from), fresh = to_->look(each.to);
        if (!old && is_absent(old.error())) continue;
        const bool is_old = old && old->kind == file_kind::regular && old->stamp().same_content(each.was);
        const bool has_new =
            fresh && fresh->kind == file_kind::regular && fresh->stamp().same_content(each.now);
        if (!is_old || !has_new || !from_->remove_file(each.from))
            kept.push_back(record_.from_folder + "/" + each.from);
    }
    for (const auto& folder : record_.leaves) (void)from_->remove_folder(folder);
    (void)from_->sync_folder("");
    return kept;
}

result<move_end> recover_move(file_move& left) {
    if (left.record().at == move_record::phase::staging) {
        left.undo();
        return move_end::undone;
    }
    if (left.record().at == move_record::phase::placed) return move_end::moved;
    const auto placed = left.place();
    if (placed) return move_end::moved;
    if (placed.error().code != errc::occupied) return unexpected<error>(placed.error());
    left.undo();
    return move_end::undone;
}

}  // namespace bt::storage
