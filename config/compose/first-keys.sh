#!/bin/sh
# Make the key file of a new hub. Runs at every start, in the image of the hub, after `hub migrate`.
#
# A hub that lost its key file must get it back from its copy: with new keys it would start, and could never again open what it
# holds. So keys are made for an empty journal only.
set -eu

if [ -e "$HUB_KEYS__FILE" ]; then
    exec hub keys list
fi
messages=$(hub list --most 1 --json) # ends here when the journal cannot be read
if [ -n "$messages" ] && [ "$messages" != "[]" ]; then
    echo "hub: $HUB_KEYS__FILE is not there, but the journal holds messages: put the key file back from its copy." >&2
    echo "  See docs/backup-and-restore.md." >&2
    exit 2
fi
exec hub keys init
