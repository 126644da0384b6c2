#!/bin/sh
# The calls of the REST API in the order of its documentation: back up, look, restore, download, delete.
# Needs curl and a running server; README.md explains each call and the settings below.
set -eu

BASE_URL=${BASE_URL:-http://localhost:8080}
BACKUP_NAME=${BACKUP_NAME:-my_backup}
COLLECTIONS=${COLLECTIONS:-hello_milvus hello_milvus2}
SUFFIX=${SUFFIX-_recover}
TAR_FILE=${TAR_FILE:-$BACKUP_NAME.tar}
TIMEOUT=${TIMEOUT:-600}
BETWEEN=${BETWEEN:-:}

fail() {
  printf 'walkthrough: %s\n' "$1" >&2
  exit 1
}

# The replies are one line of JSON without spaces, so cutting at commas and brackets is enough to read them.
# field NAME REPLY: the first value of that name below "data".
field() {
  printf '%s' "$2" | sed 's/^.*"data"://' | tr ',{}[]' '\n\n\n\n\n' |
    sed -n "s/^\"$1\":\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" | sed -n 1p
}

# A reply with a "code" is a failure, though the HTTP status is 200; "msg" says what to do about it.
expect_success() {
  case $1 in
  *'"code":'[1-9]* | '{"error":'*) fail "the server refused: $1" ;;
  '{'*) ;;
  *) fail "this is no reply of the API, is it at $BASE_URL? $1" ;;
  esac
}

# names_as_json NAME...: "a","b"
names_as_json() {
  list=''
  for name in "$@"; do list="$list${list:+,}\"$name\""; done
  printf '%s' "$list"
}

# wait_until_done URL: asks until the run has ended; the last reply is in $reply.
wait_until_done() {
  waited=0
  while :; do
    reply=$(curl --silent --show-error --location --request GET "$1")
    expect_success "$reply"
    state=$(field state_code "$reply")
    printf '   state_code %s, progress %s %%\n' "$state" "$(field progress "$reply")"
    case $state in
    2) return ;;
    0 | 1) ;;
    *) fail "the run failed: $reply" ;;
    esac
    [ "$waited" -lt "$TIMEOUT" ] || fail "the run did not end within $TIMEOUT s"
    sleep 1
    waited=$((waited + 1))
  done
}

step() {
  # For a look around, or to see that a restarted server goes on where it was.
  eval "$BETWEEN"
  printf '\n== %s\n' "$1"
}

# The list is cut at its spaces on purpose.
# shellcheck disable=SC2086
collection_names=$(names_as_json $COLLECTIONS)

printf '== check: can the server reach Milvus and the stores?\n'
curl --silent --show-error --fail --location --request GET "$BASE_URL/api/v1/check" ||
  fail "the check at $BASE_URL did not succeed"

step 'create: start a backup'
reply=$(curl --silent --show-error --location --request POST "$BASE_URL/api/v1/create" \
  --header 'Content-Type: application/json' \
  --data-raw "{
    \"async\": true,
    \"backup_name\": \"$BACKUP_NAME\",
    \"collection_names\": [$collection_names]
  }")
printf '%s\n' "$reply"
expect_success "$reply"
wait_until_done "$BASE_URL/api/v1/get_backup?backup_name=$BACKUP_NAME"

step 'list: all backups'
reply=$(curl --silent --show-error --location --request GET "$BASE_URL/api/v1/list" \
  --header 'Content-Type: application/json')
printf '%s\n' "$reply"
expect_success "$reply"
entry=$(printf '%s' "$reply" | tr '{' '\n' | grep "\"name\":\"$BACKUP_NAME\"") ||
  fail "$BACKUP_NAME is not listed"
backup_id=$(field id "\"data\":$entry")

step 'get_backup: one backup, with its collections'
reply=$(curl --silent --show-error --location --request GET \
  "$BASE_URL/api/v1/get_backup?backup_id=$backup_id&backup_name=$BACKUP_NAME" \
  --header 'Content-Type: application/json')
printf '%s\n' "$reply"
expect_success "$reply"
[ "$(field id "$reply")" = "$backup_id" ] || fail "this is not the backup with the id $backup_id"

step 'restore: start a restore beside the originals'
reply=$(curl --silent --show-error --location --request POST "$BASE_URL/api/v1/restore" \
  --header 'Content-Type: application/json' \
  --data-raw "{
    \"async\": true,
    \"collection_names\": [$collection_names],
    \"collection_suffix\": \"$SUFFIX\",
    \"backup_name\": \"$BACKUP_NAME\"
  }")
printf '%s\n' "$reply"
expect_success "$reply"
restore_id=$(field id "$reply")
wait_until_done "$BASE_URL/api/v1/get_restore?id=$restore_id"

step 'get_restore: what became of the restore'
reply=$(curl --silent --show-error --location --request GET "$BASE_URL/api/v1/get_restore?id=$restore_id" \
  --header 'Content-Type: application/json')
printf '%s\n' "$reply"
expect_success "$reply"
[ "$(field state_code "$reply")" = 2 ] || fail "the restore $restore_id is no longer known as done"

step 'get_backup with download: all files of the backup as one tar'
curl --silent --show-error --fail --location --request GET --output "$TAR_FILE" \
  "$BASE_URL/api/v1/get_backup?backup_name=$BACKUP_NAME&download=true" ||
  fail "the download of $BACKUP_NAME failed"
printf '%s: %s files\n' "$TAR_FILE" "$(tar -tf "$TAR_FILE" | grep -c '[^/]$')"

step 'delete: remove the backup from the store'
reply=$(curl --silent --show-error --location --request DELETE \
  "$BASE_URL/api/v1/delete?backup_name=$BACKUP_NAME")
printf '%s\n' "$reply"
expect_success "$reply"

step 'list: it is gone'
reply=$(curl --silent --show-error --location --request GET "$BASE_URL/api/v1/list")
printf '%s\n' "$reply"
expect_success "$reply"
case $reply in
*"\"name\":\"$BACKUP_NAME\""*) fail "$BACKUP_NAME is still listed" ;;
esac
