#!/usr/bin/env bash
# Prints a log's checkpoint as the auditor's own peer knows it: how many batches it has, the root over all of them and
# the last header's hash (JSON). Keep it: a later log that does not contain it has been rewritten.
#
#   checkpoint.sh LOG
#
#   scripts/consortium/checkpoint.sh ingest-1@operator

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
expect_arguments 1 "$@"

open_instance
act_as auditor
checkpoint=$(query anchors AnchorContract:Checkpoint "$1")
echo "$checkpoint"
if [[ $checkpoint == *'"size":0'* ]]; then
  echo "$(basename "$0"): nothing is anchored of a log $1: list-anchors.sh says which there are" >&2
fi
