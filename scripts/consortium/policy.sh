#!/usr/bin/env bash
# Shows the rules of who may do what, says why something is allowed or refused, and changes the rules. A change that
# can but take rights away is applied at once; any other waits until a member of another organisation approves it.
#
#   policy.sh rules                            all rules (JSON)
#   policy.sh proposals                        every change there ever was: by whom, why, who approved it or has to
#   policy.sh proposal ID                      one of them (JSON)
#   policy.sh propose FILE REASON [INSTANT]    proposes the change in FILE: {"put":[rules],"remove":[ids]}; until INSTANT
#                                              (2026-12-31T12:00:00Z, at most 90 days ahead) it may be approved. Default: 30 days
#   policy.sh approve ID                       approves, and so applies, a proposal of another organisation
#   policy.sh reject ID                        ends a proposal of another organisation
#   policy.sh withdraw ID                      ends a proposal of one's own organisation
#   policy.sh explain ACTION [RESOURCE [SUBJECT]]
#                                              says why (RESOURCE and SUBJECT: JSON; without SUBJECT it is --as)
#
#   --as WHO        an organisation, which its admin (or auditor) acts for, or a member. Default: auditor to read,
#                   manufacturer to change
#   --channel NAME  registry (default) or anchors: each channel has its own rules
#
# What was done already is not done again. Proposals are shown, and approved, only when two organisations' peers say the same.
#
#   scripts/consortium/policy.sh propose night-shift.json 'devices rest at night' --as operator
#   scripts/consortium/policy.sh approve 5c0e… --as manufacturer
#   scripts/consortium/policy.sh explain device:revoke '{"device":"press-07"}' --as operator@operator

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
expect_arguments 1 "$@"

channel=registry
who=
words=()
while [ $# -gt 0 ]; do
  case $1 in
    --as)
      who=${2:?"--as needs an organisation or a member"}
      shift
      ;;
    --channel)
      channel=${2:?"--channel needs registry or anchors"}
      shift
      ;;
    --*) die "unknown option $1" ;;
    *) words+=("$1") ;;
  esac
  shift
done
command=${words[0]:-}
arguments=("${words[@]:1}")

# Ends the script when the command has other than FEWEST to MOST arguments. takes FEWEST MOST
takes() {
  if [ ${#arguments[@]} -ge "$1" ] && [ ${#arguments[@]} -le "$2" ]; then return; fi
  usage >&2
  exit 2
}

# Reads or words JSON: policy.ts says how. reader COMMAND ARGUMENT…
reader() { "$checkout/node_modules/.bin/node" "$checkout/scripts/consortium/policy.ts" "$@"; }

# The answer to a question, in words. said HOW FUNCTION ARGUMENT…
said() {
  local answer
  answer=$(asked "${@:2}")
  reader "$1" <<<"$answer"
}

# Acts as --as says. act ORGANISATION_BY_DEFAULT
act() {
  who=${who:-$1}
  case $who in
    *@*) act_as "${who##*@}" "$who" ;;
    *) act_as "$who" ;;
  esac
}

# A contract's refusal is JSON within Fabric's sentence. Prints its message, or all there is. reason_of OUTPUT
reason_of() {
  local reason
  reason=$(sed -n 's/.*\\"message\\":\\"\(.*\)\\"}.*/\1/p' <<<"$1" | head -n 1)
  printf '%s' "${reason:-$1}"
}

# Asks the contract. asked FUNCTION ARGUMENT…
asked() {
  local answer
  answer=$(query "$channel" "PolicyContract:$1" "${@:2}" 2>&1) || die "$(reason_of "$answer")"
  printf '%s\n' "$answer"
}

