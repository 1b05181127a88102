#include "tracker/catalogue.hpp"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/name_key.hpp"
#include "base/text.hpp"

namespace bt::tracker {
namespace {

constexpr int schema = 1;
constexpr std::size_t name_bytes = 255;
constexpr std::size_t depth = 8;  // the document needs four; there is room for what later versions add

std::optional<info_hash> hash_of(const json& entry) {
    const auto text = entry.find_text("hash_string");
    if (!text || text->size() != 2 * info_hash::size) return std::nullopt;
    const auto raw = from_hex(*text);
    return raw ? info_hash::from(*raw) : std::nullopt;
}

std::uint32_t count_of(const json& entry, std::string_view key) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::min(entry.find_natural(key).value_or(0), most));
}

/// What file systems and other programs can hold in a signed number.
std::optional<std::uint64_t> size_of(const json& entry) {
    const auto size = entry.find_natural("total_size");
    return size && *size <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())
               ? size
               : std::nullopt;
}

std::optional<std::int64_t> date_of(const json& entry) {
    const auto date = entry.find_natural("date_created");
    if (!date || *date > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return std::nullopt;
    return static_cast<std::int64_t>(*date);
}

std::vector<std::string> hosts_of(const json& entry) {
    std::vector<std::string> hosts;
    const auto* given = entry.find("hosts");
    if (given == nullptr || given->elements() == nullptr) return hosts;
    for (const auto& element : *given->elements()) {
        if (hosts.size() == limits::catalogue_hosts) break;
        auto host = listed_name(element.text().value_or(""));
        if (!host.empty() && std::find(hosts.begin(), hosts.end(), host) == hosts.end())
            hosts.push_back(std::move(host));
    }
    return hosts;
}

std::vector<catalogue_name> names_of(const json& entry) {
    std::vector<catalogue_name> names;
    const auto* given = entry.find("names");
    if (given == nullptr || given->elements() == nullptr) return names;
    for (const auto& element : *given->elements()) {
        if (names.size() == limits::catalogue_names) break;
        catalogue_name one{listed_name(element.find_text("name").value_or("")), hosts_of(element)};
        if (!one.name.empty()) names.push_back(std::move(one));
    }
    return names;
}

/// What a registration and an entry of the catalogue share.
json what_it_is(const catalogue_entry& entry) {
    return {{"hash_string", to_hex(entry.hash.span())},
            {"name", listed_name(entry.name)},
            {"total_size", entry.total_size},
            {"file_count", entry.file_count}};
}

std::optional<catalogue_entry> read_entry(const json& given) {
    const auto hash = hash_of(given);
    auto name = listed_name(given.find_text("name").value_or(""));
    if (!hash || name.empty()) return std::nullopt;
    catalogue_entry entry;
    entry.hash = *hash;
    entry.name = std::move(name);
    entry.total_size = size_of(given).value_or(0);
    entry.file_count = std::max(1u, count_of(given, "file_count"));
    entry.seeders = count_of(given, "seeders");
    entry.leechers = count_of(given, "leechers");
    entry.created = date_of(given);
    entry.hosts = hosts_of(given);
    entry.names = names_of(given);
    return entry;
}

json hosts_json(const std::vector<std::string>& all) {
    json::array hosts;
    for (const auto& host : all) {
        if (hosts.size() == limits::catalogue_hosts) break;
        hosts.emplace_back(listed_name(host));
    }
    return hosts;
}

}  // namespace

std::string listed_name(std::string_view raw) {
    auto name = printable(name_key(raw), name_bytes);
    for (char& c : name)
        if (c == '/' || c == '\\') c = '_';
    const auto first = name.find_first_not_of(' ');
    if (first == std::string::npos) return {};
    name = name.substr(first, name.find_last_not_of(' ') - first + 1);
    if (name == "." || name == "..") std::fill(name.begin(), name.end(), '_');
    return name;
}

std::string catalogue_json(const std::vector<catalogue_entry>& entries) {
    json::array list;
    list.reserve(entries.size());
    for (const auto& entry : entries) {
        auto written = what_it_is(entry);
        written["seeders"] = entry.seeders;
        written["leechers"] = entry.leechers;
        written["hosts"] = hosts_json(entry.hosts);
        if (entry.created && *entry.created >= 0) written["date_created"] = *entry.created;
        json::array names;
        for (const auto& one : entry.names)
            names.push_back({{"name", listed_name(one.name)}, {"hosts", hosts_json(one.hosts)}});
        if (!names.empty()) written["names"] = std::move(names);
        list.push_back(std::move(written));
    }
    return json{{"schema", schema}, {"torrents", std::move(list)}}.dump();
}

result<std::vector<catalogue_entry>> parse_catalogue(std::string_view text) {
    const auto document = json::parse(text, depth);
    if (!document) return fail(errc::bad_data, "not a catalogue: " + document.error().message);
    const auto* list = document->find("torrents");
    if (list == nullptr || list->elements() == nullptr)
        return fail(errc::bad_data, "not a catalogue: it has no list 'torrents'");
    std::vector<catalogue_entry> entries;
    std::unordered_set<info_hash> seen;
    for (const auto& given : *list->elements()) {
        if (entries.size() == limits::catalogue_entries) break;
        if (auto entry = read_entry(given); entry && seen.insert(entry->hash).second)
            entries.push_back(std::move(*entry));
    }
    return entries;
}

std::string registration_json(const catalogue_entry& entry) { return what_it_is(entry).dump(); }

result<catalogue_entry> parse_registration(std::string_view text) {
    const auto wrong = [](const std::string& why) {
        return fail(errc::bad_data, "not a registration: " + why);
    };
    if (text.size() > limits::lan_body_bytes)
        return wrong("it is " + std::to_string(text.size()) + " bytes long; the limit is " +
                     std::to_string(limits::lan_body_bytes));
    const auto document = json::parse(text, depth);
    if (!document) return wrong(document.error().message);
    if (document->members() == nullptr) return wrong("it is no object");
    if (!hash_of(*document)) return wrong("'hash_string' is not 40 hex digits");
    if (!size_of(*document)) return wrong("'total_size' is not a number of bytes");
    auto entry = read_entry(*document);
    if (!entry) return wrong("it has no name");
    // what a swarm is like is for the tracker to find out
    entry->seeders = entry->leechers = 0;
    entry->hosts.clear();
    entry->names.clear();
    return std::move(*entry);
}

}  // namespace bt::tracker
