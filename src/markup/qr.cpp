// The only file that sees libqrencode.
#include "markup/qr.hpp"

#include <qrencode.h>

#include <memory>
#include <string>

namespace bt::markup {
namespace {

constexpr int quiet_zone = 4;           // modules; ISO/IEC 18004
constexpr std::size_t longest = 1'200;  // bytes; beyond it a telephone cannot tell the modules apart

using code_ptr = std::unique_ptr<QRcode, decltype(&QRcode_free)>;

code_ptr encode(std::string_view text) {
    if (text.empty() || text.size() > longest) return {nullptr, QRcode_free};
    return {
        QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()),
                          0, text.size() > 300 ? QR_ECLEVEL_L : QR_ECLEVEL_M),
        QRcode_free};
}

/// False in the quiet zone.
bool is_dark(const QRcode& code, int x, int y) {
    return x >= 0 && y >= 0 && x < code.width && y < code.width && (code.data[y * code.width + x] & 1) != 0;
}

/// Every horizontal run of dark modules is one rectangle of the path.
std::string dark_runs(const QRcode& code) {
    std::string path;
    for (int y = 0; y < code.width; ++y)
        for (int x = 0; x < code.width; ++x) {
            if (!is_dark(code, x, y)) continue;
            const int start = x;
            while (is_dark(code, x, y)) ++x;
            const auto length = std::to_string(x - start);
            path += "M" + std::to_string(start + quiet_zone) + " " + std::to_string(y + quiet_zone) + "h" +
                    length + "v1h-" + length + "z";
        }
    return path;
}

}  // namespace

std::string qr_lines(std::string_view text, bool draws_dark) {
    constexpr int margin = 2;  // of four: a terminal has little room, and its own margin
    const auto code = encode(text);
    std::string lines;
    if (!code) return lines;
    for (int y = -margin; y < code->width + margin; y += 2) {
        for (int x = -margin; x < code->width + margin; ++x) {
            const bool upper = is_dark(*code, x, y) == draws_dark,
                       lower = is_dark(*code, x, y + 1) == draws_dark;
            lines += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
        }
        lines += "\n";
    }
    return lines;
}

html qr_code(std::string_view text, std::string_view label) {
    const auto code = encode(text);
    if (!code) return {};
    const auto side = std::to_string(code->width + 2 * quiet_zone);
    // always dark on light, whatever the page looks like: many readers know nothing else
    return el("svg",
              {{"xmlns", "http://www.w3.org/2000/svg"},
               {"class", "qr"},
               {"viewBox", "0 0 " + side + " " + side},
               {"role", "img"},
               {"aria-label", label},
               {"shape-rendering", "crispEdges"}},
              el("rect", {{"width", side}, {"height", side}, {"fill", "#fff"}}),
              el("path", {{"d", dark_runs(*code)}, {"fill", "#000"}}));
}

}  // namespace bt::markup
