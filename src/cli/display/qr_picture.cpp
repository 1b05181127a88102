#include "cli/display/qr_picture.hpp"

#include "markup/qr.hpp"

namespace bt::cli {

std::string qr_picture(const std::string& address, bool color) {
    if (address.empty())
        return "No QR code: browsers do not see this share here (--web all shows private and unlisted "
               "ones).\n";
    const auto lines = markup::qr_lines(address, color);
    if (!color) return lines;
    std::string painted;  // black on white, whatever the terminal's colours are
    for (std::size_t at = 0; at < lines.size();) {
        const auto end = lines.find('\n', at);
        painted += "  \x1b[38;5;16;48;5;231m" + lines.substr(at, end - at) + "\x1b[0m\n";
        at = end + 1;
    }
    return painted;
}

}  // namespace bt::cli
