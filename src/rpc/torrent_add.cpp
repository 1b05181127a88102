// torrent-add: a magnet link, the content of a .torrent file, or the path or URL of one.
#include <memory>

#include "base/base64.hpp"
#include "base/text.hpp"
#include "rpc/file_lists.hpp"
#include "rpc/methods.hpp"
#include "torrent/magnet.hpp"

namespace bt::rpc {
namespace {

using target = std::variant<torrent::magnet, torrent::metainfo>;

/// What is to be added; else the error says why it is none.
struct read_target {
    std::optional<target> found;
    outcome error = {};
};
using read_fn = std::function<void(read_target)>;

read_target fails(int code, std::string why) { return {std::nullopt, outcome::fails(code, std::move(why))}; }

/// Its pieces are many: it is read on another thread.
void read_content(const context& in, std::function<std::optional<bytes>()> content, read_fn done) {
    in.node.in_background([content = std::move(content), done = std::move(done)] {
        const auto raw = content();
        auto read = raw ? torrent::parse_torrent(*raw) : fail(errc::bad_data, "");
        auto found = std::make_shared<read_target>(
            read ? read_target{target(std::move(*read))}
                 : fails(code::corrupt_torrent, "invalid or corrupt torrent file"));
        return [found, done] { done(std::move(*found)); };
    });
}

void read_file(const context& in, int code, result<bytes> content, read_fn done) {
    if (!content) return done(fails(code, content.error().message));
    read_content(
        in, [raw = std::make_shared<bytes>(std::move(*content))] { return std::optional(std::move(*raw)); },
        std::move(done));
}

void read_link(const std::string& text, const read_fn& done) {
    auto link = torrent::parse_magnet(text);
    link ? done({target(std::move(*link))}) : done(fails(code::unrecognized, link.error().message));
}

bool is_url(std::string_view name) { return name.find("://") != name.npos; }

void read_name(const context& in, const std::string& name, read_fn done) {
    if (torrent::looks_like_magnet(name)) return read_link(name, done);
    if (is_url(name) && !name.starts_with("http://") && !name.starts_with("https://"))
        return done(fails(code::unrecognized, "unrecognized info: of URLs this node fetches http and https"));
    if (!is_url(name))
        return in.node.read_torrent_file(name, [in, done](result<bytes> content) {
            read_file(in, code::unrecognized, std::move(content), done);
        });
    in.node.fetch(name, [in, done](result<host::fetched> got) {
        if (got && !got->link.empty()) return read_link(got->link, done);
        read_file(in, code::http,
                  got ? std::move(got->content) : result<bytes>(unexpected<error>(got.error())), done);
    });
}

void read(const context& in, const arguments& with, read_fn done) {
    if (const auto text = with.text("metainfo"); text && !text->empty())
        return read_content(
            in, [keep = in.request, text = *text] { return from_base64(text); }, std::move(done));
    if (const auto name = with.text("filename"); name && !name->empty())
        return read_name(in, std::string(*name), std::move(done));
    done(fails(code::invalid_params, "no filename or metainfo specified"));
}

/// One that ended at once is on the list, and says why it rests.
outcome answer(const context& in, const arguments& with, host::added added, const target& what) {
    const auto view = in.node.view(added.number, false);
    const auto* link = std::get_if<torrent::magnet>(&what);
    const auto hash =
        to_hex((link != nullptr ? link->hash : std::get<torrent::metainfo>(what).info.hash).span());
    const auto name = view              ? view->status.name
                      : link != nullptr ? link->name
                                        : std::get<torrent::metainfo>(what).info.name;
    outcome given;
    given.value.emplace_back(with.name(added.duplicate ? "torrent-duplicate" : "torrent-added"),
                             json::object{{with.name("hashString"), hash},
                                          {with.name("id"), added.number},
                                          {with.name("name"), name.empty() ? hash : name}});
    return given;
}

/// What is wished of it besides, read before anything is fetched for it.
struct wishes {
    session::saved_torrent what;
    torrent_wishes kept;
};

outcome read_wishes(const context& in, const arguments& with, wishes& to) {
    const auto folder = std::string(with.text("download-dir").value_or(""));
    if (!folder.empty() && (!folder.starts_with('/') || folder.find('\0') != folder.npos))
        return outcome::fails(code::path_not_absolute, "download directory path is not absolute");
    if (const auto may = folder.empty() ? result<void>() : in.node.may_put_into(folder); !may)
        return outcome::fails(code::system, may.error().message);
    if (with.text("cookies").value_or("") != "")
        return outcome::fails(code::invalid_params,
                              with.name("cookies") + ": this node sends none; give the content as metainfo");
    session::get_request get;
    get.folder = folder.empty() ? in.settings.text("download-dir") : folder;
    get.seed.what = session::seed_rule::kind::forever;
    get.visible = true;
    get.sequential = with.flag("sequential_download").value_or(false);
    to.what.request = std::move(get);
    to.what.paused = with.flag("paused").value_or(!in.settings.flag("start-added-torrents"));
    if (const auto* list = with.find("labels"); list != nullptr) {
        auto labels = read_labels(*list);
        if (!labels) return outcome::fails(code::invalid_params, labels.error().message);
        to.what.labels = std::move(*labels);
    }
    return read_torrent_wishes(with, to.kept);
}

outcome add(const context& in, const arguments& with, wishes wish, target found) {
    auto& get = std::get<session::get_request>(wish.what.request);
    if (chooses_files(with, empty_list::none)) {
        const auto* info = std::get_if<torrent::metainfo>(&found);
        if (info == nullptr)
            return outcome::fails(code::file_index, "the files of a magnet link are not known yet");
        auto choice = choice_of(with, info->info, {}, empty_list::none);
        if (!choice) return outcome::fails(code::file_index, choice.error().message);
        get.files = std::move(*choice);
    }
    get.target = found;
    const auto added = in.node.add(std::move(wish.what));
    if (!added) return outcome::fails(code::system, added.error().message);
    if (const auto hash = in.node.hash_of(added->number); hash && !added->duplicate) {
        in.wishes[*hash] = wish.kept;
        apply_bounds(in.node, in.settings, in.wishes, added->number);
    }
    return answer(in, with, *added, found);
}

}  // namespace

void torrent_add(const context& in, const arguments& with, outcome_fn done) {
    wishes wish;
    if (auto wrong = read_wishes(in, with, wish); !wrong.error.empty()) return done(std::move(wrong));
    read(in, with, [in, with, wish = std::move(wish), done = std::move(done)](read_target wanted) {
        if (!wanted.found) return done(std::move(wanted.error));
        done(add(in, with, wish, std::move(*wanted.found)));
    });
}

}  // namespace bt::rpc
