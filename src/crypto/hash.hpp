// SHA-1 and SHA-256. Whole messages at once or in parts.
#pragma once

#include <memory>

#include "base/bytes.hpp"
#include "base/ids.hpp"

namespace bt::crypto {

sha1_digest sha1(byte_view message);
sha256_digest sha256(byte_view message);

/// SHA-1 of a message that arrives in parts.
class sha1_hasher {
  public:
    sha1_hasher();
    ~sha1_hasher();
    sha1_hasher(sha1_hasher&&) noexcept;
    sha1_hasher& operator=(sha1_hasher&&) noexcept;
    void update(byte_view part);
    /// The digest of all parts so far; the hasher starts anew.
    sha1_digest finish();

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace bt::crypto
