#!/usr/bin/env bash
# Upgrades the chaincode on both channels to the contracts built in chaincode/dist, or in FOLDER: installs the package
# on the organisations' peers, approves it in the name of each, shows who has approved, and commits on both channels once
# a majority has approved on both: one package serves them, so that neither may run it without the other.
#
#   upgrade-chaincode.sh [--contracts FOLDER] [ORGANISATION…]
#
# Named organisations approve now; without any, all do. One that does not approve keeps its peer from endorsing until
# it does: name it then. What is approved or runs already is left alone.
#
#   npx tsc -p chaincode/tsconfig.json && scripts/consortium/upgrade-chaincode.sh manufacturer operator

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/lib-chaincode.sh"
expect_arguments 0 "$@"

contracts=$checkout/chaincode/dist
if [ "${1:-}" = --contracts ]; then
  contracts=${2:?"--contracts needs a folder"}
  shift 2
fi

open_instance
approvers=("$@")
[ $# -gt 0 ] || approvers=("${organisations[@]}")
read -r package_version package_id package_file < <(ours contracts package "$contracts")
[ -n "${package_file:-}" ] || die 'there is no package to install'

# Who has approved on the channel, and who has not: sets `agreed` and `missing`.
sort_approvals() {
  local listed
  listed=$(approvals)
  mapfile -t agreed < <(sed -n 's/msp: true//p' <<<"${listed,,}")
  mapfile -t missing < <(sed -n 's/msp: false//p' <<<"${listed,,}")
}

# Says whose approval the channel lacks; nothing when it has a majority.
shortage() {
  local agreed missing needed
  sort_approvals
  needed=$(majority_of $((${#agreed[@]} + ${#missing[@]})))
  [ ${#agreed[@]} -lt "$needed" ] || return 0
  echo "$channel: ${agreed[*]:-nobody} alone cannot do this, $needed organisations have to approve; nothing is" \
    "committed. $(missing_approvals $((needed - ${#agreed[@]})) "${missing[@]}") (upgrade-chaincode.sh ORGANISATION)"
}

commit() {
  local agreed missing endorser_options
  sort_approvals
  choose_endorsers "${agreed[@]}"
  with_orderer "${approvers[0]}" peer lifecycle chaincode commit "${definition[@]}" "${endorser_options[@]}" ||
    die "cannot commit on $channel: run this again at once, since the other channel may run the new package already"
  echo "$channel: committed"
}

for organisation in "${approvers[@]}"; do install_on_peer_of "$organisation"; done

short=()
for channel in "${channels[@]}"; do
  act_as "${approvers[0]}" fabric-admin
  use_definition "$channel"
  echo "$channel: ${running_version:-nothing} runs, $package_version is sequence $sequence"
  for organisation in "${approvers[@]}"; do approve_for "$organisation"; done
  act_as "${approvers[0]}" fabric-admin
  approvals | sed 's/^/  /'
  [ "$running_version" = "$package_version" ] || mapfile -t -O "${#short[@]}" short < <(shortage)
done
[ ${#short[@]} -eq 0 ] || die "$(printf '%s\n' "${short[@]}")"

for channel in "${channels[@]}"; do
  use_definition "$channel"
  [ "$running_version" = "$package_version" ] || commit
done

ours contracts serve "$contracts"
echo "the chaincode servers run $package_version"
