#!/usr/bin/env bash
# Revokes a member's certificates at the ledger: puts them onto its organisation's list of revoked certificates in the
# configurations of both channels. The organisation's own administrator signs, and nobody else needs to. As soon as it
# is done peers endorse nothing for them, orderers take nothing, and neither lets them read. Within ten seconds the
# gateway hears of it: the member's sessions end, and it lets nobody sign in with them.
#
#   revoke-member.sh --as ORGANISATION --name NAME      every certificate that was ever issued here to that member
#   revoke-member.sh --as ORGANISATION --cert FILE      this one (PEM), and with it all for the same key
#
# A certificate cannot be given back. Who is to go on gets a new key: enrol-member.sh --renew, or --csr with a new one,
# afterwards with --name, before with --cert.
# What was done already is not done again.
#
#   scripts/consortium/revoke-member.sh --as operator --name alice

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
expect_arguments 1 "$@"
. "$(dirname "${BASH_SOURCE[0]}")/lib-config.sh"

# shellcheck disable=SC2034 # for lib-config.sh
drafting=draft-revocation
who=
which=()
while [ $# -gt 0 ]; do
  [ $# -gt 1 ] || die "$1 needs a word behind it: see --help"
  case $1 in
    --as) who=$2 ;;
    --name | --cert) which+=("$1" "$2") ;;
    *) die "unknown option $1" ;;
  esac
  shift 2
done

open_instance
act_as_named
require_member "$who"
for channel in "${channels[@]}"; do
  config_block "$channel" >"$work/channel.json"
  ours revocation --as "$who" "${which[@]}" <"$work/channel.json" >"$work/revocation.json"
  draft_update "$channel" "$work/revocation.json" "$work/revocation.tx"
  if [ -e "$work/revocation.tx" ]; then
    send_update "$channel" "$work/revocation.tx" "$work/revocation.json"
  else
    echo "$channel: it is so already"
  fi
done
