# Shared by the scripts beside it: finds the instance and speaks to it in an organisation's name, with Fabric's own
# peer command. Needs nothing but bash and what `npm start` left in the instance's folder.
# shellcheck shell=bash

set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
biot_home=${BIOT_HOME:-$checkout/.biot}
# shellcheck disable=SC2034 # for the scripts beside this one
channels=(registry anchors)
chaincode=biot

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Prints the comment at the head of the script: what it does and how it is called.
usage() {
  sed -n '2,/^[^#]/{/^#/!q;s/^# \{0,1\}//;p}' "$0"
}

# Ends the script with its usage when that is asked for, or when there are too few arguments.
# expect_arguments COUNT "$@"
expect_arguments() {
  local count=$1 argument
  shift
  for argument; do
    case $argument in
      -h | --help)
        usage
        exit 0
        ;;
      --) break ;;
    esac
  done
  if [ $# -lt "$count" ]; then
    usage >&2
    exit 2
  fi
}

# Reads where Fabric's programs and the servers' ports are, and which `organisations` are members.
open_instance() {
  [ -r "$biot_home/fabric.env" ] || die "there is no consortium in $biot_home: run npm start first, or set BIOT_HOME"
  # shellcheck source=/dev/null
  . "$biot_home/fabric.env"
  export FABRIC_CFG_PATH
  export PATH="$FABRIC_BIN:$PATH"
}

# Runs one of our own programs beside this file, for what Fabric's cannot do. ours NAME ARGUMENT…
ours() { "$checkout/node_modules/.bin/node" "$checkout/scripts/consortium/$1.ts" "${@:2}"; }

msp_id() { printf '%sMSP' "${1^}"; }

peer_address() {
  local port="${1}_peer_port"
  printf '127.0.0.1:%s' "${!port}"
}

orderer_address() {
  local port="${1}_orderer_port"
  printf '127.0.0.1:%s' "${!port}"
}

tls_root() { printf '%s/crypto/peerOrganizations/%s/tlsca/tlsca.%s-cert.pem' "$biot_home" "$1" "$1"; }

# Who acts for an organisation when nobody is named.
default_member() {
  case $1 in
    auditor) echo auditor@auditor ;;
    *) echo "admin@$1" ;;
  esac
}

# The folder with a member's certificate and key. `fabric-admin` is the organisation's Fabric administrator, who
# installs and approves chaincode and joins channels, and whom the contracts know no role of.
msp_folder() {
  local organisation=$1 member=$2 folder
  case $member in
    fabric-admin) folder="$biot_home/crypto/peerOrganizations/$organisation/users/Admin@$organisation/msp" ;;
    *@*) folder="$biot_home/members/$member/msp" ;;
    *) folder="$biot_home/members/$member@$organisation/msp" ;;
  esac
  [ -d "$folder" ] || die "$organisation has no member $member"
  printf '%s' "$folder"
}

# Is the text in what comes, or a line that is the text? All of it is read: grep -q ends at the first match, which may end
# the program that still writes, and pipefail takes that for a failure. ... | has_text TEXT; ... | has_line TEXT
has_text() {
  local all
  all=$(cat)
  grep -qF -- "$1" <<<"$all"
}
has_line() {
  local all
  all=$(cat)
  grep -qxF -- "$1" <<<"$all"
}

# Does the instance have an organisation of that name? It has ports then, also before it is a member.
is_known() {
  local port="${1}_peer_port"
  [[ $1 =~ ^[a-z0-9]+$ && -n ${!port:-} ]]
}
require_known() { is_known "$1" || die "no organisation $1: there are ${organisations[*]}"; }

# Ends the script when the organisation is no member.
require_member() {
  case " ${organisations[*]} " in
    *" $1 "*) ;;
    *) die "$1 is no member: there are ${organisations[*]}" ;;
  esac
}

# Makes every peer command that follows act as a member of an organisation. act_as ORGANISATION [MEMBER]
act_as() {
  local organisation=$1 member=${2:-}
  require_known "$organisation"
  acting_organisation=$organisation
  CORE_PEER_MSPCONFIGPATH=$(msp_folder "$organisation" "${member:-$(default_member "$organisation")}")
  CORE_PEER_LOCALMSPID=$(msp_id "$organisation")
  CORE_PEER_ADDRESS=$(peer_address "$organisation")
  CORE_PEER_TLS_ROOTCERT_FILE=$(tls_root "$organisation")
  CORE_PEER_TLS_ENABLED=true
  FABRIC_LOGGING_SPEC=${FABRIC_LOGGING_SPEC:-error}
  export CORE_PEER_MSPCONFIGPATH CORE_PEER_LOCALMSPID CORE_PEER_ADDRESS CORE_PEER_TLS_ROOTCERT_FILE
  export CORE_PEER_TLS_ENABLED FABRIC_LOGGING_SPEC
}

