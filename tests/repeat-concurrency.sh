#!/usr/bin/env bash
# Runs the suites in which threads meet by chance, many times over, and says how often they failed. For a change of the core, and before
# a release: a race that shows once in a hundred runs is a race.
#
#   tests/repeat-concurrency.sh [TIMES]        default 200; builds Debug first, in which locks and guards assert
#
# Each run is a process of its own: names fall into other stripes, seeds are others.
set -u
cd "$(dirname "$0")/.."
times=${1:-200}
export REGISTRY_PROOF_SECONDS=${REGISTRY_PROOF_SECONDS:-1} REGISTRY_PROOF_SEEDS=${REGISTRY_PROOF_SEEDS:-100}

for project in Core Storage; do dotnet build "tests/Registry.$project.Tests" -v quiet -clp:NoSummary || exit 2; done
core=(
  Changes.WriteRaceTests Changes.LocalCommandOrderTests Changes.DistantOrderTests
  Tables.StripedTableTests Tables.GetOrCreateTests
  Leases.AttachRaceTests Leases.LeaseWordTests Leases.LeaseListTests
  Watching.EncodeOnceTests Watching.PumpWakingTests Watching.ReadTogetherTests Watching.BlockedSinkTests
  Reading.ReadTests
  Stress.LeaseRaceTests Stress.RegistryStressTests
  Guarantees.RecordedStressTests
  Interleaving.InterleavingTests
  Linearizability.RegistryLinearizabilityTests
  StateMachine.StateMachineTests
)
storage=(Logs.WritingTests Logs.DiskChangeLogTests PowerCuts.PowerCutTests Snapshots.SnapshotTests Restarts.RestartTests Restarts.HostTests)

# The suites of one project, in one process.
run() {
  local project=$1
  shift
  local arguments=(-noLogo -noColor) suite
  for suite in "$@"; do arguments+=(-class "Registry.$project.Tests.$suite"); done
  "tests/Registry.$project.Tests/bin/Debug/net10.0/Registry.$project.Tests" "${arguments[@]}"
}

failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
start=$SECONDS
for ((run = 1; run <= times; run++)); do
  if ! { run Core "${core[@]}" && REGISTRY_PROOF_SEEDS=5 run Storage "${storage[@]}"; } >"$log" 2>&1; then
    failed=$((failed + 1))
    echo "run $run failed:"
    grep -A12 'FAIL' "$log" | head -40
  fi
  if ((run % 20 == 0)); then echo "$run runs, $failed failed, $((SECONDS - start)) s"; fi
done
tests=$(sed -n 's/.*Total: \([0-9]*\),.*/\1/p' "$log" | awk '{ sum += $1 } END { print sum }')
echo "$times runs of $((${#core[@]} + ${#storage[@]})) suites ($tests tests each) in $((SECONDS - start)) s: $failed failed"
((failed == 0))
