// The daemon as the control protocol sees it (rpc/host.hpp).
#pragma once

#include <memory>

#include "app/daemon/checkups.hpp"
#include "app/daemon/daemon.hpp"
#include "app/daemon/hashings.hpp"
#include "app/daemon/lan_watch.hpp"
#include "app/daemon/uploads.hpp"
#include "base/recent.hpp"
#include "net/http_client.hpp"
#include "net/timer.hpp"
#include "rpc/host.hpp"
#include "storage/file_system.hpp"
#include "storage/state_file.hpp"

namespace bt::app {

class rpc_host final : public rpc::host {
  public:
    /// The daemon outlives it.
    explicit rpc_host(daemon& of);

    std::int64_t now() const override;
    std::int64_t minute_of_week() const override;
    rpc::node_facts facts() const override;

    std::vector<std::uint32_t> torrents() const override;
    std::optional<std::uint32_t> find(const info_hash& hash) const override;
    std::optional<info_hash> hash_of(std::uint32_t number) const override;
    std::optional<rpc::torrent_view> view(std::uint32_t number, bool with_pieces) const override;
    std::optional<saved_torrent> saved(std::uint32_t number) const override;

    result<added> add(saved_torrent what) override;
    result<void> may_put_into(const std::string& folder) const override;
    /// Below the download folder.
    void read_torrent_file(const std::string& path, done_fn<bytes> done) override;
    void fetch(const std::string& url, done_fn<fetched> done) override;
    void in_background(std::function<std::function<void()>()> job) override;
    void set_paused(std::uint32_t number, bool paused) override;
    void finish(std::uint32_t number, const std::string& why) override { daemon_.finish(number, why); }
    void run_now(std::uint32_t number) override;
    void reannounce(std::uint32_t number) override;
    result<void> verify(std::uint32_t number) override;
    void choose(std::uint32_t number, file_choice choice, done_fn<void> done) override;
    std::vector<tracker> trackers(std::uint32_t number) const override;
    void set_trackers(std::uint32_t number, torrent::tracker_tiers tiers) override;
    void set_limits(std::uint32_t number, std::uint64_t down, std::uint64_t up) override;
    void set_bounds(std::uint32_t number, const bt::session::torrent_bounds& bounds) override {
        daemon_.set_bounds(number, bounds);
    }
    void label(std::uint32_t number, std::vector<std::string> labels) override;
    void move(std::uint32_t number, const std::string& folder, bool finds, done_fn<void> done) override;
    void rename(std::uint32_t number, const std::string& path, const std::string& name,
                done_fn<void> done) override;
    void remove(std::uint32_t number, bool with_data, done_fn<void> done) override;

    std::vector<std::uint32_t> queue() const override;
    void set_place(std::uint32_t number, std::size_t place) override;
    std::string kept() const override { return kept_; }
    void keep(const std::string& text) override;

    void set_limits(std::uint64_t down, std::uint64_t up) override;
    void set_most_connections(std::size_t most) override;
    void set_download_folder(const std::string& folder) override { daemon_.set_download_folder(folder); }
    void set_discovery(bool lan, bool dht) override;
    result<space> free_space(const std::string& folder) override;

    json::object lan(std::uint64_t since) override;
    json::object dht() override;
    json::object history(std::uint64_t since) override;
    json::object log(std::uint64_t since) override;
    void examine(std::function<void(json::object)> done) override { checkups_.ask(std::move(done)); }
    result<std::uint32_t> hash(rpc::hashing_wish what) override;
    std::vector<rpc::hashing> hashings() const override { return hashings_.list(); }
    void stop_hashing(std::uint32_t number) override { hashings_.stop(number); }
    result<std::uint32_t> upload_begin(const rpc::upload_wish& what) override;
    void upload_part(std::uint32_t number, const std::string& path, std::uint64_t offset, bytes data,
                     done_fn<void> done) override;
    void upload_end(std::uint32_t number, done_fn<std::uint32_t> done) override;
    result<void> upload_cancel(std::uint32_t number) override { return uploads_.cancel(number); }
    /// Once a second.
    void note_rates();

    void close() override;

  private:
    void open_record();
    void end_idle_uploads();
    /// Nothing where it is on the list and does not run: it has just ended, and comes again.
    std::optional<torrent_id> running(std::uint32_t number) const;

    daemon& daemon_;
    client_places places_;
    rpc::node_facts facts_;
    storage::system_files files_;
    std::optional<storage::state_file> record_;  // of what clients set
    std::string kept_;
    net::http_client http_;
    std::uint64_t first_number_;  // of what is numbered: later ones in a later run
    std::optional<lan_watch> lan_;
    recent<bt::session::core::rates> rates_;
    class hashings hashings_;
    uploads uploads_;
    net::timer upload_timer_;
    checkups checkups_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // what is answered later looks at it
};

}  // namespace bt::app
