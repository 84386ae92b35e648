#!/usr/bin/env bash
# Upgrades the chaincode on both channels to the contracts built in chaincode/dist: installs the package on the
# organisations' peers, approves it in the name of each, shows who has approved, and commits once a majority has.
#
#   upgrade-chaincode.sh [ORGANISATION…]
#
# Named organisations approve now; without any, all three do. One that does not approve keeps its peer from endorsing
# until it does: name it then. What is approved or runs already is left alone.
#
#   npx tsc -p chaincode/tsconfig.json && scripts/consortium/upgrade-chaincode.sh manufacturer operator

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
expect_arguments 0 "$@"
approvers=("$@")
[ $# -gt 0 ] || approvers=("${organisations[@]}")

open_instance
node=$checkout/node_modules/.bin/node
contracts=$checkout/scripts/consortium/contracts.ts
read -r package_version package_id package_file < <("$node" "$contracts" package)
[ -n "${package_file:-}" ] || die 'there is no package to install'

# What a channel runs: "Version: …, Sequence: …, …, Approvals: [AuditorMSP: true, …]"; nothing before the first time.
running_definition() {
  peer lifecycle chaincode querycommitted -C "$channel" -n "$chaincode" 2>/dev/null | grep '^Version:' || true
}

# Who has approved the new definition, one a line: "AuditorMSP: true". Both of Fabric's answers are told apart by
# whether the definition runs already.
approvals() {
  if [ "$running_version" = "$package_version" ]; then
    running_definition | grep -o '[A-Za-z]*MSP: [a-z]*'
  else
    peer lifecycle chaincode checkcommitreadiness "${definition[@]}" | grep -o '[A-Za-z]*MSP: [a-z]*'
  fi
}

install_on_peer_of() {
  act_as "$1" fabric-admin
  if ! peer lifecycle chaincode queryinstalled | grep -q "$package_id"; then
    peer lifecycle chaincode install "$package_file" || die "cannot install on $1's peer"
    echo "$1: installed $package_id"
  fi
}

approve_for() {
  local orderer_options
  act_as "$1" fabric-admin
  if approvals | grep -q "$(msp_id "$1"): true"; then return; fi
  choose_orderer "$1"
  peer lifecycle chaincode approveformyorg "${definition[@]}" --package-id "$package_id" "${orderer_options[@]}" ||
    die "$1 cannot approve on $channel"
}

commit_if_majority() {
  local agreed orderer_options endorser_options
  mapfile -t agreed < <(approvals | sed -n 's/MSP: true//p')
  if [ $((${#agreed[@]} * 2)) -le ${#organisations[@]} ]; then
    die "$channel: ${#agreed[@]} of ${#organisations[@]} organisations approve, which is no majority; nothing is committed"
  fi
  choose_orderer "${approvers[0]}"
  choose_endorsers "${agreed[@],,}"
  peer lifecycle chaincode commit "${definition[@]}" "${orderer_options[@]}" "${endorser_options[@]}" ||
    die "cannot commit on $channel"
  echo "$channel: committed"
}

for organisation in "${approvers[@]}"; do install_on_peer_of "$organisation"; done

for channel in "${channels[@]}"; do
  act_as "${approvers[0]}" fabric-admin
  running=$(running_definition)
  running_version=$(sed -n 's/^Version: \([^,]*\),.*/\1/p' <<<"$running")
  sequence=$(sed -n 's/.*Sequence: \([0-9]*\),.*/\1/p' <<<"$running")
  [ "$running_version" = "$package_version" ] || sequence=$((${sequence:-0} + 1))
  definition=(-C "$channel" -n "$chaincode" --version "$package_version" --sequence "$sequence")

  echo "$channel: ${running_version:-nothing} runs, $package_version is sequence $sequence"
  for organisation in "${approvers[@]}"; do approve_for "$organisation"; done
  act_as "${approvers[0]}" fabric-admin
  approvals | sed 's/^/  /'
  [ "$running_version" = "$package_version" ] || commit_if_majority
done

"$node" "$contracts" serve
echo "the chaincode servers run $package_version"
