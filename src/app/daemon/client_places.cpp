#include "app/daemon/client_places.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "base/text.hpp"

namespace bt::app {
namespace {

namespace fs = std::filesystem;

/// What is left of the path; "." of the folder itself.
std::optional<fs::path> below_it(const fs::path& path, const fs::path& folder) {
    auto below = path.lexically_relative(folder);
    return below.empty() || *below.begin() == ".." ? std::nullopt : std::optional(std::move(below));
}

/// Of what is there; the rest of the path as it is written. Nothing where that cannot be found out.
std::optional<fs::path> real(const std::string& path) {
    std::error_code trouble;
    auto found = fs::weakly_canonical(path, trouble);
    return trouble ? std::nullopt : std::optional(std::move(found));
}

/// The system's calls would read a name up to a zero byte.
bool is_path(const std::string& text) { return text.find('\0') == text.npos; }

bool is_in(const fs::path& place, const std::string& folder, const std::string& records) {
    const auto whole = real(folder);
    const auto below = whole ? below_it(place, *whole) : std::nullopt;
    if (!below) return false;
    const bool hidden = std::any_of(below->begin(), below->end(), [](const fs::path& name) {
        return name != "." && name.native().starts_with('.');
    });
    const auto own = real(records);
    return !hidden && (!own || !below_it(place, *own));
}

bool is_in_any(const fs::path& place, const client_places& of) {
    return std::any_of(of.folders.begin(), of.folders.end(),
                       [&](const std::string& each) { return is_in(place, each, of.records); });
}

}  // namespace

result<std::string> path_to_share(const std::string& path, const client_places& from) {
    std::error_code trouble;
    const auto whole = fs::canonical(path, trouble);
    // what is not there is said of places alone that may be asked for
    const auto place = trouble ? real(path) : whole;
    if (!is_path(path) || !place || !is_in_any(*place, from))
        return fail(errc::usage, "'" + path + "' is in no folder that may be shared from",
                    "the download folder, and those of --share-dir");
    if (trouble) return fail(errc::not_found, "'" + path + "': " + trouble.message());
    return whole.string();
}

std::vector<std::string> left_out_of(const std::string& path, const client_places& from) {
    std::vector<std::string> globs = {".*"};
    const auto own = real(from.records);
    const auto records = own ? below_it(*own, path) : std::nullopt;
    if (!records) return globs;
    std::string as_it_is;
    for (const char each : records->native()) {
        if (std::string_view("*?[\\").find(each) != std::string_view::npos) as_it_is += '\\';
        as_it_is += each;
    }
    globs.push_back(std::move(as_it_is));
    return globs;
}

result<void> may_put_at(const std::string& path, const client_places& to) {
    const auto place = real(path);
    if (is_path(path) && path.starts_with('/') && place && is_in_any(*place, to)) return {};
    std::string folders;
    for (const auto& each : to.folders) folders += (folders.empty() ? "'" : ", '") + printable(each) + "'";
    return fail(errc::usage, "clients may put nothing at '" + printable(path, 4'096) + "': they may below " +
                                 folders + ", where nothing on the way is hidden");
}

}  // namespace bt::app
