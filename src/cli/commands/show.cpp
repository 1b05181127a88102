#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>

#include "app/lan/shared_names.hpp"
#include "app/sockets/listen_addresses.hpp"
#include "app/tracker/scrape.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/commands/find_share.hpp"
#include "cli/commands/target.hpp"
#include "cli/commands/transfer.hpp"
#include "cli/display/format.hpp"
#include "cli/display/table.hpp"
#include "cli/json/json.hpp"
#include "cli/json/lan_json.hpp"
#include "torrent/create.hpp"
#include "torrent/short_target.hpp"
#include "torrent/urls.hpp"

namespace bt::cli {

namespace {

std::string date_text(std::int64_t seconds_of_epoch) {
    const auto when = static_cast<std::time_t>(seconds_of_epoch);
    std::tm parts{};
    if (::localtime_r(&when, &parts) == nullptr) return std::to_string(seconds_of_epoch);
    char text[64];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts)};
}

std::string created_text(const torrent::metainfo& torrent) {
    std::string text = torrent.creation_date ? date_text(*torrent.creation_date) : "";
    if (!torrent.created_by.empty()) text += (text.empty() ? "by " : " by ") + printable(torrent.created_by);
    return text;
}

/// Name and value, cut to the terminal; whole in a pipe, where a tab stands between them.
class sheet {
  public:
    explicit sheet(output& out)
        : out_(out), lines_(out), person_(out.out().is_terminal), columns_(size_of(1).columns) {}
    bool for_a_person() const { return person_; }
    void row(std::string_view name, std::string_view value) {
        if (!person_)
            lines_.line(fmt::format("{}\t{}", to_lower(name), value));
        else
            lines_.line(pad_right(std::string(name), 10) +
                        fit_text(value, columns_ > 21 ? columns_ - 11 : 10, out_.out().ascii));
    }

    /// A value that is copied: a part of it has no use.
    void whole_row(std::string_view name, std::string_view value) {
        if (person_)
            lines_.line(pad_right(std::string(name), 10).append(value));
        else
            row(name, value);
    }

  private:
    output& out_;
    result_block lines_;
    bool person_;
    std::size_t columns_;
};

void print_trackers(sheet& s, const torrent::metainfo& torrent) {
    for (std::size_t tier = 0; tier < torrent.trackers.size(); ++tier)
        for (const auto& url : torrent.trackers[tier]) {
            if (s.for_a_person())
                s.row(tier == 0 && &url == &torrent.trackers[0].front() ? "Trackers" : "",
                      fmt::format("{}  {}", tier + 1, printable(torrent::public_url(url))));
            else
                s.row("tracker", fmt::format("{}\t{}", tier + 1, printable(torrent::public_url(url))));
        }
}

