#include "swarm/claim_board.hpp"

namespace bt::swarm {

claim_board::claim_board(std::uint32_t piece_count, const peer_id& self)
    : outside_(piece_count, self), near_seeds_(piece_count, self), far_seeds_(piece_count, self) {}

void claim_board::joined(connection_id peer, const peer_id& who, bool near) {
    far_seeds_.joined(peer, who);
    if (!near) return;
    near_seeds_.joined(peer, who);
    outside_.joined(peer, who);
}

void claim_board::takes_part(connection_id peer, bool near, bool takes) {
    far_seeds_.takes_part(peer, takes);
    if (!near) return;
    near_seeds_.takes_part(peer, takes);
    outside_.takes_part(peer, takes);
}

void claim_board::has(connection_id peer, piece_index piece, bool near) {
    // what a far peer has may never come to us: rarest first sees to it that a seed is asked for other pieces
    if (!near) return far_seeds_.fetched(peer, piece);
    far_seeds_.has(peer, piece);
    near_seeds_.has(peer, piece);
    outside_.has(peer, piece);
}

void claim_board::lost(connection_id peer, piece_index piece) {
    for (auto* each : {&outside_, &near_seeds_, &far_seeds_}) each->lost(peer, piece);
}

void claim_board::became_seed(connection_id peer) {
    outside_.takes_part(peer, false);
    near_seeds_.left(peer);
    far_seeds_.left(peer);
}

void claim_board::left(connection_id peer) {
    for (auto* each : {&outside_, &near_seeds_, &far_seeds_}) each->left(peer);
}

bool claim_board::claimed(time_point now, connection_id peer, piece_index piece, bool half_done) {
    // a far peer's claim costs us nothing but the order in which we ask
    far_seeds_.claimed(now, peer, piece, true);
    bool yields = false;
    for (auto* each : {&outside_, &near_seeds_})
        yields = each->claimed(now, peer, piece, half_done) || yields;
    if (yields) done(now, piece, false);
    return yields;
}

void claim_board::released(connection_id peer, piece_index piece) {
    for (auto* each : {&outside_, &near_seeds_, &far_seeds_}) each->released(peer, piece);
}

bool claim_board::claim(time_point now, piece_index piece) {
    near_seeds_.claim(now, piece);
    far_seeds_.claim(now, piece);
    return outside_.claim(now, piece);
}

bool claim_board::done(time_point now, piece_index piece, bool verified) {
    near_seeds_.done(now, piece, verified);
    far_seeds_.done(now, piece, verified);
    return outside_.done(now, piece, verified);
}

claim_board::exceptions claim_board::for_peer(standing of) {
    exceptions order;
    const bool uplink = !of.near && outside_.has_neighbours();
    if (!uplink && !of.seed) {
        order.add(nullptr);
        return order;
    }
    auto& from = uplink ? outside_ : of.near ? near_seeds_ : far_seeds_;
    order.add(&from.left_to_others());
    order.add(&from.blocked());
    // far away nothing but a seed's time is saved: not at the price of ours
    if (!uplink && !of.near) order.add(nullptr);
    return order;
}

void claim_board::tick(time_point now, const traffic& from) {
    neighbour_credit::traffic came;
    came.neighbours = from.near_others.bytes;
    for (const auto* spared : {&from.near_seeds, &from.far_seeds, &from.far_others}) {
        came.others += spared->bytes;
        came.others_rate += spared->rate;
    }
    // without neighbours a far seed is asked for all that others claim, only later
    const bool far_is_idle = from.far_seeds.idle || from.far_others.idle;
    came.idle = from.near_seeds.idle || (far_is_idle && outside_.has_neighbours());
    credit_.tick(now, came);
    for (auto* each : {&outside_, &near_seeds_, &far_seeds_}) each->tick(now, credit_.is_good());
}

}  // namespace bt::swarm
