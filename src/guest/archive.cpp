// The only file that sees libarchive.
#include "guest/archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <utility>

#include "base/text.hpp"

namespace bt::guest {

struct archive::impl {
    format how;
    std::string made;
    // goes first: its end writes to what is above
    std::unique_ptr<::archive, decltype(&archive_write_free)> writer{archive_write_new(), archive_write_free};

    explicit impl(format what) : how(what) {}
    static la_ssize_t take(::archive*, void* self, const void* data, std::size_t size) {
        static_cast<impl*>(self)->made.append(static_cast<const char*>(data), size);
        return static_cast<la_ssize_t>(size);
    }
    result<std::string> made_by(la_ssize_t outcome) {
        if (outcome < 0 && outcome != ARCHIVE_WARN) {
            const char* why = archive_error_string(writer.get());
            return fail(errc::failure,
                        "the archive cannot be written: " + std::string(why ? why : "no memory"));
        }
        return std::exchange(made, {});
    }
};

archive::archive(format how) : impl_(std::make_unique<impl>(how)) {
    auto* to = impl_->writer.get();
    if (to == nullptr) return;
    if (how == format::zip) {
        archive_write_set_format_zip(to);
        archive_write_zip_set_compression_store(to);
        archive_write_set_format_option(to, "zip", "hdrcharset", "UTF-8");
    } else {
        archive_write_set_format_gnutar(to);  // names as they are, of any length
    }
    archive_write_set_bytes_per_block(to, 0);
    archive_write_set_bytes_in_last_block(to, 1);
    archive_write_open(to, impl_.get(), nullptr, impl::take, nullptr);
}

archive::~archive() = default;

result<std::string> archive::begin(const entry& file) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> one(archive_entry_new(),
                                                                            archive_entry_free);
    if (!one) return impl_->made_by(ARCHIVE_FATAL);
    if (impl_->how == format::zip)  // its names are UTF-8; bytes that are none become '?'
        archive_entry_set_pathname_utf8(one.get(), printable(file.path, file.path.size() * 2).c_str());
    else
        archive_entry_set_pathname(one.get(), file.path.c_str());
    archive_entry_set_filetype(one.get(), AE_IFREG);
    archive_entry_set_perm(one.get(), file.executable ? 0755 : 0644);
    archive_entry_set_size(one.get(), static_cast<la_int64_t>(file.size));
    archive_entry_set_mtime(one.get(), file.time, 0);
    return impl_->made_by(archive_write_header(impl_->writer.get(), one.get()));
}

result<std::string> archive::add(byte_view data) {
    return impl_->made_by(archive_write_data(impl_->writer.get(), data.data(), data.size()));
}

result<std::string> archive::end() { return impl_->made_by(archive_write_close(impl_->writer.get())); }

}  // namespace bt::guest