# Asks two organisations' peers, and ends when they do not say the same: whoever decides by an answer should have more
# than one peer's word for it. One of them may be a moment behind. confirmed FUNCTION ARGUMENT…
confirmed() {
  local others answer word tries
  mapfile -t others < <(preferring "$acting_organisation" | tail -n +2)
  mapfile -t others < <(running_of peer_address "${others[@]}")
  [ ${#others[@]} -ge 1 ] || die "no other organisation's peer runs that could confirm what $acting_organisation's says"
  for tries in 1 2 3 4 5; do
    answer=$(asked "$@") || exit 1
    word=$(query_at "${others[0]}" "$channel" "PolicyContract:$1" "${@:2}" 2>/dev/null) || word=
    if [ "$word" = "$answer" ]; then
      printf '%s\n' "$answer"
      return
    fi
    [ "$tries" = 5 ] || sleep 0.5
  done
  die "the peers of $acting_organisation and ${others[0]} say different things: npm run audit tells who lies"
}

# Every page of the proposals, one a line.
pages() {
  local page bookmark=''
  while :; do
    page=$(confirmed ListProposals 500 "$bookmark") || return 1
    printf '%s\n' "$page"
    bookmark=$(sed -n 's/^{"bookmark":"\([^"]*\)".*/\1/p' <<<"$page")
    [ -n "$bookmark" ] || break
  done
}

# Submits to the contract; gives the transaction's id, or ends with the contract's reason. written FUNCTION ARGUMENT…
written() {
  local output
  # The peer command tells the transaction's id in its log.
  output=$(FABRIC_LOGGING_SPEC=error:chaincodeCmd=info submit "$channel" "PolicyContract:$1" "${@:2}" 2>&1) ||
    die "$(reason_of "$output")"
  sed -n 's/.*txid \[\([0-9a-f]\{64\}\)\].*/\1/p' <<<"$output" | head -n 1
}

propose() {
  local known step id
  known=$(asked List && pages)
  read -r step id < <(reader step "$1" "$acting_organisation" <<<"$known")
  case $step in
    made)
      echo 'the rules say so already' >&2
      return
      ;;
    open) echo 'it is proposed already' >&2 ;;
    new) id=$(written Propose "$(cat "$1")" "$2" "${3:-}") ;;
    *) exit 1 ;;
  esac
  said proposal GetProposal "$id"
}

# decide FUNCTION OUTCOME ID
decide() {
  local proposal status proposer decider
  proposal=$(confirmed GetProposal "$3")
  read -r status proposer decider < <(reader outcome <<<"$proposal")
  if [ "$status $decider" = "$2 $acting_organisation" ]; then
    echo "it is $2 already" >&2
  elif ! (written "$1" "$3" >/dev/null); then
    if [ "$1 $status $proposer" = "Approve proposed $acting_organisation" ]; then reader missing <<<"$proposal" >&2; fi
    exit 1
  fi
  said proposal GetProposal "$3"
}

case " ${channels[*]} " in
  *" $channel "*) ;;
  *) die "no channel $channel: there are ${channels[*]}" ;;
esac
open_instance
case $command in
  rules)
    takes 0 0
    act auditor
    asked List
    ;;
  proposals)
    takes 0 0
    act auditor
    proposals=$(pages)
    reader proposals <<<"$proposals"
    ;;
  proposal)
    takes 1 1
    act auditor
    confirmed GetProposal "${arguments[0]}"
    ;;
  explain)
    takes 1 3
    act auditor
    said explanation Explain "${arguments[2]:-}" "${arguments[0]}" "${arguments[1]:-"{}"}"
    ;;
  propose)
    takes 2 3
    act manufacturer
    propose "${arguments[@]}"
    ;;
  approve)
    takes 1 1
    act manufacturer
    decide Approve applied "${arguments[0]}"
    ;;
  reject)
    takes 1 1
    act manufacturer
    decide Reject rejected "${arguments[0]}"
    ;;
  withdraw)
    takes 1 1
    act manufacturer
    decide Withdraw withdrawn "${arguments[0]}"
    ;;
  *) die "unknown command $command: see --help" ;;
esac
