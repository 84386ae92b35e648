#!/usr/bin/env bash
# Lists when the certificates of peers, orderers, chaincode servers, administrators, members and the platform's servers
# expire, and renews those that soon will: with the same authority, the same name, for the same key and as long again.
#
#   renew-certificates.sh --check [--within DAYS] [OWNER…]   lists them; exit code 1 when one is due
#   renew-certificates.sh [--within DAYS] [OWNER…]           renews those that are due
#
# OWNER is an organisation, or `platform`; without one it is all of them. --within: 30 days without it.
#
# Each organisation renews its own, and needs nobody's approval: the key stays, and it is by their keys that Raft's
# consenters know each other in the channels' configuration. Servers are restarted one after the other, each when all
# orderers take part again. The certificates of devices are not renewed here: a device takes a new key with them.
# What is not due is left alone.
#
#   scripts/consortium/renew-certificates.sh --check --within 90
#   scripts/consortium/renew-certificates.sh --within 90 operator

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
expect_arguments 0 "$@"

command=renew
days=30
owners=()
while [ $# -gt 0 ]; do
  case $1 in
    --check) command=check ;;
    --within)
      days=${2:?"--within needs a number of days"}
      shift
      ;;
    --*) die "unknown option $1" ;;
    *) owners+=("$1") ;;
  esac
  shift
done

open_instance
ours certificates "$command" "$days" "${owners[@]}"
