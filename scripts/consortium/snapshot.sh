#!/usr/bin/env bash
# Takes a snapshot of both channels on an organisation's peer as of its last block, and prints the folder of each:
# the state, and the transactions' ids, with which a new peer can begin without the blocks before (join-from-snapshot.sh).
#
#   snapshot.sh ORGANISATION [FOLDER]
#
# FOLDER gets a copy, as FOLDER/CHANNEL, that can be sent to the new peer. Two organisations that take one at the same
# block get the same _snapshot_signable_metadata.json, byte for byte: compare before you trust another's.
# A snapshot of the last block that is there already is not taken again.
#
#   scripts/consortium/snapshot.sh auditor /tmp/snapshot

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
expect_arguments 1 "$@"
open_instance
organisation=$1
act_as "$organisation" fabric-admin
at_peer=(--peerAddress "$(peer_address "$organisation")" --tlsRootCertFile "$(tls_root "$organisation")")
completed="$biot_home/data/$organisation-peer/snapshots/completed"

last_block() {
  local info
  info=$(peer channel getinfo -c "$1") || die "$organisation's peer does not answer"
  echo $(($(sed -n 's/.*"height":\([0-9]*\).*/\1/p' <<<"$info") - 1))
}

# The newest snapshot of a channel, if it is of that block or a later one: blocks may have come while it was asked for.
# snapshot_since CHANNEL BLOCK
snapshot_since() {
  local newest
  newest=$(ls "$completed/$1" 2>/dev/null | sort -n | tail -n 1)
  [ -n "$newest" ] && [ "$newest" -ge "$2" ] && echo "$completed/$1/$newest"
}

# take CHANNEL
take() {
  local block folder said
  block=$(last_block "$1")
  if ! folder=$(snapshot_since "$1" "$block"); then
    said=$(peer snapshot submitrequest -c "$1" -b 0 "${at_peer[@]}" 2>&1) || die "$1: $(tail -n 1 <<<"$said")"
    wait_until 60 snapshot_since "$1" "$block" >/dev/null || die "$1: the peer takes no snapshot of block $block"
    folder=$(snapshot_since "$1" "$block")
  fi
  echo "$folder"
}

for channel in "${channels[@]}"; do
  folder=$(take "$channel")
  if [ $# -gt 1 ]; then
    mkdir -p "$2"
    rm -rf "${2:?}/$channel"
    cp -r "$folder" "$2/$channel"
    folder=$2/$channel
  fi
  echo "$channel: $folder"
done
