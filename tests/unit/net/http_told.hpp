// What a stream of HTTP requests says, as text.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "net/http_parser.hpp"

namespace bt::net::test {

inline constexpr std::size_t body_limit = 1'000;

/// What a stream cut into pieces of these sizes says: a line for each request, "!" and the status for a
/// refusal.
template <class Next>
std::string told(std::string_view stream, Next next_size) {
    http_progress progress;
    std::string lines;
    std::vector<std::uint8_t> kept;
    while (!stream.empty()) {
        const auto size = std::min<std::size_t>(stream.size(), next_size());
        kept.insert(kept.end(), stream.begin(), stream.begin() + static_cast<long>(size));
        stream.remove_prefix(size);
        for (;;) {
            const std::vector<std::uint8_t> exact(kept);  // a read past its end is seen by the sanitizer
            const auto step = next_request(exact, progress, body_limit);
            BT_ASSERT(step.used <= kept.size());
            BT_ASSERT(progress.held() <= 32 * limits::KiB);
            if (step.what == http_step::kind::request) {
                const auto& head = step.head;
                for (const auto part : {head.method, head.target, head.host, head.accept, head.content_type,
                                        head.origin, as_text(step.body)})
                    lines += std::string(part) + "|";
                lines += head.keep_alive ? "keep\n" : "close\n";
            } else if (step.what == http_step::kind::refused) {
                BT_ASSERT(!step.refusal.why.empty());
                return lines + "! " + std::to_string(step.refusal.status) + " " +
                       std::string(step.refusal.why);
            }
            kept.erase(kept.begin(), kept.begin() + static_cast<long>(step.used));
            if (step.what == http_step::kind::more || kept.empty()) break;
        }
    }
    return lines;
}

inline const std::vector<std::string> examples = {
    "GET /announce?info_hash=%00%ff HTTP/1.1\r\nHost: t:6969\r\nUser-Agent: x\r\nAccept: a/b\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
    "\r\n\r\nHEAD /x HTTP/1.1\r\nhost:  a \r\nConnection: Keep-Alive, close\r\n\r\n",
    "POST /p HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nOrigin: http://a\r\nContent-Length: "
    "7\r\n"
    "\r\n{\"a\":1}GET /q HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
    "5\r\nhello\r\n1;a=\"b\"\r\n!\r\n0\r\nTrailer: x\r\n\r\nGET /d HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET http://host:80/path?x HTTP/1.1\r\nHost: other\r\n\r\n",
    "BREW /pot HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\nX: \r\n\r\n",
};

}  // namespace bt::net::test
