// Files that come from a client, part by part, and are shared when they are whole (docs/rpc.md).
#include <utility>

#include "base/base64.hpp"
#include "rpc/methods.hpp"

namespace bt::rpc {
namespace {

outcome refusal(const error& why) {
    return outcome::fails(why.code == errc::usage ? code::invalid_params : code::system, why.message);
}

std::optional<std::uint32_t> number_in(const arguments& with) {
    const auto* given = with.find("upload");
    const auto number = given != nullptr ? given->natural() : std::nullopt;
    return number && *number <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(*number))
                                           : std::nullopt;
}

}  // namespace

outcome upload_begin(context& in, const arguments& with) {
    upload_wish wish;
    wish.name = with.text("name").value_or("");
    const auto* files = with.find("files");
    const auto* list = files != nullptr ? files->elements() : nullptr;
    if (list == nullptr) return outcome::fails(code::invalid_params, "files: a list of path and length");
    for (const auto& each : *list) {
        const auto path = each.find_text("path");
        const auto length = each.find_natural("length");
        if (!path || !length)
            return outcome::fails(code::invalid_params, "files: each has a path and a length");
        wish.files.emplace_back(std::string(*path), *length);
    }
    const auto number = in.node.upload_begin(wish);
    if (!number) return refusal(number.error());
    return {{{"upload", *number}}, "", 0};
}

void upload_part(const context& in, const arguments& with, outcome_fn done) {
    const auto number = number_in(with);
    const auto path = with.text("path");
    const auto* offset = with.find("offset");
    const auto at = offset != nullptr ? offset->natural() : std::nullopt;
    const auto data = from_base64(with.text("data").value_or(""));
    if (!number || !path || !at || !data)
        return done(
            outcome::fails(code::invalid_params, "upload, path, offset and data (base64) are needed"));
    in.node.upload_part(*number, std::string(*path), *at, *data,
                        [done = std::move(done)](result<void> outcome_of) {
                            done(outcome_of ? outcome{json::object{}, "", 0} : refusal(outcome_of.error()));
                        });
}

void upload_end(const context& in, const arguments& with, outcome_fn done) {
    const auto number = number_in(with);
    if (!number) return done(outcome::fails(code::invalid_params, "upload: which"));
    in.node.upload_end(*number, [done = std::move(done)](result<std::uint32_t> hashing) {
        done(hashing ? outcome{{{"hashing", *hashing}}, "", 0} : refusal(hashing.error()));
    });
}

outcome upload_cancel(context& in, const arguments& with) {
    const auto number = number_in(with);
    if (!number) return outcome::fails(code::invalid_params, "upload: which");
    const auto gone = in.node.upload_cancel(*number);
    return gone ? outcome{json::object{}, "", 0} : refusal(gone.error());
}

}  // namespace bt::rpc
