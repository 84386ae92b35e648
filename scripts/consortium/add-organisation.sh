#!/usr/bin/env bash
# Adds an organisation to the consortium: to both channels, with a peer that endorses and an orderer that takes part
# in Raft. A majority of the present organisations has to sign. Each takes its steps by itself; what they pass on to
# each other is FOLDER, which can be sent around and has nothing secret in it.
#
#   add-organisation.sh prepare NAME                 the new one makes its keys, certificates and an administrator
#   add-organisation.sh propose NAME FOLDER --as ORG writes and signs the updates of both channels
#   add-organisation.sh show FOLDER --as ORG         says what they change, who signed, whose signature is missing
#   add-organisation.sh sign FOLDER --as ORG         signs them, if they are what FOLDER/change.json says
#   add-organisation.sh submit FOLDER --as ORG       sends them to the orderers, once a majority has signed
#   add-organisation.sh join NAME                    the new one starts its servers, joins, approves the contracts, and
#                                                    waits until all orderers take part
#
# NAME is of a-z and 0-9; `supplier` becomes SupplierMSP. With four organisations three have to endorse. All orderers
# should run until `join` is done: meanwhile one of the four does not take part yet.
# What was done already is not done again.
#
#   scripts/consortium/add-organisation.sh prepare supplier
#   scripts/consortium/add-organisation.sh propose supplier /tmp/supplier --as manufacturer
#   scripts/consortium/add-organisation.sh sign /tmp/supplier --as auditor
#   scripts/consortium/add-organisation.sh submit /tmp/supplier --as auditor
#   scripts/consortium/add-organisation.sh join supplier

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
expect_arguments 1 "$@"
. "$(dirname "${BASH_SOURCE[0]}")/lib-config.sh"
. "$(dirname "${BASH_SOURCE[0]}")/lib-chaincode.sh"

# The change as JSON. addition_of NAME
addition_of() {
  require_prepared "$1"
  ours organisation change "$1"
}

require_prepared() { is_known "$1" || die "$1 has no keys yet: add-organisation.sh prepare $1"; }

# Is the organisation a member of both channels, as the acting organisation's peer has them? is_member NAME
is_member() {
  local channel
  for channel in "${channels[@]}"; do
    members_of "$channel" | has_line "$1" || return 1
  done
}

# osnadmin for the organisation's own orderer. orderer_admin NAME COMMAND…
orderer_admin() {
  local port="${1}_orderer_admin_port" tls="$biot_home/crypto/peerOrganizations/$1/users/Admin@$1/tls"
  osnadmin channel "${@:2}" -o "127.0.0.1:${!port}" --ca-file "$(tls_root "$1")" --client-cert "$tls/client.crt" \
    --client-key "$tls/client.key"
}

# The orderer learns who else takes part from the newest configuration; the peer begins at the beginning.
join_channel() {
  local name=$1 answer
  if ! orderer_admin "$name" list | has_text "\"name\": \"$channel\""; then
    act_as "${organisations[0]}" fabric-admin
    peer channel fetch config "$work/$channel.block" -c "$channel" >"$work/said" 2>&1 || die "$(tail -n 1 "$work/said")"
    # osnadmin ends well whatever the orderer answers.
    answer=$(orderer_admin "$name" join --channelID "$channel" --config-block "$work/$channel.block")
    grep -q 'Status: 201' <<<"$answer" || die "$name's orderer does not join $channel: $answer"
    echo "$channel: $name's orderer takes part"
  fi
  act_as "$name" fabric-admin
  if ! peer channel list | has_line "$channel"; then
    peer channel join -b "$biot_home/channels/$channel.block" >"$work/said" 2>&1 || die "$(tail -n 1 "$work/said")"
    echo "$channel: $name's peer has joined"
  fi
}

# Has the acting organisation's peer the blocks up to its own admission and the contracts that run?
has_caught_up() {
  use_definition "$channel"
  [ "$running_version" = "$package_version" ] && members_of "$channel" | has_line "$1"
}

join_consortium() {
  local name=$1
  require_prepared "$name"
  act_as "${organisations[0]}" fabric-admin
  is_member "$name" || die "$name is no member of both channels yet: see add-organisation.sh show"
  ours organisation start "$name"
  read -r package_version package_id package_file < <(ours contracts running)
  for channel in "${channels[@]}"; do join_channel "$name"; done
  install_on_peer_of "$name"
  for channel in "${channels[@]}"; do
    wait_until 120 has_caught_up "$name" || die "$name's peer does not get the blocks of $channel"
    approve_for "$name"
    echo "$channel: $name approves $package_version"
  done
  ours organisation settled
}

read_words "$@"
open_instance
case ${words[0]} in
  prepare)
    takes 1
    ours organisation prepare "${words[1]}"
    echo "${words[1]} has keys and certificates; the others may propose it now"
    ;;
  join)
    takes 1
    join_consortium "${words[1]}"
    ;;
  *) take_step addition_of admitted ;;
esac
