#!/usr/bin/env bash
# Counts the instructions of one seed rollout on the machine alone, by valgrind's callgrind: ten
# rollouts more, divided by ten, so that start-up, recording and parsing are left out.
set -euo pipefail
cd "$(dirname "$0")/.."

program=$(cargo bench --locked -p greenflow-benches --bench instructions --no-run --message-format=json 2>/dev/null |
  grep -o '"executable":"[^"]*instructions-[^"]*"' | tail -n 1 | cut -d '"' -f 4)

count() {
  ROLLOUTS=$1 valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" 2>&1 |
    awk '/Collected/ { print $4 }'
}

few=$(count 1)
many=$(count 11)
echo "$(((many - few) / 10)) instructions a rollout"
