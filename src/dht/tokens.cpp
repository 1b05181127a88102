#include "dht/tokens.hpp"

#include "base/assert.hpp"
#include "crypto/hash.hpp"

namespace bt::dht {
namespace {

constexpr duration secret_time = 5min;

std::int64_t epoch_of(time_point now) {
    return std::chrono::floor<
               std::chrono::duration<std::int64_t, std::ratio<secret_time.count(), 1'000'000>>>(
               now.time_since_epoch())
        .count();
}

/// A message of a few fixed fields.
class digest {
  public:
    digest& add(byte_view part) {
        BT_ASSERT(part.size() <= content_.size() - size_);
        std::copy(part.begin(), part.end(), content_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += part.size();
        return *this;
    }
    template <class T>
    digest& number(T value) {
        std::array<std::uint8_t, sizeof(T)> raw;
        for (std::size_t i = 0; i < raw.size(); ++i)
            raw[i] = static_cast<std::uint8_t>(value >> (raw.size() - 1 - i) * 8);
        return add(raw);
    }
    sha1_digest finish() const { return crypto::sha1(byte_view(content_).first(size_)); }

  private:
    std::array<std::uint8_t, 20 + 16 + 2 + 20> content_;  // the longest: a token for an IPv6 asker
    std::size_t size_ = 0;
};

token token_of(const secret& key, const endpoint& asker, const info_hash& hash) {
    const auto whole =
        digest().add(key).add(asker.address.raw()).number(asker.port).add(hash.span()).finish();
    token made;
    std::copy_n(whole.bytes.begin(), made.size(), made.begin());
    return made;
}

bool same(const token& right, std::string_view given) {
    BT_ASSERT(given.size() == right.size());
    unsigned differing = 0;
    for (std::size_t i = 0; i < right.size(); ++i)
        differing |= static_cast<unsigned>(right[i] ^ static_cast<std::uint8_t>(given[i]));
    return differing == 0;
}

}  // namespace

secret tokens::derived(std::int64_t epoch) const {
    return digest().add(master_).number(static_cast<std::uint64_t>(epoch)).finish().bytes;
}

const secret& tokens::secret_of(std::int64_t epoch) {
    auto& place = recent_[static_cast<std::uint64_t>(epoch) % recent_.size()];
    if (place.epoch != epoch) place = {epoch, derived(epoch)};
    return place.value;
}

token tokens::make(time_point now, const endpoint& asker, const info_hash& hash) {
    return token_of(secret_of(epoch_of(now)), asker, hash);
}

bool tokens::accepts(time_point now, const endpoint& asker, const info_hash& hash, std::string_view given) {
    if (given.size() != token{}.size()) return false;
    const auto epoch = epoch_of(now);
    return same(token_of(secret_of(epoch), asker, hash), given) ||
           same(token_of(secret_of(epoch - 1), asker, hash), given);
}

}  // namespace bt::dht
