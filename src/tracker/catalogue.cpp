#include "tracker/catalogue.hpp"

namespace bt::tracker {

std::string catalogue_json(const std::vector<catalogue_entry>&) { return {}; }
result<std::vector<catalogue_entry>> parse_catalogue(std::string_view) {
    return fail(errc::bad_data, "not a catalogue");
}
std::string registration_json(const catalogue_entry&) { return {}; }
result<catalogue_entry> parse_registration(std::string_view) {
    return fail(errc::bad_data, "not a registration");
}

}  // namespace bt::tracker
