# Shared by the scripts that install and approve chaincode. They set `package_version`, `package_id` and `package_file`
# (contracts.ts says which) and, with use_definition, what is to be approved on which channel.
# shellcheck shell=bash

# What a channel runs: "Version: …, Sequence: …, …, Approvals: [AuditorMSP: true, …]"; nothing before the first time.
running_definition() {
  peer lifecycle chaincode querycommitted -C "$channel" -n "$chaincode" 2>/dev/null | grep '^Version:' || true
}

# Sets `running_version`, and `sequence` and `definition` of the package on a channel: what runs, or what comes next.
# use_definition CHANNEL
use_definition() {
  local running
  channel=$1
  running=$(running_definition)
  running_version=$(sed -n 's/^Version: \([^,]*\),.*/\1/p' <<<"$running")
  sequence=$(sed -n 's/.*Sequence: \([0-9]*\),.*/\1/p' <<<"$running")
  [ "$running_version" = "$package_version" ] || sequence=$((${sequence:-0} + 1))
  definition=(-C "$channel" -n "$chaincode" --version "$package_version" --sequence "$sequence")
}

# Who has approved the definition, one a line: "AuditorMSP: true". Both of Fabric's answers are told apart by whether
# the definition runs already.
approvals() {
  if [ "$running_version" = "$package_version" ]; then
    running_definition | grep -o '[A-Za-z0-9]*MSP: [a-z]*'
  else
    peer lifecycle chaincode checkcommitreadiness "${definition[@]}" | grep -o '[A-Za-z0-9]*MSP: [a-z]*'
  fi
}

install_on_peer_of() {
  act_as "$1" fabric-admin
  install_there "$1's peer"
}

# Installs on whatever peer the commands go to. install_there WHOSE
install_there() {
  if ! peer lifecycle chaincode queryinstalled | has_text "$package_id"; then
    peer lifecycle chaincode install "$package_file" || die "cannot install on $1"
    echo "installed $package_id on $1"
  fi
}

approve_for() {
  act_as "$1" fabric-admin
  if approvals | has_text "$(msp_id "$1"): true"; then return; fi
  with_orderer "$1" peer lifecycle chaincode approveformyorg "${definition[@]}" --package-id "$package_id" ||
    die "$1 cannot approve on $channel"
}

# Runs a command with the options for a running orderer, and again while the orderers choose a leader, as they do when
# one has come or gone. with_orderer ORGANISATION COMMAND…
with_orderer() {
  local orderer_options said tries
  choose_running_orderer "$1"
  for tries in {1..10}; do
    if said=$("${@:2}" "${orderer_options[@]}" 2>&1); then return; fi
    has_text 'no Raft leader' <<<"$said" || break
    [ "$tries" = 10 ] || sleep 1
  done
  echo "$said" >&2
  return 1
}
