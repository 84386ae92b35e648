#!/usr/bin/env bash
# Acts as an organisation: runs a command, or prints variables for your shell, so that Fabric's peer command speaks
# to that organisation's own peer in the name of one of its members.
#
#   as.sh ORGANISATION [MEMBER] -- COMMAND…
#   as.sh ORGANISATION [MEMBER] --print
#
# ORGANISATION is manufacturer, operator, auditor, or one that was admitted later. MEMBER is a member's name, such as
# operator@operator; without one it is the organisation's admin, or the auditor. `fabric-admin` is the organisation's
# Fabric administrator, who installs and approves chaincode and joins channels.
#
#   scripts/consortium/as.sh auditor -- peer channel getinfo -c anchors
#   scripts/consortium/as.sh auditor -- peer chaincode query -C anchors -n biot -c '{"Args":["AnchorContract:Logs"]}'
#   scripts/consortium/as.sh operator fabric-admin -- peer lifecycle chaincode queryinstalled
#   eval "$(scripts/consortium/as.sh auditor --print)"
#
# The instance is the one in BIOT_HOME, or .biot in the checkout.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
expect_arguments 2 "$@"

organisation=$1
shift
member=
case $1 in
  --*) ;;
  *)
    member=$1
    shift
    ;;
esac

# The peer command tells a transaction's result in its log.
FABRIC_LOGGING_SPEC=${FABRIC_LOGGING_SPEC:-error:chaincodeCmd=info}
open_instance
act_as "$organisation" "$member"

case ${1:-} in
  --print)
    for name in PATH FABRIC_CFG_PATH FABRIC_LOGGING_SPEC CORE_PEER_LOCALMSPID CORE_PEER_MSPCONFIGPATH CORE_PEER_ADDRESS \
      CORE_PEER_TLS_ENABLED CORE_PEER_TLS_ROOTCERT_FILE; do
      printf 'export %s=%q\n' "$name" "${!name}"
    done
    ;;
  --)
    shift
    [ $# -gt 0 ] || die 'there is no command after --'
    exec "$@"
    ;;
  *)
    usage >&2
    exit 2
    ;;
esac
