// The only file that sees libqrencode.
#include "tracker/page/qr.hpp"

#include <qrencode.h>

#include <memory>
#include <string>

namespace bt::tracker {
namespace {

constexpr int quiet_zone = 4;           // modules; ISO/IEC 18004
constexpr std::size_t longest = 1'200;  // bytes; beyond it a telephone cannot tell the modules apart

/// Every horizontal run of dark modules is one rectangle of the path.
std::string dark_runs(const QRcode& code) {
    const auto dark = [&](int x, int y) {
        return x < code.width && (code.data[y * code.width + x] & 1) != 0;
    };
    std::string path;
    for (int y = 0; y < code.width; ++y)
        for (int x = 0; x < code.width; ++x) {
            if (!dark(x, y)) continue;
            const int start = x;
            while (dark(x, y)) ++x;
            const auto length = std::to_string(x - start);
            path += "M" + std::to_string(start + quiet_zone) + " " + std::to_string(y + quiet_zone) + "h" +
                    length + "v1h-" + length + "z";
        }
    return path;
}

}  // namespace

html qr_code(std::string_view text, std::string_view label) {
    if (text.empty() || text.size() > longest) return {};
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()),
                          0, text.size() > 300 ? QR_ECLEVEL_L : QR_ECLEVEL_M),
        QRcode_free);
    if (!code) return {};
    const auto side = std::to_string(code->width + 2 * quiet_zone);
    // always dark on light, whatever the page looks like: many readers know nothing else
    return el("svg",
              {{"class", "qr"},
               {"viewBox", "0 0 " + side + " " + side},
               {"role", "img"},
               {"aria-label", label},
               {"shape-rendering", "crispEdges"}},
              el("rect", {{"width", side}, {"height", side}, {"fill", "#fff"}}),
              el("path", {{"d", dark_runs(*code)}, {"fill", "#000"}}));
}

}  // namespace bt::tracker
