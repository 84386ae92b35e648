#!/usr/bin/env bash
# Prints a device as an organisation's own peer knows it: status, key, epoch, who changed it last and why (JSON).
#
#   query-device.sh ID [--history] [--as ORGANISATION]
#
# --history prints every change instead, newest first. Default organisation: auditor.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
expect_arguments 1 "$@"

id=$1
shift
organisation=auditor
function=Get
while [ $# -gt 0 ]; do
  case $1 in
    --history) function=History ;;
    --as)
      organisation=${2:?"--as needs an organisation"}
      shift
      ;;
    *) die "unknown option $1" ;;
  esac
  shift
done

open_instance
act_as "$organisation"
query registry "DeviceContract:$function" "$id"
