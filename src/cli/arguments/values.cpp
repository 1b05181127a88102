#include "cli/arguments/values.hpp"

#include <fmt/format.h>
#include <net/if.h>

#include "session/selection.hpp"

namespace bt::cli {
namespace {

std::optional<app::seed_rule> parse_seed_rule(std::string_view word) {
    using kind = app::seed_rule::kind;
    if (word == "no") return app::seed_rule{kind::no};
    if (word == "linger") return app::seed_rule{kind::linger};
    if (word == "forever") return app::seed_rule{kind::forever};
    if (word.starts_with("ratio:")) {
        auto ratio = parse_decimal(word.substr(6));
        return ratio ? std::optional(app::seed_rule{kind::ratio, {}, *ratio}) : std::nullopt;
    }
    auto time = parse_duration(word);
    return time ? std::optional(app::seed_rule{kind::time, *time}) : std::nullopt;
}

}  // namespace

bool values::flag(std::string_view name) {
    const auto* raw = find(name);
    if (raw == nullptr) return false;
    const std::string word = to_lower(raw->words.back());
    if (word == "1" || word == "true" || word == "yes" || word == "on") return true;
    if (word != "0" && word != "false" && word != "no" && word != "off") refuse(*raw, "yes or no");
    return false;
}

void values::no_argument_after(std::size_t count) {
    const auto& all = line_.arguments;
    if (all.size() > count) refuse(fmt::format("unexpected argument '{}'", printable(all[count], 80)));
}

void values::refuse(const raw_value& raw, std::string_view wanted) {
    refuse(fmt::format("bad value for {}: '{}'; it takes {}", raw.origin, printable(raw.words.back(), 80),
                       wanted));
}

std::string with_zone_number(std::string_view text) {
    std::string out(text);
    const auto percent = out.find('%');
    if (percent == out.npos) return out;
    const auto end = std::min(out.find_first_of("]/", percent), out.size());
    const auto name = out.substr(percent + 1, end - percent - 1);
    if (const auto index = ::if_nametoindex(name.c_str()); index != 0)
        out.replace(percent + 1, name.size(), std::to_string(index));
    return out;
}

std::string values::range_text(std::uint64_t min, std::uint64_t max) {
    return fmt::format("a number from {} to {}", min, max);
}

void read_place(values& v, app::network_options& to) {
    v.number("lan-port", to.lan_port, 1, 65535);
    v.text("network", to.network);
    v.text("bind", to.bind);
    if (const auto* raw = v.find("bind"); raw != nullptr && !ip_address::parse(to.bind))
        v.refuse(*raw, "an address of this machine such as 192.168.1.20");
    const bool only_v4 = v.flag("ipv4"), only_v6 = v.flag("ipv6");
    if (only_v4 && only_v6) v.refuse("--ipv4 and --ipv6 exclude each other");
    to.ipv4 = !only_v6;
    to.ipv6 = !only_v4;
}

void read_files(values& v, std::string_view option, std::string& to, bool may_be_empty) {
    const auto* raw = v.find(option);
    if (raw == nullptr) return;
    v.text(option, to);
    if (to.empty() && may_be_empty) return;
    if (to.find_first_not_of(',') == to.npos)
        v.refuse(*raw, fmt::format("file numbers or globs such as 1,3-5 or '*.srt'{}",
                                   option == "select" ? ", and '*' for all" : ""));
    else if (const auto fine = app::check_list(to); !fine)
        v.refuse(fmt::format("bad value for {}: {}", raw->origin, fine.error().message));
}

void read_seed(values& v, app::seed_rule& to, bool may_linger) {
    v.read("seed", to,
           may_linger ? "no, linger, forever, a time such as 30m, or ratio:1.5"
                      : "no, forever, a time such as 30m, or ratio:1.5",
           [&](std::string_view word) {
               auto rule = parse_seed_rule(word);
               const bool lingers = rule && rule->what == app::seed_rule::kind::linger;
               return lingers && !may_linger ? std::nullopt : rule;
           });
}

void read_labels(values& v, std::vector<std::string>& to) {
    const auto* raw = v.find("label");
    if (raw == nullptr) return;
    for (const auto& word : raw->words)
        if (const auto added = app::add_label(to, word); !added)
            v.refuse(fmt::format("bad value for {}: {}", raw->origin, added.error().message));
}

}  // namespace bt::cli
