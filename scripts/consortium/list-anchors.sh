#!/usr/bin/env bash
# Lists what the ledger holds of the logs, as the auditor's own peer knows it (JSON).
#
#   list-anchors.sh                       every log's checkpoint: size, root, head
#   list-anchors.sh LOG [FROM [LIMIT]]    a log's anchors from a sequence number on (default: 50 from the first)
#
#   scripts/consortium/list-anchors.sh ingest-1@operator

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
expect_arguments 0 "$@"

open_instance
act_as auditor
if [ $# -eq 0 ]; then
  query anchors AnchorContract:Logs
else
  query anchors AnchorContract:List "$1" "${2:-0}" "${3:-50}"
fi
