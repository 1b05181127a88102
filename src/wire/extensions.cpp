#include "wire/extensions.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bencode.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace bt::wire {

namespace {

// Bounded like every packet, but not strict: a data message goes on after its dictionary, and a peer is not
// lost over the order of its keys.
constexpr bencode_limits extension_bencode{limits::bencode_packet_depth, limits::bencode_packet_tokens,
                                           false};

/// What the extensions are called, in the order of a dictionary, and where their ids are kept.
struct named_extension {
    std::string_view name;
    std::uint8_t extension_handshake::*id;
};
constexpr std::array named_extensions{
    named_extension{"bn_claim", &extension_handshake::claim_id},
    named_extension{"lt_donthave", &extension_handshake::donthave_id},
    named_extension{"ut_metadata", &extension_handshake::metadata_id},
    named_extension{"ut_pex", &extension_handshake::exchange_id},
};
constexpr std::int64_t largest_request_queue = 5000;
constexpr std::size_t client_name_bytes = 64;

enum metadata_type : std::int64_t { type_request = 0, type_data = 1, type_reject = 2 };

template <class T>
std::optional<T> number_between(const bencode_view& dict, std::string_view key, std::int64_t least,
                                std::int64_t most) {
    const auto value = dict.find_integer(key);
    if (!value || *value < least || *value > most) return std::nullopt;
    return static_cast<T>(*value);
}

bytes metadata_dictionary(std::int64_t type, std::uint32_t piece, std::optional<std::uint32_t> total) {
    bencode_writer writer;
    writer.begin_dict().pair("msg_type", type).pair("piece", std::int64_t{piece});
    if (total) writer.pair("total_size", std::int64_t{*total});
    return writer.end_dict().take();
}

}  // namespace

bytes encode(const extension_handshake& h) {
    bencode_writer writer;
    writer.begin_dict().key("m").begin_dict();
    for (const auto& [name, id] : named_extensions)
        if (h.*id != 0) writer.pair(name, std::int64_t{h.*id});
    writer.end_dict();
    if (h.metadata_bytes) writer.pair("metadata_size", std::int64_t{*h.metadata_bytes});
    if (h.listen_port) writer.pair("p", std::int64_t{*h.listen_port});
    writer.pair("reqq", std::int64_t{h.request_queue});
    // said either way: what is left out of a later handshake stays as it was told before
    writer.pair("upload_only", std::int64_t{h.upload_only});
    if (!h.client.empty()) writer.pair("v", std::string_view(h.client));
    if (h.your_address) writer.pair("yourip", h.your_address->raw());
    return writer.end_dict().take();
}

result<extension_handshake, violation> decode_extension_handshake(byte_view payload,
                                                                  extension_handshake known) {
    const auto document = bencode_document::parse(payload, extension_bencode);
    if (!document || !document->root().is_dict()) return unexpected(violation::bad_extension);
    const auto root = document->root();

    if (const auto ids = root.find_dict("m"))
        for (const auto& [name, member] : named_extensions)
            if (const auto id = number_between<std::uint8_t>(*ids, name, 0, 255)) known.*member = *id;
    if (const auto size = number_between<std::uint32_t>(root, "metadata_size", 1, limits::metadata_bytes))
        known.metadata_bytes = size;
    if (const auto listen = number_between<std::uint16_t>(root, "p", 1, 65535)) known.listen_port = listen;
    if (const auto queue = root.find_integer("reqq"); queue && *queue > 0)
        known.request_queue = static_cast<std::uint32_t>(std::min(*queue, largest_request_queue));
    if (const auto only = root.find_integer("upload_only")) known.upload_only = *only != 0;
    if (const auto client = root.find_string("v")) known.client = printable(*client, client_name_bytes);
    if (const auto address = root.find_string("yourip"))
        if (const auto parsed = ip_address::from_bytes(as_bytes(*address))) known.your_address = parsed;
    return known;
}

bytes encode(const metadata_message& m) {
    if (const auto* request = std::get_if<metadata_request>(&m))
        return metadata_dictionary(type_request, request->piece, std::nullopt);
    if (const auto* reject = std::get_if<metadata_reject>(&m))
        return metadata_dictionary(type_reject, reject->piece, std::nullopt);
    const auto* data = std::get_if<metadata_data>(&m);
    BT_ASSERT(data != nullptr);  // what we do not know we do not say
    auto out = metadata_dictionary(type_data, data->piece, data->total_bytes);
    out.insert(out.end(), data->data.begin(), data->data.end());
    return out;
}

std::uint32_t metadata_piece_size(std::uint32_t total_bytes, std::uint32_t piece) {
    const auto begin = std::uint64_t{piece} * metadata_piece_bytes;
    return begin >= total_bytes ? 0
                                : static_cast<std::uint32_t>(
                                      std::min<std::uint64_t>(metadata_piece_bytes, total_bytes - begin));
}

result<metadata_message, violation> decode_metadata(byte_view payload) {
    const auto document = bencode_document::parse(payload, extension_bencode);
    if (!document || !document->root().is_dict()) return unexpected(violation::bad_extension);
    const auto root = document->root();
    const auto type = root.find_integer("msg_type");
    if (!type) return unexpected(violation::bad_extension);
    if (*type < type_request || *type > type_reject) return metadata_unknown{};  // BEP 9: must be ignored

    const auto piece =
        number_between<std::uint32_t>(root, "piece", 0, limits::metadata_bytes / metadata_piece_bytes - 1);
    if (!piece) return unexpected(violation::bad_extension);
    if (*type == type_request) return metadata_request{*piece};
    if (*type == type_reject) return metadata_reject{*piece};

    const auto total = number_between<std::uint32_t>(root, "total_size", 1, limits::metadata_bytes);
    const auto data = payload.subspan(document->size());
    if (!total || data.empty() || data.size() != metadata_piece_size(*total, *piece))
        return unexpected(violation::bad_extension);
    return metadata_data{*piece, *total, data};
}

}  // namespace bt::wire
