#!/usr/bin/env bash
# Gives an organisation a second peer, which joins both channels by a snapshot that snapshot.sh took, without the blocks
# before it; it then follows the channels, and endorses as the first one does.
#
#   join-from-snapshot.sh ORGANISATION FOLDER
#
# FOLDER has the snapshot of each channel in FOLDER/CHANNEL. It may be of another organisation's peer: compare it with
# one of a second organisation at the same block (see snapshot.sh).
# The organisation needs nobody's approval for a peer of its own. npm start starts it with the others from then on.
# What was done already is not done again.
#
#   scripts/consortium/snapshot.sh auditor /tmp/snapshot
#   scripts/consortium/join-from-snapshot.sh auditor /tmp/snapshot

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/lib-chaincode.sh"
expect_arguments 2 "$@"
open_instance
organisation=$1
snapshot=$2
require_member "$organisation"
for channel in "${channels[@]}"; do
  [ -r "$snapshot/$channel/_snapshot_signable_metadata.json" ] || die "$snapshot/$channel is no snapshot"
done

# Makes the commands that follow go to the second peer. act_at_second_peer [MEMBER]
act_at_second_peer() {
  local port="${organisation}_second_peer_port"
  act_as "$organisation" "${1:-fabric-admin}"
  CORE_PEER_ADDRESS=127.0.0.1:${!port}
}

has_joined() { peer channel list 2>/dev/null | has_line "$channel"; }

height() { peer channel getinfo -c "$channel" 2>/dev/null | sed -n 's/.*"height":\([0-9]*\).*/\1/p'; }

has_height() { [ "$(height)" -ge "$1" ] 2>/dev/null; }

answers_as_contract() {
  peer chaincode query -C "$channel" -n "$chaincode" -c "$(call_json org.hyperledger.fabric:GetMetadata)" >/dev/null 2>&1
}

ours second-peer "$organisation"
act_at_second_peer
for channel in "${channels[@]}"; do
  if has_joined; then
    echo "$channel: it has joined already"
    continue
  fi
  said=$(peer channel joinbysnapshot --snapshotpath "$(realpath "$snapshot/$channel")" 2>&1) ||
    die "$channel: $(tail -n 1 <<<"$said")"
  wait_until 120 has_joined || die "$channel: the peer does not finish joining; its log says why"
  echo "$channel: joined by the snapshot of $snapshot"
done

read -r package_version package_id package_file < <(ours contracts running)
install_there "$organisation's second peer"
for channel in "${channels[@]}"; do
  act_as "$organisation" fabric-admin
  goal=$(height)
  act_at_second_peer
  wait_until 120 has_height "${goal:-0}" || die "$channel: it does not get the blocks up to $goal"
  act_at_second_peer "$(default_member "$organisation")"
  wait_until 60 answers_as_contract || die "$channel: the contracts do not answer there"
  echo "$channel: it has all $goal blocks, or their state, and answers at $CORE_PEER_ADDRESS"
done
