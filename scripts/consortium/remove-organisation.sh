#!/usr/bin/env bash
# Removes an organisation from the consortium: from both channels, its orderer from Raft. A majority of the present
# organisations has to sign, of which it is still one. Each takes its steps by itself; what they pass on to each other
# is FOLDER, which can be sent around. Afterwards its members' transactions are refused, and its peer gets no more
# blocks; what it has it keeps.
#
#   remove-organisation.sh propose NAME FOLDER --as ORG   writes and signs the updates of both channels
#   remove-organisation.sh show FOLDER --as ORG           says what they change, who signed, whose signature is missing
#   remove-organisation.sh sign FOLDER --as ORG           signs them, if they are what FOLDER/change.json says
#   remove-organisation.sh submit FOLDER --as ORG         sends them to the orderers, once a majority has signed, and
#                                                         stops the organisation's servers in this instance
#
# An organisation that founded the consortium stays: npm start waits for its servers.
# What was done already is not done again.
#
#   scripts/consortium/remove-organisation.sh propose supplier /tmp/no-supplier --as manufacturer

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
expect_arguments 1 "$@"
. "$(dirname "${BASH_SOURCE[0]}")/lib-config.sh"

# The change as JSON. removal_of NAME
removal_of() {
  case $1 in
    manufacturer | operator | auditor) die "$1 founded the consortium, and npm start waits for its servers: it stays" ;;
  esac
  require_known "$1"
  printf '{ "kind": "remove", "mspId": "%s" }\n' "$(msp_id "$1")"
}

read_words "$@"
open_instance
take_step removal_of retire
