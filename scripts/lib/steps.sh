# begin                        before the first step
# step NAME LIMIT COMMAND...   runs one step: says its name and how long it took, keeps its output in
#                              target/test-logs/NAME.log, and ends the run when it fails or passes its limit.
# At the end, one line says how many tests passed and failed, over all steps. Sourced by scripts/test.

LOGS=$PWD/target/test-logs

begin() {
  mkdir -p "$LOGS"
  rm -f "$LOGS"/*.log
  trap summary EXIT
}

step() {
  local name=$1 limit=$2 log=$LOGS/$1.log start=$SECONDS status=0
  shift 2
  printf '%-14s' "$name"
  timeout --kill-after=10s "$limit" "$@" >"$log" 2>&1 </dev/null || status=$?
  local took=$((SECONDS - start))
  if [ "$status" = 0 ]; then
    printf 'ok      %4d s\n' "$took"
    return 0
  fi
  case "$status" in
    124 | 137) printf 'FAILED  %4d s: it took longer than %s\n' "$took" "$limit" ;;
    *)         printf 'FAILED  %4d s: status %d\n' "$took" "$status" ;;
  esac
  tail -n 60 "$log" | sed 's/^/    /'
  echo "All of it: ${log#"$PWD"/}"
  exit 1
}

# What cargo's and node's test runners say at their ends.
summary() {
  local logs=("$LOGS"/*.log)
  [ -e "${logs[0]}" ] || return 0
  awk '
    /^test result: / { passed += $4; failed += $6 }
    /^[^a-z]*(pass|fail) [0-9]+$/ { if ($(NF-1) == "pass") passed += $NF; else failed += $NF }
    END { if (passed + failed) printf "\n%d passed, %d failed\n", passed, failed }
  ' "${logs[@]}"
}
