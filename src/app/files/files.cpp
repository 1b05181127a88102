#include "app/files/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "app/files/known_hashes.hpp"
#include "app/files/state_record.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "net/http_client.hpp"
#include "net/loop.hpp"
#include "storage/disk_pool.hpp"
#include "storage/file_system.hpp"
#include "storage/hash_files.hpp"
#include "storage/names_on_disk.hpp"
#include "storage/torrent_storage.hpp"
#include "torrent/create.hpp"
#include "torrent/urls.hpp"

namespace bt::app {
namespace {

/// Closes itself.
struct open_file {
    int fd;
    ~open_file() {
        if (fd > STDERR_FILENO) ::close(fd);
    }
};

unexpected<error> system_failure(const std::string& doing, const std::string& path) {
    const int number = errno;
    const auto code = number == ENOENT || number == ENOTDIR ? errc::not_found : errc::storage;
    return fail(code, "cannot " + doing + " '" + path + "': " + std::strerror(number));
}

/// A name that no file has, nor one that a crash left behind; as short for a `path` as long as a name can be.
std::string name_beside(const std::string& path) {
    std::array<std::uint8_t, 8> random{};
    net::entropy(random);
    return path.substr(0, path.rfind('/') + 1) + "." + std::string(program_name) + "-" + to_hex(random) +
           ".tmp";
}

result<bytes> read_bounded(const std::string& path, std::size_t most) {
    const open_file file{path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.fd < 0) return system_failure("read", path);
    bytes content;
    struct stat facts {};
    if (::fstat(file.fd, &facts) == 0 && S_ISREG(facts.st_mode))
        content.reserve(std::min(static_cast<std::size_t>(facts.st_size), most) + 256 * limits::KiB);
    for (;;) {
        const auto begin = content.size();
        content.resize(std::min(begin + 256 * limits::KiB, most + 1));
        const auto count = ::read(file.fd, content.data() + begin, content.size() - begin);
        if (count < 0 && errno != EINTR) return system_failure("read", path);
        content.resize(begin + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (count == 0) return content;
        if (content.size() > most)
            return fail(errc::bad_data,
                        "'" + path + "' is larger than " + std::to_string(most / limits::MiB) + " MiB");
    }
}

result<void> write_and_sync(int fd, byte_view content, const std::string& path) {
    while (!content.empty()) {
        const auto count = ::write(fd, content.data(), content.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_failure("write", path);
        content = content.subspan(static_cast<std::size_t>(count));
    }
    if (::fsync(fd) != 0) return system_failure("write", path);
    return {};
}

result<bytes> hash(const make_request& request, const storage::found_tree& tree, std::uint64_t piece_bytes,
                   std::int64_t walked_ns) {
    const known_hashes known(request.reuse ? state_folder() : "", tree, piece_bytes, walked_ns);
    if (auto hashes = known.find()) return std::move(*hashes);
    storage::hash_options options;
    options.piece_bytes = piece_bytes;
    options.threads = request.threads;
    options.cancel = request.cancel;
    if (request.progress)
        options.progress = [&](std::uint64_t done) { request.progress(done, tree.total_bytes); };
    auto hashes = storage::hash(tree, options);
    if (hashes) known.keep(*hashes);
    return hashes;
}

std::optional<std::int64_t> newest(const std::vector<torrent::file_stamp>& stamps) {
    std::int64_t last = -1;
    for (const auto& each : stamps) last = std::max(last, each.modified_ns / 1'000'000'000);
    return last < 0 ? std::nullopt : std::optional(last);
}

}  // namespace

result<void> look_at_paths(const make_request& request, const std::vector<std::string>& paths) {
    if (auto tree = storage::walk(paths, request.name, request.exclude); !tree)
        return unexpected<error>(tree.error());
    return {};
}

result<made_torrent> make(const make_request& request) {
    const auto walked_ns = storage::system_files().now_ns();
    auto tree = storage::walk(request.paths, request.name, request.exclude);
    if (!tree) return unexpected<error>(tree.error());
    auto piece_bytes = request.piece_bytes != 0 ? torrent::check_piece_bytes(request.piece_bytes)
                                                : torrent::choose_piece_bytes(tree->total_bytes);
    if (!piece_bytes) return unexpected<error>(piece_bytes.error());
    auto hashes = hash(request, *tree, *piece_bytes, walked_ns);
    if (!hashes) return unexpected<error>(hashes.error());

    torrent::info_plan plan;
    plan.name = tree->name;
    plan.multi_file = tree->multi_file;
    plan.piece_bytes = *piece_bytes;
    plan.is_private = request.is_private;
    plan.source = request.source;
    made_torrent made;
    for (auto& found : tree->files) {
        plan.files.push_back(found.file);
        made.paths.push_back(found.path);
        made.stamps.push_back(found.stamp);
    }
    torrent::torrent_plan around;
    around.trackers = request.trackers;
    around.web_seeds = request.web_seeds;
    around.comment = request.comment;
    around.created_by = std::string(program_name) + ' ' + std::string(program_version);
    around.creation_date = request.dated_by_files ? newest(made.stamps) : request.creation_date;
    made.file = torrent::encode_torrent(around, torrent::encode_info(plan, *hashes));
    auto parsed = torrent::parse_torrent(made.file);
    if (!parsed) return unexpected<error>(parsed.error());
    made.torrent = std::move(*parsed);
    made.skipped = std::move(tree->skipped);
    for (std::size_t i = 0; i < plan.files.size(); ++i) {
        const auto& safe = made.torrent.info.files[i].path;
        std::string given = plan.name;
        for (const auto& element : plan.files[i].path) given += '/' + element;
        if (safe != given) made.skipped.push_back(made.paths[i] + ": others get it as '" + safe + "'");
    }
    return made;
}

result<std::string> read_text_file(const std::string& path) {
    const auto content = read_bounded(path, limits::text_file_bytes);
    if (!content) return unexpected<error>(content.error());
    return std::string(as_text(*content));
}

result<bytes> read_torrent_bytes(const std::string& path) {
    return read_bounded(path, limits::torrent_file_bytes);
}

result<torrent::metainfo> read_torrent(const std::string& path) {
    auto content = read_torrent_bytes(path);
    if (!content) return unexpected<error>(content.error());
    auto parsed = torrent::parse_torrent(shared_bytes(std::move(*content)));
    if (!parsed) {
        auto why = parsed.error();
        why.message = "'" + path + "': " + why.message;
        return unexpected<error>(std::move(why));
    }
    return parsed;
}

result<void> write_file(const std::string& path, byte_view content, bool replace) {
    const auto temporary = name_beside(path);
    const open_file file{
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666)};
    if (file.fd < 0) {
        auto why = system_failure("write", path).value();
        why.code = errc::storage;
        if (errno == ENOENT || errno == ENOTDIR) why.hint = "its folder is not there: make it first";
        return unexpected<error>(std::move(why));
    }
    auto outcome = write_and_sync(file.fd, content, path);
    if (outcome) {
        const int renamed =
            replace ? ::rename(temporary.c_str(), path.c_str()) : ::link(temporary.c_str(), path.c_str());
        if (renamed != 0 && errno == EEXIST)
            outcome = fail(errc::storage, "'" + path + "' is there already",
                           "choose another name, or move it away");
        else if (renamed != 0)
            outcome = system_failure("write", path);
    }
    if (!outcome || !replace) ::unlink(temporary.c_str());
    return outcome;
}

result<verify_report> verify(const torrent::metainfo& torrent, const std::string& folder,
                             std::function<void(std::uint64_t, std::uint64_t)> progress) {
    // every file where the torrent puts it below the folder, read only; what is missing is bad
    storage::shared_place place;
    place.folder = folder;
    storage::system_files files;
    const auto named = storage::with_names_on_disk(torrent.info, folder, files);
    if (const open_file there{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)}; there.fd < 0)
        return system_failure("open folder", folder);
    net::loop loop;
    result<torrent::piece_set> good = torrent::piece_set();
    std::vector<storage::misfit> misfits;
    {
        storage::disk_pool disk(std::max(2u, std::thread::hardware_concurrency()), loop.make_poster());
        storage::torrent_storage check(named ? *named : torrent.info, std::move(place), disk, files);
        const auto tell = [&](std::uint64_t done, std::uint64_t total, bool) {
            if (progress) progress(done, total);
        };
        check.check(tell, [&](result<torrent::piece_set> outcome) {
            good = std::move(outcome);
            loop.stop();
        });
        loop.run();
        misfits = check.misfits();
    }
    if (!good) return unexpected<error>(good.error());
    torrent::piece_set bad(good->size(), true);
    good->for_each([&](piece_index piece) { bad.erase(piece); });
    bt::session::drop_told(torrent.info, bad, misfits);
    return verify_report{std::move(*good), std::move(bad), std::move(misfits)};
}

net::http_limits torrent_url_limits(duration timeout) {
    net::http_limits most;
    most.max_bytes = limits::torrent_file_bytes;
    most.redirects = limits::torrent_redirects;
    if (timeout > duration{}) {
        most.total = timeout;
        most.first_byte = std::min(most.first_byte, timeout);
    }
    return most;
}

result<link_or_torrent> fetch_torrent(const std::string& url, duration timeout, const outgoing& way) {
    net::loop loop;
    net::http_client http(loop, way);
    net::http_result answer = bt::fail(errc::network, "no answer");
    http.get(url, torrent_url_limits(timeout), [&](net::http_result got) {
        answer = std::move(got);
        loop.stop();
    });
    loop.run();
    if (!answer) return unexpected<error>(answer.error());
    if (!answer->link.empty()) {
        auto link = torrent::parse_magnet(answer->link);
        if (!link) return unexpected<error>(link.error());
        return link_or_torrent(std::move(*link));
    }
    const auto shown = torrent::public_url(url);
    if (answer->status != 200)
        return fail(
            answer->status == 404 ? errc::not_found : errc::network,
            "'" + shown + "': the server answered with HTTP status " + std::to_string(answer->status));
    auto parsed = torrent::parse_torrent(shared_bytes(std::move(answer->body)));
    if (!parsed) return fail(errc::bad_data, "'" + shown + "': " + parsed.error().message);
    return link_or_torrent(std::move(*parsed));
}

}  // namespace bt::app
