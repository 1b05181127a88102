#include "app/daemon/uploads.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace bt::app {
namespace {

constexpr std::size_t most_uploads = 16;

unexpected<error> unknown() { return fail(errc::not_found, "there is no such upload"); }

}  // namespace

uploads::uploads(std::shared_ptr<storage::file_system> files, std::string folder, background_fn in_background)
    : fs_(std::move(files)), folder_(std::move(folder)), in_background_(std::move(in_background)) {
    in_background_([folder = folder_]() -> std::function<void()> {
        std::error_code trouble;
        for (const auto& each : std::filesystem::directory_iterator(folder, trouble))
            if (each.path().filename().string().starts_with(upload::hidden))
                std::filesystem::remove_all(each.path(), trouble);
        return [] {};
    });
}

void uploads::tick(time_point now) {
    std::erase_if(all_, [&](const auto& each) { return now - each.second.used >= idle_time; });
}

time_point uploads::next_deadline() const {
    auto first = never;
    for (const auto& [number, each] : all_) first = std::min(first, each.used + idle_time);
    return first;
}

result<std::uint32_t> uploads::begin(time_point now, const rpc::upload_wish& what) {
    if (all_.size() >= most_uploads)
        return fail(errc::usage, "too many uploads at a time", "wait until one has ended");
    auto made = upload::begin(fs_, folder_, last_ + 1, what);
    if (!made) return unexpected<error>(made.error());
    all_.emplace(++last_, one{std::move(*made), now});
    return last_;
}

void uploads::part(time_point now, std::uint32_t number, const std::string& path, std::uint64_t offset,
                   bytes data, rpc::host::done_fn<void> done) {
    const auto found = all_.find(number);
    if (found == all_.end()) return done(unknown());
    found->second.used = now;
    if (!found->second.files->has_part(path, offset, data.size()))
        return done(fail(errc::usage, "the upload has no such part"));
    in_background_([to = found->second.files, path, offset, data = std::move(data), done = std::move(done),
                    alive = std::weak_ptr(alive_)]() -> std::function<void()> {
        auto outcome = to->write(path, offset, data);
        return [to, path, offset, size = data.size(), done, alive, outcome] {
            if (!alive.expired()) done(outcome ? to->written(path, offset, size) : outcome);
        };
    });
}

result<void> uploads::cancel(std::uint32_t number) {
    if (all_.erase(number) == 0) return unknown();
    return {};
}

void uploads::end(std::uint32_t number, rpc::host::done_fn<std::string> done) {
    const auto found = all_.find(number);
    if (found == all_.end()) return done(unknown());
    if (const auto whole = found->second.files->check_whole(); !whole)
        return done(unexpected<error>(whole.error()));
    const auto kept = all_.extract(found).mapped().files;
    in_background_([kept, done = std::move(done), alive = std::weak_ptr(alive_)]() -> std::function<void()> {
        auto outcome = kept->finish();
        return [kept, done, alive, outcome] {
            if (!alive.expired()) done(outcome);
        };
    });
}

}  // namespace bt::app
