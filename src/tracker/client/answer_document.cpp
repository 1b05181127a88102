#include "tracker/client/answer_document.hpp"

#include "base/limits.hpp"

namespace bt::tracker {

unexpected<error> no_answer(const std::string& why) {
    return fail(errc::bad_data, "the answer is not a tracker's: " + why);
}

result<bencode_document> answer_document(byte_view body) {
    if (body.size() > limits::tracker_reply_bytes)
        return no_answer("longer than " + std::to_string(limits::tracker_reply_bytes) + " bytes");
    auto document = bencode_document::parse(body, bencode_file);
    if (!document) return no_answer(std::string(to_string(document.error().what)));
    if (!document->root().is_dict()) return no_answer("no dictionary");
    return std::move(*document);
}

std::optional<std::uint64_t> find_count(const bencode_view& in, std::string_view key) {
    const auto value = in.find_integer(key);
    return value && *value >= 0 ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

}  // namespace bt::tracker
