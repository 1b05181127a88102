#include "app/files/state_record.hpp"

#include <cstdlib>

#include "base/version.hpp"

namespace bt::app {

result<std::unique_ptr<state_record>> state_record::open(net::loop& on, const std::string& path,
                                                         std::string kind, std::string what, warn_fn warn) {
    auto record = std::make_unique<state_record>(std::move(what), std::move(warn));
    auto file = storage::state_file::open(path, std::move(kind), record->files_);
    if (!file) return unexpected<error>(file.error());
    record->file_ = std::make_unique<storage::state_file>(std::move(*file));
    record->disk_ = std::make_unique<storage::disk_pool>(1, on.make_poster());
    return record;
}

void state_record::write(bytes content) {
    if (!disk_) return;
    writing_ = true;
    disk_->submit([this, content = std::move(content)]() -> std::function<void()> {
        const auto saved = file_->save(content);
        return [this, saved] {
            writing_ = false;
            if (!saved && !said_) trouble(saved.error());
            said_ = !saved;  // once, not every time
        };
    });
}

void state_record::write_last(const bytes& content) {
    disk_.reset();  // a write under way is finished first
    if (const auto saved = file_->save(content); !saved) trouble(saved.error());
}

std::string state_folder() {
    for (const char* variable : {"BTNODE_STATE_DIR", "STATE_DIRECTORY"})
        if (const char* folder = std::getenv(variable); folder != nullptr && *folder == '/') return folder;
    const auto own = "/" + std::string(program_name);
    if (const char* folder = std::getenv("XDG_STATE_HOME"); folder != nullptr && *folder == '/')
        return folder + own;
    if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
        return home + std::string("/.local/state") + own;
    return "";
}

}  // namespace bt::app
