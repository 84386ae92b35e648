# Shared by the scripts that change the channels' configuration, in steps that each organisation takes by itself. What
# they pass on to each other lies in a folder that can be sent around: change.json says what is wanted, and CHANNEL.tx
# is the update of each channel, with the signatures so far.
# shellcheck shell=bash

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# How draft_update reads a change: one of who is a member, unless a script says otherwise.
drafting=draft

# Takes `--as ORGANISATION` out of the arguments: sets `who`, empty without it, and `words`, the rest.
# read_words "$@"
read_words() {
  who=
  words=()
  while [ $# -gt 0 ]; do
    case $1 in
      --as)
        who=${2:?"--as needs an organisation"}
        shift
        ;;
      --*) die "unknown option $1" ;;
      *) words+=("$1") ;;
    esac
    shift
  done
}

# Acts as the administrator of the organisation that --as named.
act_as_named() {
  [ -n "$who" ] || die "who acts? name an organisation: --as ${organisations[0]}"
  require_member "$who"
  act_as "$who" fabric-admin
}

# Ends the script when there are not COUNT words after the command. takes COUNT
takes() {
  if [ ${#words[@]} -eq $(($1 + 1)) ]; then return; fi
  usage >&2
  exit 2
}

decoded() { configtxlator proto_decode --type "$1"; }
encoded() { configtxlator proto_encode --type "$1"; }

# The block with a channel's newest configuration, as JSON, from the acting organisation's own peer. config_block CHANNEL
config_block() {
  peer channel fetch config "$work/config.block" -c "$1" >"$work/said" 2>&1 ||
    die "$acting_organisation's peer does not tell the configuration of $1: $(tail -n 1 "$work/said")"
  decoded common.Block <"$work/config.block"
}

# Names of a channel's members, one a line. members_of CHANNEL
members_of() { config_block "$1" | ours config members | names_of_msps; }

# The update that makes the change of the channel as it is now: an envelope in FILE; none when it is so already.
# before.json and after.json in the working folder are the configurations. draft_update CHANNEL CHANGE FILE
draft_update() {
  rm -f "$3"
  config_block "$1" >"$work/block.json"
  ours config "$drafting" "$2" "$work" <"$work/block.json" >"$work/said"
  encoded common.Config <"$work/before.json" >"$work/before.pb"
  encoded common.Config <"$work/after.json" >"$work/after.pb"
  if ! configtxlator compute_update --channel_id "$1" --original "$work/before.pb" --updated "$work/after.pb" \
    --output "$work/update.pb" 2>"$work/said"; then
    grep -q 'no differences detected' "$work/said" || die "$1: $(tail -n 1 "$work/said")"
    return
  fi
  decoded common.ConfigUpdate <"$work/update.pb" | ours config envelope | encoded common.Envelope >"$3"
}

# Names of the organisations that signed an envelope, one a line. signers_in FILE
signers_in() { decoded common.Envelope <"$1" | ours config signers | names_of_msps; }

# "SupplierMSP" is supplier; one a line.
names_of_msps() {
  local id
  while read -r id; do
    if [ -n "$id" ]; then sed 's/msp$//' <<<"${id,,}"; fi
  done
}

# The update in the folder must be the very one that change.json asks for, whoever made it: nobody signs more than they
# were told. Sets `update`, the file; empty when the channel is changed already. check_update CHANNEL FOLDER
check_update() {
  update=
  draft_update "$1" "$2/change.json" "$work/expected.tx"
  [ -e "$work/expected.tx" ] || return 0
  [ -r "$2/$1.tx" ] || die "$2 has no update of $1: propose it again"
  decoded common.Envelope <"$work/expected.tx" >"$work/expected.json"
  if [ "$(decoded common.Envelope <"$2/$1.tx" | ours config same "$work/expected.json")" != same ]; then
    die "$1: the update in $2 is not what change.json says, or the channel has changed since: propose it again"
  fi
  update=$2/$1.tx
}

# Adds the acting organisation's signature, unless it is there. sign_update CHANNEL
sign_update() {
  if signers_in "$update" | has_line "$acting_organisation"; then
    echo "$1: $acting_organisation has signed already"
  else
    peer channel signconfigtx -f "$update" 2>"$work/said" || die "$1: $(tail -n 1 "$work/said")"
    echo "$1: signed by $acting_organisation"
  fi
}

# Makes the folder with the updates, signed by the acting organisation. change.json is on standard input.
# propose_change FOLDER
propose_change() {
  local folder=$1 channel update
  mkdir -p "$folder"
  cat >"$work/change.json"
  if [ -e "$folder/change.json" ] && ! cmp -s "$folder/change.json" "$work/change.json"; then
    die "$folder has another change: name a new folder"
  fi
  cp "$work/change.json" "$folder/change.json"
  for channel in "${channels[@]}"; do
    draft_update "$channel" "$folder/change.json" "$work/drafted.tx"
    if [ ! -e "$work/drafted.tx" ]; then
      echo "$channel: it is so already"
      continue
    fi
    # What others signed is kept, unless the channel has changed since.
    if [ ! -e "$folder/$channel.tx" ] || ! (check_update "$channel" "$folder") 2>/dev/null; then
      cp "$work/drafted.tx" "$folder/$channel.tx"
    fi
    update=$folder/$channel.tx
    sign_update "$channel"
  done
}

sign_change() {
  local channel update
  for channel in "${channels[@]}"; do
    check_update "$channel" "$1"
    if [ -z "$update" ]; then echo "$channel: it is so already"; else sign_update "$channel"; fi
  done
}

# Says what the folder's updates change, who signed them and whose signature is missing. show_change FOLDER
show_change() {
  local channel update
  for channel in "${channels[@]}"; do
    check_update "$channel" "$1"
    if [ -z "$update" ]; then
      echo "$channel: it is so already"
      continue
    fi
    echo "$channel:"
    ours config changes "$work/before.json" <"$work/after.json" | sed 's/^/  /'
    echo "  signed by $(signers_in "$update" | paste -sd ' ')"
    missing_signatures "$channel" | sed 's/^/  /'
  done
}

# Says whose signatures an update lacks; nothing when a majority has signed. missing_signatures CHANNEL
missing_signatures() {
  local members signed missing needed
  mapfile -t members < <(members_of "$1")
  mapfile -t signed < <(signers_in "$update" | grep -xFf <(printf '%s\n' "${members[@]}"))
  mapfile -t missing < <(printf '%s\n' "${members[@]}" | grep -vxFf <(printf '%s\n' "${signed[@]}" ''))
  needed=$(majority_of ${#members[@]})
  if [ ${#signed[@]} -lt "$needed" ]; then
    missing_approvals $((needed - ${#signed[@]})) "${missing[@]}"
  fi
}

# Sends the updates to the orderers, once a majority has signed each. submit_change FOLDER
submit_change() {
  local channel update lacking
  for channel in "${channels[@]}"; do
    check_update "$channel" "$1"
    [ -n "$update" ] || continue
    lacking=$(missing_signatures "$channel")
    [ -z "$lacking" ] ||
      die "$channel: $(signers_in "$update" | sort | paste -sd ' ' | sed 's/ / and /g') alone cannot do this;" \
        "nothing is changed. $lacking" \
        "($(basename "$0") sign $1 --as ORGANISATION)"
  done
  for channel in "${channels[@]}"; do
    check_update "$channel" "$1"
    if [ -z "$update" ]; then
      echo "$channel: it is so already"
      continue
    fi
    send_update "$channel" "$update" "$1/change.json"
  done
}

# Signs an update and sends it to the orderers, and waits until the acting organisation's own peer has the change that
# it makes. send_update CHANNEL FILE CHANGE
send_update() {
  local orderer_options
  choose_running_orderer "$acting_organisation"
  peer channel update -f "$2" -c "$1" "${orderer_options[@]}" >"$work/said" 2>&1 ||
    die "$1: the orderers refuse the update: $(tail -n 1 "$work/said")"
  wait_until 60 change_is_made "$1" "$3" || die "$1: $acting_organisation's peer does not learn of it"
  echo "$1: changed"
}

# change_is_made CHANNEL CHANGE
change_is_made() {
  draft_update "$1" "$2" "$work/left.tx"
  [ ! -e "$work/left.tx" ]
}

# Which organisation the folder's change is about: "mspId": "SupplierMSP". subject_of FOLDER
subject_of() {
  sed -n 's/.*"mspId": *"\([A-Za-z0-9]*\)".*/\1/p' "$1/change.json" | head -n 1 | names_of_msps
}

# The steps of a change about an organisation. CHANGE prints, for its name, what is proposed; AFTERWARDS is what
# organisation.ts does here once the channels are changed. take_step CHANGE AFTERWARDS
take_step() {
  local change folder=${words[1]:-}
  case ${words[0]} in
    propose)
      takes 2
      act_as_named
      change=$("$1" "${words[1]}")
      propose_change "${words[2]}" <<<"$change"
      ;;
    show)
      takes 1
      act_as_named
      show_change "$folder"
      ;;
    sign)
      takes 1
      act_as_named
      sign_change "$folder"
      ;;
    submit)
      takes 1
      act_as_named
      submit_change "$folder"
      ours organisation "$2" "$(subject_of "$folder")"
      ;;
    *) die "unknown command ${words[0]}: see --help" ;;
  esac
}
