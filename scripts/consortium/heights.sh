#!/usr/bin/env bash
# Prints each channel's height and last block on each organisation's peer. Equal heights with different hashes would
# mean that the organisations do not share one ledger: the script then ends with 1.
#
#   heights.sh

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
expect_arguments 0 "$@"
open_instance

# Takes a field's value, a number or a string, out of flat JSON. field NAME JSON
field() {
  sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p" <<<"$2"
}

status=0
declare -A hash_at
printf '%-10s %-13s %8s  %s\n' channel organisation height 'last block'
for channel in "${channels[@]}"; do
  for organisation in "${organisations[@]}"; do
    act_as "$organisation"
    if ! info=$(peer channel getinfo -c "$channel" 2>/dev/null); then
      printf '%-10s %-13s %8s  %s\n' "$channel" "$organisation" - unreachable
      status=1
      continue
    fi
    height=$(field height "$info")
    hash=$(field currentBlockHash "$info")
    remark=
    if [ "${hash_at[$channel $height]:-$hash}" != "$hash" ]; then
      remark='  DIFFERS'
      status=1
    fi
    hash_at[$channel $height]=$hash
    printf '%-10s %-13s %8s  %s%s\n' "$channel" "$organisation" "$height" "$hash" "$remark"
  done
done
exit $status
