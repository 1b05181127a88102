#include "wire/claim.hpp"

#include "base/limits.hpp"

namespace bt::wire {

namespace {
enum claim_kind : std::uint8_t { kind_claimed = 0, kind_released = 1 };
}

bytes encode(const claim_message& m) {
    BT_ASSERT(m.pieces.size() <= limits::claims_in_message);
    bytes out;
    byte_writer writer(out);
    writer.number(static_cast<std::uint8_t>(m.released ? kind_released : kind_claimed));
    for (auto piece : m.pieces) writer.number(piece);
    return out;
}

result<claim_message, violation> decode_claim(byte_view payload) {
    byte_reader reader(payload);
    const auto kind = reader.number<std::uint8_t>();
    if (!kind || reader.remaining() % 4 != 0 || reader.remaining() / 4 > limits::claims_in_message)
        return unexpected(violation::bad_extension);
    claim_message m{*kind == kind_released, {}};
    if (*kind > kind_released) return m;
    while (const auto piece = reader.number<std::uint32_t>()) m.pieces.push_back(*piece);
    return m;
}

}  // namespace bt::wire
