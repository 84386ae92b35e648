#!/usr/bin/env bash
# Registers a device on the ledger, in the name of the organisation that will own it, and prints its record (JSON).
#
#   register-device.sh ID TENANT TYPE PUBLIC_KEY_FILE [--activate] [--as ORGANISATION]
#
# TYPE is one that the ledger knows: `generic` may send every sensor. PUBLIC_KEY_FILE is the device's P-256 public key in PEM. --activate lets the device publish at once; without it an
# admin activates it later. Default organisation: manufacturer.
#
#   openssl ecparam -name prime256v1 -genkey -noout -out key.pem && openssl ec -in key.pem -pubout -out public.pem
#   scripts/consortium/register-device.sh press-07 acme press public.pem --activate

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
expect_arguments 4 "$@"

id=$1 tenant=$2 type=$3 key_file=$4
shift 4
organisation=manufacturer
activate=false
while [ $# -gt 0 ]; do
  case $1 in
    --activate) activate=true ;;
    --as)
      organisation=${2:?"--as needs an organisation"}
      shift
      ;;
    *) die "unknown option $1" ;;
  esac
  shift
done
[ -r "$key_file" ] || die "cannot read $key_file"

open_instance
act_as "$organisation"
registration=$(printf '[{"id":%s,"tenant":%s,"type":%s,"publicKey":%s}]' \
  "$(json_string "$id")" "$(json_string "$tenant")" "$(json_string "$type")" "$(json_string "$(cat "$key_file")")")

# Names of the types on the ledger, in one line. In canonical JSON a type's name stands before its org, a sensor's does not.
known_types() {
  query registry TypeContract:List | grep -o '"name":"[^"]*","org":' | cut -d'"' -f4 | paste -sd' '
}

if ! refusal=$(submit registry DeviceContract:Register "$registration" 2>&1); then
  printf '%s\n' "$refusal" >&2
  case $refusal in
    *TYPE_UNKNOWN*) printf 'Known types: %s\n' "$(known_types)" >&2 ;;
  esac
  exit 1
fi
if $activate; then
  submit registry DeviceContract:Activate "$id" 'activated at registration'
fi
query registry DeviceContract:Get "$id"
