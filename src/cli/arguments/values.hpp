// Options of one line read one after another, each in a line of code: words become values, and a word that
// makes no sense is named together with what would.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "base/text.hpp"
#include "cli/arguments/raw_line.hpp"
#include "cli/display/format.hpp"

namespace bt::cli {

/// Reads options one after another and keeps the first trouble, so that each read is one line.
class values {
  public:
    explicit values(const raw_line& line) : line_(line) {}

    const raw_value* find(std::string_view name) const {
        auto it = line_.options.find(name);
        return it == line_.options.end() ? nullptr : &it->second;
    }
    bool given(std::string_view name) const { return find(name) != nullptr; }

    /// On the line itself, not in a variable.
    bool on_line(std::string_view name) const {
        const auto* raw = find(name);
        return raw != nullptr && raw->origin.starts_with("--");
    }

    bool flag(std::string_view name);

    void text(std::string_view name, std::string& to) {
        if (const auto* raw = find(name)) to = raw->words.back();
    }
    /// The name of a file or folder: the empty one is none.
    void path(std::string_view name, std::string& to, std::string_view wanted) {
        text(name, to);
        if (const auto* raw = find(name); raw != nullptr && to.empty()) refuse(*raw, wanted);
    }
    void list(std::string_view name, std::vector<std::string>& to) {
        if (const auto* raw = find(name)) to = raw->words;
    }

    /// `parse` gives an optional; `wanted` says in words what it accepts.
    template <class T, class Parse>
    void read(std::string_view name, T& to, std::string_view wanted, Parse&& parse) {
        const auto* raw = find(name);
        if (raw == nullptr) return;
        if (auto value = parse(std::string_view(raw->words.back())))
            to = static_cast<T>(*value);
        else
            refuse(*raw, wanted);
    }

    template <class T>
    void number(std::string_view name, T& to, std::uint64_t min, std::uint64_t max) {
        read(name, to, range_text(min, max), [&](std::string_view word) {
            auto value = parse_number(word);
            return value && *value >= min && *value <= max ? value : std::nullopt;
        });
    }
    void rate(std::string_view name, std::uint64_t& to) {
        read(name, to, "a rate such as 500k or 2M (bytes per second)", parse_rate);
    }
    void time(std::string_view name, duration& to) {
        read(name, to, "a time such as 30s, 5m or 2h", parse_duration);
    }

    /// More arguments than so many make no sense.
    void no_argument_after(std::size_t count);

    void refuse(const raw_value& raw, std::string_view wanted);
    void refuse(std::string message) {
        if (!trouble_) trouble_ = error{errc::usage, std::move(message), {}};
    }
    const std::optional<error>& trouble() const { return trouble_; }

  private:
    static std::string range_text(std::uint64_t min, std::uint64_t max);

    const raw_line& line_;
    std::optional<error> trouble_;
};

/// An address with the name of an interface behind its '%', with the number instead.
std::string with_zone_number(std::string_view text);

/// Which addresses of this machine and which neighbours: the same for everything that has a network.
void read_place(values& v, app::network_options& to);

/// A list for --select, --first or --last; whether it fits the files is found out when they are known. Where
/// `may_be_empty`, the empty word means none of them.
void read_files(values& v, std::string_view option, std::string& to, bool may_be_empty = false);

/// --seed; whether what is there may be given while others fetch it, and no longer.
void read_seed(values& v, app::seed_rule& to, bool may_linger);
/// --label
void read_labels(values& v, std::vector<std::string>& to);

// daemon_option_values.cpp
void read_rpc(values& v, app::rpc_options& to);

// torrent_option_values.cpp
status_options read_status(values& v, const raw_line& line);
files_options read_files_of(values& v, const raw_line& line);
pieces_options read_pieces(values& v, const raw_line& line);
speeds_options read_speeds(values& v);
torrents_options read_torrents(values& v, const raw_line& line, torrent_action action);
remove_options read_remove(values& v, const raw_line& line);
move_options read_move(values& v, const raw_line& line);
set_options read_set(values& v, const raw_line& line);

// dht_option_values.cpp
void read_dht_part(values& v, app::dht_options& dht);
dht_command_options read_dht(values& v, const raw_line& line);

}  // namespace bt::cli
