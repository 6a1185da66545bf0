#!/bin/sh
# One run for cron: run.sh CONFIG. A deferred run (75) counts as a good one, since the next one takes what is left: cron
# and monitoring only speak up when a person is needed. A run that still waits for its window is not joined by another.
set -u
config=$1
: "${DESTINATION_APOLLO:=destination-apollo}"

exec 9> run.lock
flock --nonblock 9 || exit 0

# Not `exec`: its exit code is looked at. A signal to this shell is passed on, so that a stop is an orderly one.
$DESTINATION_APOLLO sync --config "$config" --output json >> runs.jsonl 2>> run.log 9>&- &
pid=$!
trap 'kill -TERM "$pid"' TERM INT
wait "$pid"
code=$?
# After a signal, `wait` returns before the program has ended.
while kill -0 "$pid" 2> /dev/null; do wait "$pid"; code=$?; done

if [ "$code" -eq 75 ]; then exit 0; fi
if [ "$code" -ne 0 ]; then tail -n 5 run.log >&2; fi
exit "$code"
