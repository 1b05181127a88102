#include "net/neighbours.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/text.hpp"

namespace bt::net {
namespace {

std::string content_of(const char* path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The words of each line but the first, which names the columns.
std::vector<std::vector<std::string>> rows(std::string_view text, std::size_t columns) {
    std::vector<std::vector<std::string>> all;
    std::istringstream lines{std::string(text)};
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::vector<std::string> row{std::istream_iterator<std::string>(words), {}};
        if (row.size() >= columns) all.push_back(std::move(row));
    }
    return all;
}

}  // namespace

std::vector<neighbour_entry> parse_arp(std::string_view text) {
    enum : std::size_t { address, type, flags, hardware, mask, device, columns };
    std::vector<neighbour_entry> found;
    for (auto& row : rows(text, columns))
        if (const auto at = ip_address::parse(row[address]))
            found.push_back(
                {*at, row[flags] != "0x0" && row[hardware] != "00:00:00:00:00:00", std::move(row[device])});
    return found;
}

std::vector<std::string> parse_default_routes(std::string_view text) {
    enum : std::size_t { device, destination, gateway, flags, count, use, metric, mask, columns };
    std::vector<std::string> found;
    for (auto& row : rows(text, columns)) {
        const bool whole = row[destination] == "00000000" && row[mask] == "00000000";
        const bool half =
            row[mask] == "00000080" && (row[destination] == "00000000" || row[destination] == "00000080");
        if ((whole || half) && std::find(found.begin(), found.end(), row[device]) == found.end())
            found.push_back(std::move(row[device]));
    }
    return found;
}

std::vector<neighbour_entry> known_neighbours() { return parse_arp(content_of("/proc/net/arp")); }

std::vector<std::string> default_route_interfaces() {
    return parse_default_routes(content_of("/proc/net/route"));
}

}  // namespace bt::net