# Text as a JSON string.
json_string() {
  local text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  text=${text//$'\r'/\\r}
  text=${text//$'\t'/\\t}
  printf '"%s"' "$text"
}

# A call of the chaincode as the peer command takes it. call_json FUNCTION ARGUMENT…
call_json() {
  local argument separator='' list=''
  for argument; do
    list+=$separator$(json_string "$argument")
    separator=,
  done
  printf '{"Args":[%s]}' "$list"
}

# Asks the organisation's own peer. query CHANNEL FUNCTION ARGUMENT…
query() {
  local channel=$1
  shift
  peer chaincode query -C "$channel" -n "$chaincode" -c "$(call_json "$@")" 2> >(readable_refusal >&2)
}

# The same of another organisation's peer. query_at ORGANISATION CHANNEL FUNCTION ARGUMENT…
query_at() {
  local organisation=$1
  shift
  CORE_PEER_ADDRESS=$(peer_address "$organisation") CORE_PEER_TLS_ROOTCERT_FILE=$(tls_root "$organisation") query "$@"
}

# What the peer command says on its standard error, with a contract's refusal as `CODE: message` and not as the JSON
# within a text within a line that the peer makes of it.
readable_refusal() {
  sed -E 's/.*\{\\"code\\":\\"([A-Z_]+)\\",\\"message\\":\\"(.*)\\"\}.*/\1: \2/; s/\\+"/"/g'
}

# Options for the peer command: where transactions are sent. Sets `orderer_options`.
choose_orderer() {
  orderer_options=(-o "$(orderer_address "$1")" --tls --cafile "$(tls_root "$1")")
}

# Options for the peer command: whose peers endorse. Sets `endorser_options`.
choose_endorsers() {
  local organisation
  endorser_options=()
  for organisation; do
    endorser_options+=(--peerAddresses "$(peer_address "$organisation")" --tlsRootCertFiles "$(tls_root "$organisation")")
  done
}

# The same with another's orderer when that one is down. choose_running_orderer ORGANISATION
choose_running_orderer() {
  local candidates running
  mapfile -t candidates < <(preferring "$1")
  mapfile -t running < <(running_of orderer_address "${candidates[@]}")
  [ ${#running[@]} -gt 0 ] || die 'no orderer runs: nothing can be written'
  choose_orderer "${running[0]}"
}

# How many of so many are a majority.
majority_of() { echo $(($1 / 2 + 1)); }

# "Missing: the approval of operator or auditor." missing_approvals HOW_MANY ORGANISATION…
missing_approvals() {
  local count=$1 last=${*: -1} others
  others=$(printf '%s, ' "${@:2:$#-2}")
  others=${others%, }
  if [ $# -eq 2 ]; then
    echo "Missing: the approval of $last."
  elif [ "$count" -eq $(($# - 1)) ]; then
    echo "Missing: the approvals of $others and $last."
  elif [ "$count" -eq 1 ]; then
    echo "Missing: the approval of $others or $last."
  else
    echo "Missing: $count approvals of $others and $last."
  fi
}

# Tries again and again until it succeeds, for so many seconds. wait_until SECONDS COMMAND…
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.3
  done
}

# Does somebody accept connections there? answers HOST:PORT
answers() { (: <"/dev/tcp/${1/:/\/}") 2>/dev/null; }

# The organisation itself, then the others. preferring ORGANISATION
preferring() {
  local organisation
  echo "$1"
  for organisation in "${organisations[@]}"; do
    [ "$organisation" = "$1" ] || echo "$organisation"
  done
}

# Those organisations, of the ones named, whose server is up. FUNCTION tells a server's address.
# running_of FUNCTION ORGANISATION…
running_of() {
  local address_of=$1 organisation
  shift
  for organisation; do
    if answers "$("$address_of" "$organisation")"; then echo "$organisation"; fi
  done
}

# Writes to the ledger with a majority's endorsement, and waits until it is in a block.
# submit CHANNEL FUNCTION ARGUMENT…
submit() {
  local channel=$1 candidates orderers endorsers orderer_options endorser_options majority
  shift
  majority=$(majority_of ${#organisations[@]})
  mapfile -t candidates < <(preferring "$acting_organisation")
  mapfile -t orderers < <(running_of orderer_address "${candidates[@]}")
  mapfile -t endorsers < <(running_of peer_address "${candidates[@]}")
  [ ${#orderers[@]} -ge "$majority" ] || die "fewer than $majority orderers run: nothing can be written"
  [ ${#endorsers[@]} -ge "$majority" ] || die "fewer than $majority peers run: nothing can be written"
  choose_orderer "${orderers[0]}"
  choose_endorsers "${endorsers[@]:0:majority}"
  peer chaincode invoke -C "$channel" -n "$chaincode" "${orderer_options[@]}" "${endorser_options[@]}" \
    --waitForEvent -c "$(call_json "$@")" 2> >(readable_refusal >&2)
}
