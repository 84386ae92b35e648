#!/usr/bin/env bash
# Shows who approved what: the contracts that run and those that wait for approvals, each change of the channels'
# configurations with the signatures it bears, and each proposal to change the rules.
#
#   who-approved.sh [--as ORGANISATION]
#
# --as says whose peer is asked (default: auditor). What an organisation approved of contracts that do not run yet its
# own peer alone tells; of those whose peer does not answer it is not known.
#
#   scripts/consortium/who-approved.sh --as operator

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
expect_arguments 0 "$@"
. "$(dirname "${BASH_SOURCE[0]}")/lib-config.sh"
read_words "$@"
[ ${#words[@]} -eq 0 ] || die "unexpected ${words[0]}: see --help"
open_instance
asked=${who:-auditor}

# "AuditorMSP: true, OperatorMSP: false" as two sentences. approvals_text TEXT
approvals_text() {
  local agreed missing
  mapfile -t agreed < <(grep -o '[A-Za-z0-9]*MSP: true' <<<"$1" | cut -d: -f1 | names_of_msps)
  mapfile -t missing < <(grep -o '[A-Za-z0-9]*MSP: false' <<<"$1" | cut -d: -f1 | names_of_msps)
  echo "  approved by ${agreed[*]:-nobody}"
  [ ${#missing[@]} -eq 0 ] || echo "  not by ${missing[*]}"
}

# What runs on a channel, and who approved it. contracts_of CHANNEL
contracts_of() {
  local running version sequence next
  act_as "$asked" fabric-admin
  running=$(peer lifecycle chaincode querycommitted -C "$1" -n "$chaincode" 2>&1) ||
    die "$asked's peer does not answer: $(tail -n 1 <<<"$running")"
  version=$(sed -n 's/^Version: \([^,]*\),.*/\1/p' <<<"$running")
  sequence=$(sed -n 's/.*Sequence: \([0-9]*\),.*/\1/p' <<<"$running")
  echo "$1: $chaincode $version, sequence $sequence, runs"
  approvals_text "$running"
  next=$((sequence + 1))
  while read -r version; do
    echo "$1: $chaincode $version, sequence $next, waits"
    act_as "$asked" fabric-admin
    approvals_text "$(peer lifecycle chaincode checkcommitreadiness -C "$1" -n "$chaincode" --version "$version" \
      --sequence "$next")"
  done < <(approved_next "$1" "$next" | sort -u)
}

# The versions that organisations approved for a sequence that does not run yet. approved_next CHANNEL SEQUENCE
approved_next() {
  local organisation
  for organisation in "${organisations[@]}"; do
    act_as "$organisation" fabric-admin
    peer lifecycle chaincode queryapproved -C "$1" -n "$chaincode" 2>/dev/null |
      sed -n "s/^sequence: $2, version: \([^,]*\),.*/\1/p" || true
  done
}

# fetch_block CHANNEL WHICH FILE
fetch_block() {
  peer channel fetch "$2" "$work/fetched.block" -c "$1" >"$work/said" 2>&1 ||
    die "$asked's peer does not give block $2 of $1: $(tail -n 1 "$work/said")"
  decoded common.Block <"$work/fetched.block" >"$3"
}

# Each configuration of a channel, the first one first. configurations_of CHANNEL
configurations_of() {
  local number which text=''
  act_as "$asked" fabric-admin
  fetch_block "$1" config "$work/block.json"
  while :; do
    number=$(sed -n 's/.*"number": *"\([0-9]*\)".*/\1/p' "$work/block.json" | tail -n 1)
    if [ "$number" -eq 0 ]; then break; fi
    # Each block names the last one with a configuration: the one before this leads to its predecessor.
    fetch_block "$1" $((number - 1)) "$work/previous.json"
    which=$(ours config last <"$work/previous.json")
    fetch_block "$1" "$which" "$work/previous.json"
    text="$(ours config block "$work/previous.json" <"$work/block.json")"$'\n'"$text"
    mv "$work/previous.json" "$work/block.json"
  done
  text="$(ours config block <"$work/block.json")"$'\n'"$text"
  printf '%s' "$text"
}

echo 'Contracts'
for channel in "${channels[@]}"; do contracts_of "$channel" | sed 's/^/  /'; done
for channel in "${channels[@]}"; do
  printf '\nConfiguration of %s\n' "$channel"
  configurations_of "$channel" | sed 's/^/  /'
done
for channel in "${channels[@]}"; do
  printf '\nRules of %s\n' "$channel"
  # Rules are what the contracts say, which answer only on peers of organisations that approved them.
  { "$checkout/scripts/consortium/policy.sh" proposals --as "$asked" --channel "$channel" 2>&1 || true; } | sed 's/^/  /'
done