void print_files(sheet& s, const torrent::info& info) {
    std::size_t number = 0;
    for (const auto& file : info.files) {
        if (file.padding) continue;
        ++number;
        const std::string path = printable(file.path, 16'384);
        if (s.for_a_person())
            s.row(number == 1 ? "Files" : "", fmt::format("{}  {}  {}", number, size_text(file.size), path));
        else
            s.row("file", fmt::format("{}\t{}\t{}", number, file.size, path));
    }
}

void print_sheet(output& out, const torrent::metainfo& torrent) {
    const auto& info = torrent.info;
    sheet s(out);
    const bool person = s.for_a_person();
    const std::uint64_t size = info.payload_bytes();
    const auto pieces = info.shape.piece_count();
    s.row("Name", printable(info.name));
    s.row("Hash", to_hex(info.hash.span()));
    s.whole_row("Magnet", magnet_link(torrent));
    if (person) {
        s.row("Size",
              fmt::format("{} ({} bytes), {} {} of {}", size_text(size), size, pieces,
                          pieces == 1 ? "piece" : "pieces", piece_size_text(info.shape.piece_bytes())));
    } else {
        s.row("Size", std::to_string(size));
        s.row("Pieces", std::to_string(pieces));
        s.row("Piece_size", std::to_string(info.shape.piece_bytes()));
    }
    s.row("Private", info.is_private ? "yes" : "no");
    if (person) {
        if (auto created = created_text(torrent); !created.empty()) s.row("Created", created);
    } else {
        if (torrent.creation_date) s.row("Created", std::to_string(*torrent.creation_date));
        if (!torrent.created_by.empty()) s.row("Creator", printable(torrent.created_by));
    }
    if (!torrent.comment.empty()) s.row("Comment", printable(torrent.comment));
    if (!info.source.empty()) s.row("Source", printable(info.source));
    print_trackers(s, torrent);
    for (const auto& url : torrent.web_seeds) s.row("Webseed", printable(torrent::public_url(url)));
    for (const auto& remark : remarks_on(torrent)) s.row("Remark", remark);
    print_files(s, info);
}

std::vector<std::string> trackers_of(const target& what) {
    if (const auto* link = std::get_if<torrent::magnet>(&what)) return link->trackers;
    std::vector<std::string> all;
    for (const auto& tier : std::get<torrent::metainfo>(what).trackers)
        all.insert(all.end(), tier.begin(), tier.end());
    return all;
}

void print_scrape(output& out, const std::vector<app::scrape_result>& counts) {
    table list({{"TRACKER", false, true}, {"COMPLETE", true}, {"GETTING", true}, {"FINISHED", true}});
    const auto number = [](const std::optional<std::uint64_t>& count) {
        return count ? std::to_string(*count) : std::string("-");
    };
    for (const auto& each : counts) {
        if (!each.error.empty()) {
            out.warning(each.error);
            continue;
        }
        const auto url = printable(torrent::public_url(each.url));
        list.row({url, number(each.seeders), number(each.leechers), number(each.completed)},
                 {url, number(each.seeders), number(each.leechers), number(each.completed)});
    }
    list.print(out);
}

class show_command {
  public:
    show_command(const general_options& general, show_options options)
        : out_(general), options_(std::move(options)) {}

    ending run() {
        auto what = find_target();
        if (!what) return out_.fails(what.error());
        if (options_.scrape) return scrape(*what);
        if (options_.hash) {
            out_.result(to_hex(hash_of(*what).span()));
        } else if (const auto* link = std::get_if<torrent::magnet>(&*what);
                   link != nullptr && options_.magnet) {
            out_.result(link->to_uri());
        } else if (link != nullptr) {
            const ending end = fetch(*link);
            if (end.code != exit_code::done || end.signal != 0 || !torrent_) return end;
            return print(std::move(*torrent_));
        } else {
            return print(std::move(std::get<torrent::metainfo>(*what)));
        }
        return {out_.lost_or_done()};
    }

  private:
    outgoing way() const {
        const auto& session = options_.session;
        return app::outgoing_by(session.ipv4, session.ipv6, session.bind);
    }

    /// A file goes before the beginning of a hash that is shared on this network.
    result<target> find_target() {
        const auto& session = options_.session;
        if (!session.lan || !torrent::looks_like_beginning(options_.target) ||
            ::access(options_.target.c_str(), F_OK) == 0)
            return read_target(options_.target, options_.get.timeout, way());
        auto found = find_by_name({options_.target}, {session, options_.get.trackers}, name_time);
        if (!found.front()) return unexpected<error>(found.front().error());
        return target(std::move(found.front()->front().link));
    }

    ending print(torrent::metainfo torrent) {
        if (options_.magnet) {
            out_.result(magnet_link(torrent));
        } else if (options_.tree) {
            return print_tree(std::move(torrent));
        } else if (out_.general().json) {
            out_.result([&](json_writer& to) { write_show(to, torrent); });
        } else {
            print_sheet(out_, torrent);
        }
        return {out_.lost_or_done()};
    }

    ending print_tree(torrent::metainfo torrent) {
        // A local file is shown as it is; what came from elsewhere as far as it was understood.
        if (::access(options_.target.c_str(), R_OK) == 0) torrent = {};  // it is not held twice
        auto file = app::read_torrent_bytes(options_.target);
        if (!file)
            file = torrent::encode_torrent({torrent.trackers, torrent.web_seeds, torrent.comment,
                                            torrent.created_by, torrent.creation_date},
                                           torrent.info.raw);
        const auto tree = parse_tree(*file);
        if (!tree) return out_.fails(tree.error());
        out_.result([&](json_writer& to) { write_tree(to, tree->root()); }, 2);
        return {out_.lost_or_done()};
    }

    ending scrape(const target& what) {
        auto trackers = trackers_of(what);
        trackers.insert(trackers.end(), options_.get.trackers.begin(), options_.get.trackers.end());
        if (trackers.empty())
            return out_.fails({errc::not_found,
                               fmt::format("'{}' names no tracker", printable(options_.target)),
                               "name one with --tracker"});
        const auto counts = app::scrape(trackers, hash_of(what), {way(), options_.get.timeout});
        if (out_.general().json)
            out_.result(scrape_json(hash_of(what), first_name(what), counts));
        else
            print_scrape(out_, counts);
        const bool any = std::any_of(counts.begin(), counts.end(), [](auto& c) { return c.error.empty(); });
        return any ? ending{out_.lost_or_done()} : out_.fails({errc::network, "no tracker answered", {}});
    }

    ending fetch(const torrent::magnet& link) {
        general_options people = out_.general();  // one document is the whole result
        people.quiet = people.quiet || people.json;
        output progress(people);
        people.json = false;
        output shown(people);
        // Errors keep their form, progress is for people only.
        const auto reports = out_.general().json ? make_plain(progress) : make_reporter(shown);
        auto session = app::session::start(options_.session);
        if (!session) return out_.fails(session.error());
        transfer running(out_, *reports, **session, options_.session);
        running.on_metadata([this](const item& what) { torrent_ = what.torrent; });
        item what;
        what.hash = link.hash;
        what.name = first_name(link);
        options_.get.target = link;
        running.get(std::move(options_.get), std::move(what));
        return running.run();
    }

    output out_;
    show_options options_;
    std::optional<torrent::metainfo> torrent_;
};

}  // namespace

ending show(const general_options& general, show_options options) {
    return show_command(general, std::move(options)).run();
}

}  // namespace bt::cli
